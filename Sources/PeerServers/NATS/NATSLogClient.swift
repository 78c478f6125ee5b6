/// A client of a log of JetStream whose exchanges are measured: a message is published, and its server says
/// at which place of the log it is, which is the exchange's number.
public final class NATSLogClient: MeasuredClient {
    /// Where requests go.
    public let connection: SocketConnection
    /// Messages that are sent with one write, before the first is acknowledged.
    public let pipeline: Int
    private let request: [UInt8]
    private let requests: [UInt8]
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var filled = 0
    private var values: [Int64] = []
    /// An exchange of as many bytes as this one's, for an echo.
    public private(set) var likeness = FixedExchange(request: [0], reply: [0])

    /// The longest message.
    public static let longestPayload = 8192

    /// A client on this connection, which has appended one message.
    ///
    /// - Throws: `disconnected`, or `unexpected` where the server refuses.
    init(
        _ conversation: NATSConversation, _ payload: [UInt8], pipeline: Int
    ) throws(PeerFailure) {
        precondition(pipeline > 0, "a client sends requests, not \(pipeline)")
        precondition(payload.count <= Self.longestPayload, "a message of \(payload.count) bytes")
        connection = conversation.connection
        self.pipeline = pipeline
        // No two connections that are open have the same descriptor.
        let inbox = NATSConversation.inbox(of: 1 + Int(connection.descriptor))
        try conversation.send("SUB \(inbox) \(NATSConversation.subscription)\r\n")
        request =
            Array("PUB \(NATSServer.subject) \(inbox) \(payload.count)\r\n".utf8) + payload
            + Array("\r\n".utf8)
        requests = Array(repeatElement(request, count: pipeline).joined())
        values.reserveCapacity(1 << 16)
        try connection.send(request, count: request.count)
        var size = 0
        while values.isEmpty {
            filled += try connection.receive(into: &buffer, from: filled)
            size = filled
            _ = try takeReplies()
        }
        likeness = FixedExchange(
            request: request, reply: [UInt8](repeating: 0x20, count: max(1, size)))
        values = []
    }

    /// Publishes one message and waits until it is acknowledged.
    public func exchangeOnce() throws(PeerFailure) {
        try connection.send(request, count: request.count)
        while try receive() == 0 {}
    }

    /// Nothing is left to look at: acknowledgements are looked at as they come.
    public func check() {}

    /// Publishes all messages of a batch.
    public func send() throws(PeerFailure) { try connection.send(requests, count: requests.count) }

    /// Receives what is there and gives how many messages are acknowledged with it.
    public func receive() throws(PeerFailure) -> Int {
        filled += try connection.receive(into: &buffer, from: filled)
        return try takeReplies()
    }

    /// The places of messages since the last call, in the order in which they were acknowledged.
    public func takeValues() -> [Int64] {
        defer { values.removeAll(keepingCapacity: true) }
        return values
    }

    private func takeReplies() throws(PeerFailure) -> Int {
        var position = 0
        var count = 0
        while let line = line(from: position) {
            let next = line.upperBound + 2
            switch buffer[line.lowerBound] {
            case UInt8(ascii: "M"):
                let size = try size(in: line)
                // The message's content and the end of its line.
                guard filled - next >= size + 2 else {
                    return keepRest(from: position, after: count)
                }
                try take(next..<(next + size))
                count += 1
                position = next + size + 2
            case UInt8(ascii: "P"):
                // PING is asked every two minutes; PONG is said to nobody.
                if buffer[line.lowerBound + 1] == UInt8(ascii: "I") {
                    try connection.send(Array("PONG\r\n".utf8), count: 6)
                }
                position = next
            case UInt8(ascii: "I"), UInt8(ascii: "+"): position = next
            default: throw unexpected(line)
            }
        }
        return keepRest(from: position, after: count)
    }

    /// Keeps what has not been read, which is less than a reply.
    private func keepRest(from position: Int, after count: Int) -> Int {
        for index in position..<filled { buffer[index - position] = buffer[index] }
        filled -= position
        return count
    }

    /// The next whole line, without its end.
    @inline(__always)
    private func line(from start: Int) -> Range<Int>? {
        guard start < filled, let end = buffer[start..<filled].firstIndex(of: UInt8(ascii: "\r")),
            end + 1 < filled
        else { return nil }
        return start..<end
    }

    /// The number that a message's head ends in: how long it is.
    private func size(in line: Range<Int>) throws(PeerFailure) -> Int {
        var size = 0
        let start = buffer[line].lastIndex(of: UInt8(ascii: " ")) ?? line.lowerBound
        for byte in buffer[(start + 1)..<line.upperBound] {
            guard FixedExchange.isDigit(byte), size < 1 << 16 else { throw unexpected(line) }
            size = size * 10 + Int(byte - 0x30)
        }
        guard size < buffer.count / 2 else { throw unexpected(line) }
        return size
    }

    /// Looks at what acknowledges a message: its log, and its place there, the last number in it.
    private func take(_ part: Range<Int>) throws(PeerFailure) {
        guard let end = buffer[part].lastIndex(where: FixedExchange.isDigit) else {
            throw unexpected(part)
        }
        var start = end
        while start > part.lowerBound, FixedExchange.isDigit(buffer[start - 1]) { start -= 1 }
        let before = buffer[part.lowerBound..<start]
        var value: Int64 = 0
        for byte in buffer[start...end] { value = value &* 10 &+ Int64(byte &- 0x30) }
        // A refusal has an error with a code, and no place.
        guard before.starts(with: Self.stored), before.reversed().starts(with: Self.place),
            end - start < 18
        else { throw unexpected(part) }
        values.append(value)
    }

    /// What an acknowledgement begins with, and what comes before the place, from its end.
    private static let stored = Array("{\"stream\":\"\(NATSServer.stream)\"".utf8)
    private static let place = Array("\"seq\":".utf8.reversed())

    private func unexpected(_ part: Range<Int>) -> PeerFailure {
        let text = String(decoding: buffer[part].prefix(200), as: UTF8.self)
        return .unexpected(server: connection.server, answer: text)
    }
}
