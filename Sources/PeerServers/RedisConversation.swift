/// A connection to Redis and its protocol, as far as setting up and asking needs it (RESP2, "Redis
/// serialization protocol specification"). What is measured goes through ``ExchangeClient``.
public final class RedisConversation {
    let connection: SocketConnection
    private var received: ReceivedBytes

    init(_ connection: SocketConnection) {
        self.connection = connection
        received = ReceivedBytes(connection)
    }

    /// A command as bytes: an array of bulk strings.
    public static func command(_ words: [String]) -> [UInt8] {
        var text = "*\(words.count)\r\n"
        for word in words { text += "$\(word.utf8.count)\r\n\(word)\r\n" }
        return Array(text.utf8)
    }

    /// Sends a command and gives the words of its answer, an array's one after the other.
    ///
    /// - Throws: `unexpected` with the server's text where it answers with an error.
    public func ask(_ words: [String]) throws(PeerFailure) -> [String] {
        let command = Self.command(words)
        try connection.send(command, count: command.count)
        return try answer()
    }

    private func answer() throws(PeerFailure) -> [String] {
        let line = String(decoding: try received.line(), as: UTF8.self)
        let rest = String(line.dropFirst())
        switch line.first {
        case "+", ":": return [rest]
        case "$":
            guard let count = Int(rest) else { throw unexpected(line) }
            guard count >= 0 else { return [] }
            let bytes = try received.bytes(count + 2)
            return [String(decoding: bytes.dropLast(2), as: UTF8.self)]
        case "*":
            guard let count = Int(rest), count < 1000 else { throw unexpected(line) }
            var words: [String] = []
            for _ in 0..<max(0, count) { words += try answer() }
            return words
        default: throw unexpected(line)
        }
    }

    private func unexpected(_ line: String) -> PeerFailure {
        .unexpected(server: connection.server, answer: line)
    }
}
