import CXXHash

/// Checksums of the log's files: XXH3-64 with seed 0 (Yann Collet's xxHash specification), XORed with a
/// number that stands for the place where the bytes belong.
///
/// The place is a position in what a salt stands for: a segment, an index. A frame that was written to
/// another place, or that a block still holds from a file that was there before, has a checksum that
/// does not hold here. XORing keeps XXH3's fast path, which a seed would leave.
enum Checksum {
    /// XXH3-64 of `bytes`.
    static func of(_ bytes: Span<UInt8>) -> UInt64 {
        // The span is valid for the call, and the library reads no further.
        unsafe bytes.withUnsafeBufferPointer { unsafe XXH3_64bits($0.baseAddress, $0.count) }
    }

    /// XXH3-64 of `bytes` that belong to `position` of what `salt` stands for.
    static func of(_ bytes: Span<UInt8>, at position: UInt64, salt: UInt64) -> UInt64 {
        of(bytes) ^ place(position, salt: salt)
    }

    /// A number for a place: a bijection of the position for each salt.
    private static func place(_ position: UInt64, salt: UInt64) -> UInt64 {
        // The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
        var word = (position &+ salt) &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
