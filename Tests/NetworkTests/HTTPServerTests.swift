import Glibc
import Randomness
import StateMachines
import TestSupport
import Testing

@testable import Network

/// Answers with what it was asked.
private struct Mirror: HTTPApplication {
    var requests: [HTTPRequest] = []

    mutating func respond(to request: HTTPRequest) -> HTTPResponse {
        requests.append(request)
        switch request.target {
        case "/empty": return HTTPResponse(204)
        case "/large": return HTTPResponse(200, body: [UInt8](repeating: 0x61, count: 3 << 20))
        default: return HTTPResponse(200, text: "\(request.method) \(request.target)")
        }
    }
}

struct HTTPServerTests {
    /// A server with a peer.
    private struct Exchange: ~Copyable {
        var loop: EventLoop
        var server: HTTPServer<Mirror>
        let peer: RawPeer
        var heard: [UInt8] = []
        var isOver = false

        static func make(
            over transport: Transport, limits: HTTPLimits = HTTPLimits(),
            requestDeadline: Span = .seconds(30)
        ) throws -> Exchange {
            var loop = try Lab.loop(over: transport)
            let listener = try loop.listen(
                at: .loopback(), options: HTTPServer<Mirror>.connectionOptions())
            let peer = try RawPeer(to: loop.place(of: listener))
            return Exchange(
                loop: loop,
                server: HTTPServer(Mirror(), limits: limits, requestDeadline: requestDeadline),
                peer: peer)
        }

        /// Says `text` and listens until `isDone`.
        mutating func say(_ text: String, until isDone: (String) -> Bool) throws -> String {
            var rest = Array(text.utf8)[...]
            let end = Clock.now + .seconds(60)
            while !isDone(String(decoding: heard, as: UTF8.self)), !isOver || !rest.isEmpty {
                if !rest.isEmpty { rest = rest.dropFirst(max(0, peer.say(Array(rest)))) }
                try loop.turn(&server, until: Clock.now + .milliseconds(2))
                if let more = peer.hear() { heard += more } else { isOver = true }
                guard Clock.now < end else {
                    Issue.record("no answer to \(text.prefix(100))")
                    break
                }
                if isOver { break }
            }
            defer { heard = [] }
            // The date is not of a test's making.
            return String(decoding: heard, as: UTF8.self)
                .split(separator: "\r\n", omittingEmptySubsequences: false)
                .filter { !$0.hasPrefix("Date: ") }.joined(separator: "\r\n")
        }
    }

