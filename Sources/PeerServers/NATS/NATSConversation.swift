/// A connection to a NATS server that has been let in, and its protocol as far as setting up needs it ("NATS
/// Protocol", client protocol). What is measured goes through ``NATSLogClient``.
///
/// For one thread at a time.
final class NATSConversation {
    let connection: SocketConnection
    /// The server's version, as it says it itself.
    let version: String
    private var received: ReceivedBytes

    /// The subject to which what this connection asked for is answered, and the number of the subscription.
    static let (inbox, subscription) = ("_INBOX.nilometer", "1")

    /// Connects, says the password, and waits until the server has taken it.
    ///
    /// - Throws: `disconnected`, or `unexpected` with what the server says instead.
    init(to endpoint: Endpoint, password: String) throws(PeerFailure) {
        connection = try SocketConnection(to: endpoint, server: "nats-server")
        received = ReceivedBytes(connection)
        let hello = String(decoding: try received.line(), as: UTF8.self)
        guard hello.hasPrefix("INFO "), let version = Self.text("version", in: hello) else {
            throw .unexpected(server: "nats-server", answer: hello)
        }
        self.version = version
        let options =
            "{\"verbose\":false,\"pedantic\":false,\"tls_required\":false,\"lang\":\"swift\","
            + "\"version\":\"1\",\"protocol\":1,\"auth_token\":\"\(password)\"}"
        try send("CONNECT \(options)\r\nPING\r\n")
        try heard("PONG")
    }

    /// Makes a stream in files of all messages of a subject.
    func makeStream(_ name: String, of subject: String) throws(PeerFailure) {
        let inbox = Self.inbox(of: 0)
        let order =
            "{\"name\":\"\(name)\",\"subjects\":[\"\(subject)\"],\"retention\":\"limits\","
            + "\"storage\":\"file\",\"num_replicas\":1}"
        try send(
            "SUB \(inbox) \(Self.subscription)\r\nPUB $JS.API.STREAM.CREATE.\(name) \(inbox) "
                + "\(order.utf8.count)\r\n\(order)\r\n")
        let head = try heard("MSG ")
        guard let size = head.split(separator: " ").last.flatMap({ Int($0) }) else {
            throw .unexpected(server: "nats-server", answer: head)
        }
        let answer = String(decoding: try received.bytes(size + 2), as: UTF8.self)
        guard !answer.contains("\"error\""), answer.contains("\"config\"") else {
            throw .unexpected(server: "nats-server", answer: answer)
        }
    }

    /// An inbox for the answers to one connection.
    static func inbox(of number: Int) -> String { "\(inbox).\(number)" }

    func send(_ text: String) throws(PeerFailure) {
        let bytes = Array(text.utf8)
        try connection.send(bytes, count: bytes.count)
    }

    /// Waits for a line that begins so, and gives it. Answers the server's own questions meanwhile.
    @discardableResult
    private func heard(_ start: String) throws(PeerFailure) -> String {
        while true {
            let line = String(decoding: try received.line(), as: UTF8.self)
            if line.hasPrefix(start) { return line }
            if line == "PING" { try send("PONG\r\n") }
            guard !line.hasPrefix("-ERR") else {
                throw .unexpected(server: "nats-server", answer: line)
            }
        }
    }

    /// The text at a key of an object of JSON, where it has no quotation marks in it.
    private static func text(_ key: String, in object: String) -> String? {
        let parts = object.split(separator: "\"", omittingEmptySubsequences: false)
        guard let place = parts.firstIndex(of: key[...]), place + 2 < parts.count,
            parts[place + 1] == ":"
        else { return nil }
        return String(parts[place + 2])
    }
}
