import Randomness
import TestSupport
import Testing

@testable import Network

@Suite struct HTTPParserTests {
    private struct Outcome: Equatable {
        var targets: [String] = []
        var fields: [[HTTPField]] = []
        var bodies: [[UInt8]] = []
        var error: HTTPError?
    }

    /// What comes of a stream in pieces of at most `most` bytes.
    private func outcome(
        _ stream: [UInt8], piecesOf most: Int, _ random: inout Xoshiro256StarStar
    ) -> Outcome {
        let parser = HTTPParser(.requests, limits: HTTPLimits(head: 300, fields: 8, body: 64))
        var outcome = Outcome()
        var rest = stream[...]
        while !rest.isEmpty, outcome.error == nil {
            let piece = rest.prefix(1 + Int(random.next(below: UInt64(most))))
            rest = rest.dropFirst(piece.count)
            let bytes = Array(piece)
            do throws(HTTPError) { try parser.feed(bytes.span) } catch { outcome.error = error }
            while let message = parser.takeMessage() {
                outcome.targets.append(message.target)
                outcome.fields.append(message.fields)
                outcome.bodies.append(message.body)
            }
        }
        return outcome
    }

    private static let requests = [
        "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
        "POST /p?q=1 HTTP/1.1\r\nContent-Length: 5\r\nX:  y z \r\n\r\nhello",
        "PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "4\r\nwiki\r\n5;x=y\r\npedia\r\n0\r\n\r\n",
        "DELETE /d HTTP/1.1\r\nConnection: keep-alive\r\n\r\n",
    ]

    @Test("a stream means the same in whatever pieces it comes, damaged or not, and never traps")
    func pieces() {
        var random = Xoshiro256StarStar(seed: testSeed)
        var damaged = 0
        for _ in 0..<1500 {
            var stream: [UInt8] = []
            for _ in 0..<1 + random.next(below: 5) {
                stream += Array(Self.requests[Int(random.next(below: 4))].utf8)
            }
            for _ in 0..<random.next(below: 4) {
                let place = Int(random.next(below: UInt64(stream.count)))
                switch random.next(below: 3) {
                case 0: stream[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: stream.remove(at: place)
                default: stream.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                }
            }
            let whole = outcome(stream, piecesOf: stream.count * 2, &random)
            let pieces = outcome(stream, piecesOf: 7, &random)
            #expect(whole.targets == pieces.targets, "\(replay)")
            #expect(whole.fields == pieces.fields, "\(replay)")
            #expect(whole.bodies == pieces.bodies, "\(replay)")
            #expect((whole.error == nil) == (pieces.error == nil), "\(replay)")
            #expect(whole.bodies.allSatisfy { $0.count <= 64 }, "\(replay)")
            if whole.error != nil { damaged += 1 }
        }
        #expect(damaged > 100, "\(replay)")
    }

    @Test("an undamaged stream gives what was asked")
    func undamaged() {
        var random = Xoshiro256StarStar(seed: testSeed)
        let all = outcome(Array(Self.requests.joined().utf8), piecesOf: 3, &random)
        #expect(all.error == nil)
        #expect(all.targets == ["/", "/p?q=1", "/c", "/d"])
        #expect(all.fields[1] == [HTTPField("Content-Length", "5"), HTTPField("X", "y z")])
        #expect(all.bodies[1...2] == [Array("hello".utf8), Array("wikipedia".utf8)])
    }

    @Test("leave to send a body is asked for once, and not where none follows")
    func leave() throws {
        let parser = HTTPParser(.requests, limits: HTTPLimits())
        let head = Array(
            "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".utf8)
        try parser.feed(head.span)
        #expect(parser.isAwaitingLeave && parser.isInside)
        parser.noteLeave()
        #expect(!parser.isAwaitingLeave)
        let body = Array("ok".utf8)
        try parser.feed(body.span)
        #expect(parser.takeMessage()?.body == body)
        #expect(!parser.isInside)
    }
}
