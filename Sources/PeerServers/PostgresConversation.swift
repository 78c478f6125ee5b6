/// A connection to PostgreSQL and its protocol, as far as setting up and asking needs it ("Frontend/
/// Backend Protocol", version 3.0). What is measured goes through ``ExchangeClient``.
public final class PostgresConversation {
    let connection: SocketConnection
    private var received: ReceivedBytes

    /// Kinds of messages of the server.
    private enum Kind {
        static let authentication = UInt8(ascii: "R")
        static let ready = UInt8(ascii: "Z")
        static let error = UInt8(ascii: "E")
        static let row = UInt8(ascii: "D")
    }

    /// Introduces itself as `role` on a connection that was just made.
    init(
        _ connection: SocketConnection, role: String, password: String
    ) throws(PeerFailure) {
        self.connection = connection
        received = ReceivedBytes(connection)
        var hello = Self.number(196_608)
        for word in ["user", role, "database", "postgres", "application_name", "nilometer", ""] {
            hello += Array(word.utf8) + [0]
        }
        hello = Self.number(hello.count + 4) + hello
        try connection.send(hello, count: hello.count)
        while true {
            let (kind, body) = try message()
            if kind == Kind.ready { return }
            guard kind == Kind.authentication else { continue }
            switch body.prefix(4).last {
            case 0: continue
            case 3:
                let answer = Self.message("p", Array(password.utf8) + [0])
                try connection.send(answer, count: answer.count)
            default:
                throw .unexpected(
                    server: connection.server, answer: "it asks for proof \(body.prefix(4))")
            }
        }
    }

    /// Runs a query and gives the first column of its rows.
    ///
    /// - Throws: `unexpected` with the server's text where it answers with an error.
    @discardableResult
    public func ask(_ query: String) throws(PeerFailure) -> [String] {
        let text = Self.message("Q", Array(query.utf8) + [0])
        try connection.send(text, count: text.count)
        var rows: [String] = []
        while true {
            let (kind, body) = try message()
            if kind == Kind.ready { return rows }
            // Number of columns, length of the first, its bytes.
            guard kind == Kind.row, body.count >= 6 else { continue }
            let length = Self.number(in: body[2..<6])
            guard length >= 0, length <= body.count - 6 else { continue }
            rows.append(String(decoding: body[6..<(6 + length)], as: UTF8.self))
        }
    }

    /// Prepares `query` under `name`, for ``execution(of:)``.
    public func prepare(_ query: String, as name: String) throws(PeerFailure) {
        let words = Array(name.utf8) + [0] + Array(query.utf8) + [0, 0, 0]
        let text = Self.message("P", words) + Self.message("S", [])
        try connection.send(text, count: text.count)
        while try message().kind != Kind.ready {}
    }

    /// The bytes that execute a prepared query without parameters, as a transaction of its own.
    public static func execution(of name: String) -> [UInt8] {
        // No portal's name, no formats, no parameters, results as text; no limit to the rows.
        let bind = [0] + Array(name.utf8) + [0, 0, 0, 0, 0, 0, 0]
        return message("B", bind) + message("E", [0, 0, 0, 0, 0]) + message("S", [])
    }

    /// Sends `request` and gives all bytes that come until the server is ready again.
    func reply(to request: [UInt8]) throws(PeerFailure) -> [UInt8] {
        try connection.send(request, count: request.count)
        var all: [UInt8] = []
        while true {
            let (kind, body) = try message()
            all += [kind] + Self.number(body.count + 4) + body
            if kind == Kind.ready { return all }
        }
    }

    /// The next message. An error of the server is thrown.
    private func message() throws(PeerFailure) -> (kind: UInt8, body: [UInt8]) {
        let kind = try received.byte()
        let length = Self.number(in: try received.bytes(4)[...])
        let body = try received.bytes(length - 4)
        guard kind != Kind.error else {
            throw Self.starting(body)
                ? .disconnected(server: connection.server, why: Self.text(of: body))
                : .unexpected(server: connection.server, answer: Self.text(of: body))
        }
        return (kind, body)
    }

    /// Whether an error says that the server is not ready yet (SQLSTATE 57P03).
    private static func starting(_ body: [UInt8]) -> Bool {
        body.split(separator: 0).contains { Array($0) == Array("C57P03".utf8) }
    }

    /// The fields of an error that people read: severity, code and message.
    static func text(of body: [UInt8]) -> String {
        body.split(separator: 0)
            .filter { "SCM".utf8.contains($0.first ?? 0) }
            .map { String(decoding: $0.dropFirst(), as: UTF8.self) }
            .joined(separator: " ")
    }

    private static func message(_ kind: Character, _ body: [UInt8]) -> [UInt8] {
        Array("\(kind)".utf8) + number(body.count + 4) + body
    }

    private static func number(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private static func number(in bytes: ArraySlice<UInt8>) -> Int {
        Int(Int32(bitPattern: bytes.reduce(0) { $0 << 8 | UInt32($1) }))
    }
}
