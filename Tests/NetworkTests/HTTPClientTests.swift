import StateMachines
import Testing

@testable import Network

private struct Numbers: HTTPApplication {
    mutating func respond(to request: HTTPRequest) -> HTTPResponse {
        request.target == "/missing"
            ? HTTPResponse(404) : HTTPResponse(200, body: Array(request.target.utf8) + request.body)
    }
}

private struct Answers: HTTPReceiver {
    var responses: [HTTPRequestID: HTTPResponse] = [:]
    var failures: [HTTPRequestID: HTTPFailure] = [:]

    mutating func received(
        _ response: HTTPResponse, to request: HTTPRequestID, on loop: inout EventLoop
    ) {
        #expect(responses[request] == nil && failures[request] == nil)
        responses[request] = response
    }

    mutating func failed(
        _ request: HTTPRequestID, _ reason: HTTPFailure, on loop: inout EventLoop
    ) {
        #expect(responses[request] == nil && failures[request] == nil)
        failures[request] = reason
    }
}

struct HTTPClientTests {
    @Test(
        "each of many requests gets its own answer, over few connections",
        arguments: Lab.transports, [(1, 1), (1, 16), (3, 4)])
    func pool(over transport: Transport, shape: (Int, Int)) throws {
        let (connections, pipeline) = shape
        var here = try Lab.loop(over: transport)
        var server = HTTPServer(Numbers())
        let listener = try here.listen(
            at: .loopback(), options: HTTPServer<Numbers>.connectionOptions())
        var there = try Lab.loop(over: transport)
        var client = HTTPClient(
            of: try here.place(of: listener), Answers(),
            options: .init(connections: connections, pipeline: pipeline))
        var asked: [HTTPRequestID: String] = [:]
        for number in 0..<200 {
            let method = ["GET", "POST", "HEAD"][number % 3]
            let request = HTTPRequest(
                method, "/\(number)", body: method == "POST" ? Array("body".utf8) : [])
            let id = try client.request(request, on: &there)
            asked[try #require(id)] =
                method == "HEAD" ? "" : "/\(number)" + (number % 3 == 1 ? "body" : "")
        }
        try turn(&here, &server, &there, &client)
        #expect(client.receiver.failures.isEmpty)
        #expect(client.receiver.responses.count == 200)
        for (id, body) in asked {
            #expect(client.receiver.responses[id]?.status == 200)
            #expect(client.receiver.responses[id]?.body == Array(body.utf8))
        }
        let count = here.connectionCount
        #expect(count == connections)
    }

    /// Turns both until nothing is outstanding.
    private func turn(
        _ here: inout EventLoop, _ server: inout HTTPServer<Numbers>, _ there: inout EventLoop,
        _ client: inout HTTPClient<Answers>
    ) throws {
        let end = Clock.now + .seconds(60)
        while client.outstanding > 0, Clock.now < end {
            try there.turn(&client, until: Clock.now)
            try here.turn(&server, until: Clock.now + .milliseconds(1))
        }
    }

    @Test(
        "requests to nobody fail with the reason, those that wait as well",
        arguments: Lab.transports)
    func nobody(over transport: Transport) throws {
        var loop = try Lab.loop(over: transport)
        let listener = try loop.listen(
            at: .loopback(), options: HTTPServer<Numbers>.connectionOptions())
        let address = try loop.place(of: listener)
        try loop.stopListening(listener)
        var client = HTTPClient(of: address, Answers(), options: .init(connections: 1))
        try loop.turn(&client, until: Clock.now)
        for _ in 0..<3 { _ = try client.request(HTTPRequest("GET", "/"), on: &loop) }
        let end = Clock.now + .seconds(60)
        while client.outstanding > 0, Clock.now < end {
            try loop.turn(&client, until: Clock.now + .milliseconds(5))
        }
        #expect(client.receiver.failures.count == 3)
        #expect(client.receiver.responses.isEmpty)
    }

    @Test(
        "an answer that does not come, is none, or is cut off fails its request",
        arguments: Lab.transports)
    func badServers(over transport: Transport) throws {
        var loop = try Lab.loop(over: transport)
        var recorder = Recorder()
        let listener = try loop.listen(
            at: .loopback(), options: ConnectionOptions(content: .bytes))
        let address = try loop.place(of: listener)
        var there = try Lab.loop(over: transport)
        let short = Span.milliseconds(50)
        let long = Span.seconds(60)
        for (answer, deadline, isExpected) in [
            ("", short, { $0 == .deadline }), ("rubbish\r\n\r\n", long, { $0.isRefusal }),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", short,
                { $0 == .deadline }
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n", long,
                { $0 == .refused(.bodyTooLong) }
            ),
        ] as [(String, Span, (HTTPFailure) -> Bool)] {
            var client = HTTPClient(
                of: address, Answers(), options: .init(connections: 1, deadline: deadline))
            let id = try #require(try client.request(HTTPRequest("GET", "/"), on: &there))
            let accepted = recorder.accepted.count
            let end = Clock.now + .seconds(60)
            var isAnswered = false
            while client.outstanding > 0, Clock.now < end {
                try there.turn(&client, until: Clock.now)
                try loop.turn(&recorder, until: Clock.now + .milliseconds(1))
                if recorder.bytes.count > 10, !isAnswered, !answer.isEmpty {
                    let bytes = Array(answer.utf8)
                    loop.send(bytes.span, to: recorder.accepted[accepted])
                    isAnswered = true
                }
            }
            recorder.bytes = []
            let failure = try #require(client.receiver.failures[id])
            #expect(isExpected(failure), "\(failure) after '\(answer)'")
        }
    }
}

extension HTTPFailure {
    fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}
