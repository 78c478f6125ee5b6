import Randomness
import TestSupport
import Testing

@testable import Network

/// What a decoder gave.
private struct Decoded: Equatable {
    let kind: UInt8
    let flags: UInt16
    let correlation: UInt64
    let payload: [UInt8]
}

extension FrameDecoder {
    /// Decodes `bytes` and gives the frames.
    fileprivate mutating func frames(_ bytes: [UInt8]) throws(FrameError) -> [Decoded] {
        var found: [Decoded] = []
        _ = try decode(bytes.span) { header, payload in
            // SAFETY: the bytes are copied while they are borrowed.
            let copy = unsafe payload.withUnsafeBytes { unsafe Array($0) }
            found.append(
                Decoded(
                    kind: header.kind, flags: header.flags, correlation: header.correlation,
                    payload: copy))
            return .more
        }
        return found
    }
}

@Suite struct FrameTests {
    private func decoder(maximumPayload: Int = 1 << 16) -> FrameDecoder {
        FrameDecoder(limits: FrameLimits(maximumPayload: maximumPayload), cluster: Lab.cluster)
    }

    @Test("a header stands in 32 bytes, little-endian, field by field")
    func layout() {
        let bytes = Lab.frame(
            kind: 0xAB, correlation: 0x0102_0304_0506_0708, [1, 2, 3], for: ClusterTag(0xFF00_11))
        #expect(bytes.count == 35)
        #expect(Array(bytes[0..<8]) == [3, 0, 0, 0, 1, 0xAB, 0, 0])
        #expect(Array(bytes[8..<16]) == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(Array(bytes[16..<24]) == [0x11, 0x00, 0xFF, 0, 0, 0, 0, 0])
        #expect(Array(bytes[28..<32]) == [0, 0, 0, 0])
        #expect(Array(bytes[32...]) == [1, 2, 3])
    }

    @Test("frames come out as they went in, whatever the pieces of the stream")
    func pieces() throws {
        var random = Xoshiro256StarStar(seed: testSeed)
        for _ in 0..<100 {
            var wanted: [Decoded] = []
            var stream: [UInt8] = []
            for _ in 0..<random.next(below: 20) {
                let payload = (0..<random.next(below: 300)).map { _ in
                    UInt8(truncatingIfNeeded: random.next())
                }
                let kind = UInt8(truncatingIfNeeded: random.next())
                let correlation = random.next()
                stream += Lab.frame(kind: kind, correlation: correlation, payload)
                wanted.append(
                    Decoded(kind: kind, flags: 0, correlation: correlation, payload: payload))
            }
            var decoder = decoder()
            var found: [Decoded] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let most = [1, 7, 40, 1000][Int(random.next(below: 4))]
                let piece = rest.prefix(1 + Int(random.next(below: UInt64(most))))
                rest = rest.dropFirst(piece.count)
                found += try decoder.frames(Array(piece))
            }
            #expect(found == wanted, "\(replay)")
            #expect(decoder.pending == 0, "\(replay)")
        }
    }

    @Test("a frame with any bit turned over is not given, nor is any part of one")
    func flips() {
        let whole = Lab.frame(kind: 3, correlation: 99, Array(0..<40))
        for bit in 0..<whole.count * 8 {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            var decoder = decoder()
            let found = try? decoder.frames(bytes)
            // A length that grew within the limit waits for bytes that do not come.
            #expect(found ?? [] == [], "bit \(bit)")
        }
        for length in 0..<whole.count {
            var decoder = decoder()
            #expect(throws: Never.self) { try decoder.frames(Array(whole[..<length])) == [] }
            #expect(decoder.pending == length)
        }
    }

    @Test("4 GiB announced are refused at the header, and cost no memory")
    func announced() {
        var bytes = Lab.frame([])
        bytes.replaceSubrange(0..<4, with: [0xFF, 0xFF, 0xFF, 0xFF])
        for split in [0, 1, 4, 31, 32] {
            var decoder = decoder()
            #expect(
                throws: FrameError.tooLong(announced: 0xFFFF_FFFF, limit: 1 << 16)
            ) {
                _ = try decoder.frames(Array(bytes[..<split]))
                _ = try decoder.frames(Array(bytes[split...]))
            }
            #expect(decoder.capacity <= 256)
        }
    }

    @Test("memory for a frame grows with the bytes that came, not with those announced")
    func memory() throws {
        var decoder = decoder(maximumPayload: 1 << 30)
        var header = Lab.frame([])
        header.replaceSubrange(0..<4, with: [0, 0, 0, 0x40])
        _ = try decoder.frames(header)
        for count in 1...3000 {
            _ = try decoder.frames([7])
            #expect(decoder.capacity <= max(512, 2 * (32 + count)))
        }
    }

    @Test("a version from the future, another cluster and used reserves are told apart")
    func strangers() {
        var future = Lab.frame([1])
        future[4] = 2
        var reserved = Lab.frame([1])
        reserved[30] = 1
        let foreign = Lab.frame([1], for: ClusterTag(7))
        let cases: [([UInt8], FrameError)] = [
            (future, .version(2)), (reserved, .reserved(0x1_0000)),
            (foreign, .cluster(ClusterTag(7), expected: Lab.cluster)),
        ]
        for (bytes, error) in cases {
            var decoder = decoder()
            #expect(throws: error) { try decoder.frames(bytes) }
        }
    }

    @Test("garbage never traps, and never makes a frame")
    func garbage() {
        var random = Xoshiro256StarStar(seed: testSeed)
        for _ in 0..<2000 {
            var decoder = decoder()
            var bytes = (0..<random.next(below: 200)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            // Half of them look like frames as far as the version goes.
            if bytes.count > 4, random.next(below: 2) == 0 { bytes[4] = FrameHeader.version }
            let found = try? decoder.frames(bytes)
            #expect(found ?? [] == [], "\(replay)")
        }
    }

    @Test("whoever wants no more gets the rest of the piece later")
    func stopping() throws {
        let stream = Lab.frame(kind: 1, [1]) + Lab.frame(kind: 2, [2]) + Lab.frame(kind: 3, [3])
        var decoder = decoder()
        var rest = Array(stream[..<40])
        var kinds: [UInt8] = []
        for next in [Array(stream[40...]), [], []] {
            let taken = try decoder.decode(rest.span) { header, _ in
                kinds.append(header.kind)
                return .noMore
            }
            rest = Array(rest[taken...]) + next
        }
        #expect(kinds == [1, 2, 3])
        #expect(rest.isEmpty)
        #expect(decoder.pending == 0)
    }
}
