import Network

/// The engine's HTTP server as a contender.
enum HTTPEcho {
    /// A request as browsers and load generators send at least, and the answer to it, a body of
    /// `size` bytes; the date in it is of the moment.
    static func exchange(of size: Int) -> (request: [UInt8], reply: [UInt8]) {
        let request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: nilometer\r\n\r\n"
        let reply =
            "HTTP/1.1 200 OK\r\n\(date)Content-Length: \(size)\r\n\r\n"
        return (Array(request.utf8), Array(reply.utf8) + body(of: size))
    }

    /// Whether `reply` is the expected one but for its date.
    static func isRight(_ reply: [UInt8], _ expected: [UInt8]) -> Bool {
        let start = "HTTP/1.1 200 OK\r\nDate: ".utf8.count
        let end = "HTTP/1.1 200 OK\r\n\(date)".utf8.count
        return reply.count == expected.count && reply[..<start] == expected[..<start]
            && reply[end...] == expected[end...]
    }

    /// A date, as long as any.
    private static let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    private static func body(of size: Int) -> [UInt8] {
        (0..<size).map { 97 + UInt8($0 % 26) }
    }

    /// Serves until `stop` has something to read.
    static func serve(_ socket: Int32, _ work: EchoWork, stop: Int32) throws {
        var loop = try EventLoop(
            options: .init(waiting: work.spins ? .spinning(atMost: nil) : .blocking))
        var handler = Stoppable(server: HTTPServer(Page(body: body(of: work.message))))
        _ = try loop.watch(stop)
        try loop.adopt(listener: socket, options: HTTPServer<Page>.connectionOptions())
        while !handler.isOver { try loop.turn(&handler) }
    }

    private struct Page: HTTPApplication {
        let body: [UInt8]

        mutating func respond(to request: HTTPRequest) -> HTTPResponse {
            HTTPResponse(200, body: body)
        }
    }

    /// The server, and an end.
    private struct Stoppable: NetworkHandler, ~Copyable {
        var server: HTTPServer<Page>
        var isOver = false

        mutating func ready(_ watch: WatchID, on loop: inout EventLoop) { isOver = true }

        mutating func accepted(
            _ connection: ConnectionID, by listener: ListenerID, on loop: inout EventLoop
        ) {
            server.accepted(connection, by: listener, on: &loop)
        }

        mutating func received(
            _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop
        ) {
            server.received(bytes, from: connection, on: &loop)
        }

        mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {
            server.drained(connection, on: &loop)
        }

        mutating func timer(_ number: UInt64, on loop: inout EventLoop) {
            server.timer(number, on: &loop)
        }

        mutating func closed(
            _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
        ) {
            server.closed(connection, reason, on: &loop)
        }
    }
}
