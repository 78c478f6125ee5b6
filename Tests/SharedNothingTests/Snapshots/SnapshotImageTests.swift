import Randomness
import TestSupport
import Testing

@testable import SharedNothing

@Suite struct SnapshotImageTests {
    private let image = SnapshotImage(
        name: "orders", version: 3, sequence: 17, position: 99, stream: 7, state: [1, 2, 3, 4, 5])

    @Test func `reads back what was written`() throws {
        #expect(try SnapshotImage(decoding: image.encoded()) == image)
        var empty = image
        (empty.name, empty.state) = ("", [])
        #expect(try SnapshotImage(decoding: empty.encoded()) == empty)
        #expect(image.encoded().count == 48 + 6 + 5 + 8)
    }

    @Test func `refuses every shorter and every longer file`() {
        let bytes = image.encoded()
        for count in 0..<bytes.count {
            #expect(throws: SnapshotFlaw.self) {
                try SnapshotImage(decoding: Array(bytes[..<count]))
            }
        }
        for extra in 1...20 {
            #expect(throws: SnapshotFlaw.self) {
                try SnapshotImage(decoding: bytes + [UInt8](repeating: 0, count: extra))
            }
        }
    }

    @Test func `refuses a file of which a single bit is another`() {
        let bytes = image.encoded()
        for bit in 0..<8 * bytes.count {
            var altered = bytes
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SnapshotFlaw.self) { try SnapshotImage(decoding: altered) }
        }
    }

    @Test func `refuses a file of which a part was never written`() {
        let bytes = image.encoded()
        for start in 0..<bytes.count {
            var torn = bytes
            for index in start..<bytes.count { torn[index] = 0 }
            if torn == bytes { continue }
            #expect(throws: SnapshotFlaw.self) { try SnapshotImage(decoding: torn) }
        }
    }

    @Test func `says what is wrong`() {
        #expect(throws: SnapshotFlaw.wrongLength(3, expected: nil)) {
            try SnapshotImage(decoding: [1, 2, 3])
        }
        #expect(throws: SnapshotFlaw.notASnapshot) {
            try SnapshotImage(decoding: [UInt8](repeating: 65, count: 100))
        }
        var bytes = image.encoded()
        bytes[7] = 3
        #expect(throws: SnapshotFlaw.unknownFormat(3)) { try SnapshotImage(decoding: bytes) }
        bytes = image.encoded()
        bytes[58] ^= 1
        #expect(throws: SnapshotFlaw.wrongHash) { try SnapshotImage(decoding: bytes) }
        #expect(throws: SnapshotFlaw.wrongLength(66, expected: 67)) {
            try SnapshotImage(decoding: Array(image.encoded().dropLast()))
        }
    }

    @Test func `survives a header of any numbers`() {
        var generator = testSeed.derived(for: "snapshot headers").generator()
        for _ in 0..<2000 {
            var bytes = image.encoded()
            for index in 8..<48 where generator.next(below: 2) == 0 {
                bytes[index] = UInt8(truncatingIfNeeded: generator.next())
            }
            if bytes == image.encoded() { continue }
            #expect(throws: SnapshotFlaw.self, "\(replay)") { try SnapshotImage(decoding: bytes) }
        }
    }
}
