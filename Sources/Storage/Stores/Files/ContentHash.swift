import CXXHash

/// Checksums of the stores: XXH3-64 with seed 0 (Yann Collet's xxHash specification), XORed with a
/// number that stands for the place where the bytes belong.
///
/// XORing the place keeps the fast path of XXH3 and still tells bytes that were written to another
/// place, or read from there: two places have different numbers, so that one checksum does not hold
/// at both.
package enum ContentHash {
    /// XXH3-64 of `bytes`.
    package static func of(_ bytes: Span<UInt8>) -> UInt64 {
        // The span is valid for the call, and the library reads no further.
        let hash = unsafe bytes.withUnsafeBufferPointer {
            unsafe XXH3_64bits($0.baseAddress, $0.count)
        }
        #if FUZZING
            // A fuzzer gets by once in sixteen times, and still finds an end that was torn.
            return hash & 0xF
        #else
            return hash
        #endif
    }

    /// XXH3-64 of `bytes` that belong to the place `number` of what `salt` stands for.
    package static func of(_ bytes: Span<UInt8>, at number: UInt64, salt: UInt64) -> UInt64 {
        of(bytes) ^ place(number, salt: salt)
    }

    /// A number for a place: a bijection of `number` for each salt.
    private static func place(_ number: UInt64, salt: UInt64) -> UInt64 {
        // The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
        var word = (number &+ salt) &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
