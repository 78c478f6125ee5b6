import CXXHash
import Randomness
import ShenRing
import TestSupport
import Testing

@Suite struct KeyHashTests {
    @Test func `an 8-byte key has the position that the library gives its little-endian bytes`() {
        var generator = testSeed.derived(for: "8-byte keys").generator()
        let edges: [UInt64] = [0, 1, .max, 0x0102_0304_0506_0708, 1 << 63, 0xFFFF_FFFF]
        for key in edges + (0..<2000).map({ _ in generator.next() }) {
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: key >> (8 * UInt64($0))) }
            #expect(KeyHash.position(of: key) == ReferenceRing.libraryHash(bytes), "\(replay)")
        }
    }

    @Test func `XXH3 gives its published value for no bytes and for zeros`() {
        // From the library's own self-test (xxhsum, sanity check, seed 0).
        #expect(KeyHash.position(of: "") == 0x2D06_8005_38D3_94C2)
    }

    @Test func `a key has one position as text, as a span and as a buffer, whatever its length`() {
        for length in [0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 1000] {
            let bytes = (0..<length).map { UInt8($0 % 128) }
            let expected = ReferenceRing.libraryHash(bytes)
            #expect(KeyHash.position(of: String(decoding: bytes, as: UTF8.self)) == expected)
            // Bytes have no padding that could be uninitialised.
            #expect(KeyHash.position(of: unsafe bytes.span.bytes) == expected)
            #expect(unsafe bytes.withUnsafeBytes { unsafe KeyHash.position(of: $0) } == expected)
        }
    }
}