    @Test(
        "a request is answered, and the connection is kept for the next",
        arguments: Lab.transports)
    func keepAlive(over transport: Transport) throws {
        var exchange = try Exchange.make(over: transport)
        for target in ["/one", "/two"] {
            let answer = try exchange.say("GET \(target) HTTP/1.1\r\nHost: here\r\n\r\n") {
                $0.hasSuffix("GET \(target)")
            }
            #expect(
                answer == "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n"
                    + "Content-Type: text/plain; charset=utf-8\r\n\r\nGET \(target)")
        }
        let fields = exchange.server.application.requests[0].fields
        #expect(fields == [HTTPField("Host", "here")])
        #expect(fields["hOST"] == "here")
    }

    @Test(
        "requests that come together, in whatever pieces, are answered in order",
        arguments: Lab.transports)
    func pipelining(over transport: Transport) throws {
        var random = Xoshiro256StarStar(seed: testSeed)
        var exchange = try Exchange.make(over: transport)
        let stream = (0..<60).map { number in
            number % 2 == 0
                ? "GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
                : "POST /\(number) HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
                    + "2\r\nde\r\n0\r\n\r\n"
        }.joined()
        var rest = Array(stream.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 + Int(random.next(below: 200)))
            rest = rest.dropFirst(piece.count)
            exchange.peer.say(Array(piece))
            try exchange.loop.turn(&exchange.server, until: Clock.now)
        }
        _ = try exchange.say("") { $0.hasSuffix("POST /59") }
        let requests = exchange.server.application.requests
        #expect(requests.map(\.target) == (0..<60).map { "/\($0)" }, "\(replay)")
        #expect(
            requests.filter { $0.method == "POST" }.allSatisfy { $0.body == Array("abcde".utf8) },
            "\(replay)")
    }

    @Test(
        "a connection ends after the answer where the peer says so, or speaks an older version",
        arguments: Lab.transports,
        [
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        ])
    func closing(over transport: Transport, request: String) throws {
        var exchange = try Exchange.make(over: transport)
        let answer = try exchange.say(request) { _ in false }
        let isOver = exchange.isOver
        #expect(isOver)
        #expect(answer.contains("Connection: close\r\n"))
        #expect(answer.hasSuffix("GET /"))
    }

    @Test(
        "what is no HTTP, or more of it than is taken, is answered with a status, and the end",
        arguments: Lab.transports,
        [
            ("\u{1}\u{2}\u{3} / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
            ("GET /\(String(repeating: "a", count: 600)) HTTP/1.1\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nA: \(String(repeating: "a", count: 600))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 30))\r\n", 431),
            ("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413),
            ("POST / HTTP/1.1\r\nContent-Length: 18446744073709551614\r\n\r\n", 400),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "65\r\n\(String(repeating: "a", count: 101))\r\n", 413
            ),
            ("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", 501),
        ])
    func refusals(over transport: Transport, exchanged: (String, Int)) throws {
        let (request, status) = exchanged
        var exchange = try Exchange.make(
            over: transport, limits: HTTPLimits(head: 500, fields: 20, body: 100))
        let before = "GET /good HTTP/1.1\r\n\r\n"
        let answer = try exchange.say(before + request) { _ in false }
        let isOver = exchange.isOver
        #expect(isOver)
        // What was asked before is answered before.
        #expect(answer.contains("GET /good"))
        #expect(answer.contains("HTTP/1.1 \(status) "), "\(answer)")
        #expect(exchange.server.refused == 1)
    }

    @Test(
        "a request that does not come in time ends its connection, however steadily it comes",
        arguments: Lab.transports)
    func slowRequest(over transport: Transport) throws {
        var exchange = try Exchange.make(over: transport, requestDeadline: .milliseconds(50))
        let request = Array("GET /\(String(repeating: "a", count: 5000)) HTTP/1.1\r\n\r\n".utf8)
        let start = Clock.now
        var said = 0
        while exchange.server.refused == 0, said < request.count {
            exchange.peer.say([request[said]])
            said += 1
            try exchange.loop.turn(&exchange.server, until: Clock.now + .milliseconds(3))
        }
        #expect(exchange.server.refused == 1)
        #expect(Clock.now >= start + .milliseconds(50))
        #expect(exchange.server.application.requests.isEmpty)
    }

    @Test(
        "answers that a peer does not read cost a bounded memory, and come when it does",
        arguments: Lab.transports)
    func slowReader(over transport: Transport) throws {
        var exchange = try Exchange.make(over: transport)
        let count = 100
        let requests = String(repeating: "GET /large HTTP/1.1\r\n\r\n", count: count)
        exchange.peer.say(Array(requests.utf8))
        for _ in 0..<300 { try exchange.loop.turn(&exchange.server, until: Clock.now) }
        // What the kernel took is answered; the rest waits as requests.
        let answered = exchange.server.answered
        #expect(answered < UInt64(count))
        #expect(exchange.loop.heldMemory <= 8 << 20)
        var bytes = 0
        let end = Clock.now + .seconds(60)
        while bytes < count * 3 << 20, Clock.now < end {
            try exchange.loop.turn(&exchange.server, until: Clock.now + .milliseconds(1))
            while let more = exchange.peer.hear(), !more.isEmpty { bytes += more.count }
        }
        #expect(exchange.server.answered == UInt64(count))
        #expect(bytes > count * 3 << 20)
    }

    @Test(
        "a head alone, an answer without a body, and leave to send one",
        arguments: Lab.transports)
    func bodies(over transport: Transport) throws {
        var exchange = try Exchange.make(over: transport)
        let head = try exchange.say("HEAD /abc HTTP/1.1\r\n\r\n") { $0.hasSuffix("\r\n\r\n") }
        #expect(head.contains("Content-Length: 9\r\n") && head.hasSuffix("\r\n\r\n"))
        let empty = try exchange.say("GET /empty HTTP/1.1\r\n\r\n") { $0.hasSuffix("\r\n\r\n") }
        #expect(empty == "HTTP/1.1 204 No Content\r\n\r\n")
        let leave = try exchange.say(
            "POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        ) { $0.hasSuffix("\r\n\r\n") }
        #expect(leave == "HTTP/1.1 100 Continue\r\n\r\n")
        let answer = try exchange.say("ok") { $0.hasSuffix("POST /p") }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        #expect(exchange.server.application.requests.last?.body == Array("ok".utf8))
    }

    @Test("a date is what the C library makes of it; the standard's own example among them")
    func date() {
        #expect(HTTPDate.text(of: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        var random = Xoshiro256StarStar(seed: testSeed)
        for _ in 0..<2000 {
            var seconds = Int(random.next(below: 8_000_000_000))
            var parts = unsafe tm()
            var text = [CChar](repeating: 0, count: 64)
            // SAFETY: everything outlives the calls, and the text has more room than is said.
            unsafe gmtime_r(&seconds, &parts)
            let count = unsafe strftime(&text, 60, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            let expected = String(decoding: text[..<count].map(UInt8.init), as: UTF8.self)
            #expect(HTTPDate.text(of: seconds) == expected, "\(replay)")
        }
    }
}
