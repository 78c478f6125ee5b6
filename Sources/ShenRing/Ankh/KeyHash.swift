import CXXHash

/// XXH3-64 with seed 0: the one hash by which keys and points are placed on the circle.
///
/// Source: Yann Collet's xxHash specification, XXH3 64-bit variant. Every machine that uses it
/// places a key at the same position, whatever its byte order.
public enum KeyHash {
    /// The position of a key of 8 bytes: `key` in little-endian order.
    ///
    /// This is XXH3's case for inputs of 4 to 8 bytes at length 8, written out so that it inlines
    /// into the caller's loop (16 instructions, two of them multiplications) without carrying
    /// the C header into every client. The tests hold it to the library's `XXH3_64bits`.
    @inlinable @inline(__always)
    public static func position(of key: UInt64) -> UInt64 {
        // Bytes 8..<16 of XXH3's default secret, XOR its bytes 16..<24.
        var mixed = rotatedLeft(key, by: 32) ^ 0xC73A_B174_C5EC_D5A2
        mixed ^= rotatedLeft(mixed, by: 49) ^ rotatedLeft(mixed, by: 24)
        mixed &*= 0x9FB2_1C65_1E98_DF25
        mixed ^= (mixed &>> 35) &+ 8
        mixed &*= 0x9FB2_1C65_1E98_DF25
        return mixed ^ (mixed &>> 28)
    }

    /// The position of a key of any bytes, none included.
    public static func position(of key: UnsafeRawBufferPointer) -> UInt64 {
        // Sound: the buffer's address and length go together and the library only reads.
        unsafe XXH3_64bits(key.baseAddress, key.count)
    }

    /// The position of a key of any bytes, none included.
    public static func position(of key: RawSpan) -> UInt64 {
        // Sound: the bytes are only read, while the span keeps them alive.
        unsafe key.withUnsafeBytes { bytes in unsafe position(of: bytes) }
    }

    /// The position of the UTF-8 bytes of `key`; nothing is normalised.
    public static func position(of key: String) -> UInt64 {
        var contiguous = key
        // Sound: the bytes are only read, while the closure keeps them alive.
        return contiguous.withUTF8 { bytes in
            unsafe position(of: UnsafeRawBufferPointer(bytes))
        }
    }

    @inlinable @inline(__always)
    static func rotatedLeft(_ word: UInt64, by count: UInt64) -> UInt64 {
        (word &<< count) | (word &>> (64 &- count))
    }
}
