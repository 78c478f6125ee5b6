/// A client of ZooKeeper with a session of its own, whose requests are measured: `setData` or `getData` of
/// one node.
///
/// The number of a set is the node's version after it, which no other set has. A value that is read has
/// to be the one that was expected.
public final class ZooKeeperClient: MeasuredClient {
    /// What is asked for.
    public enum Operation: Sendable {
        /// Sets the node's value to this one.
        case set([UInt8])
        /// Reads the value, which has to be this one, as the server that is asked knows it.
        case get([UInt8])
    }

    /// Where requests go.
    public let connection: SocketConnection
    /// Requests that are sent with one write, before the first reply is awaited.
    public let pipeline: Int
    private let operation: Operation
    /// An exchange of as many bytes as this one's, for an echo.
    public private(set) var likeness = FixedExchange(request: [0], reply: [0])
    /// A request, whose number is of no account here.
    private var request: [UInt8] = []
    private var batch: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var filled = 0
    /// The number of the last request, and of the last one whose reply came: a server answers in order.
    private var asked: Int32 = 0
    private var answered: Int32 = 0
    private var values: [Int64] = []

    /// The longest value.
    public static let longestValue = 8192
    /// How long a session lives without a word from its client, in milliseconds: longer than contenders
    /// of a benchmark wait for their turns.
    static let session: Int32 = 600_000
    /// What the server says where a node is there already (`NODEEXISTS`).
    private static let isThere: Int32 = -110
    /// The bytes of a reply's head: its length, the request's number, the change's number, an error.
    private static let head = 4 + 16

    /// A client of the server at `endpoint`, which has set the value once, and read it.
    ///
    /// - Throws: `disconnected`, or `unexpected` where the server refuses or has another value.
    public init(
        _ operation: Operation, of path: String, at endpoint: Endpoint, pipeline: Int
    ) throws(PeerFailure) {
        precondition(pipeline > 0, "a client sends requests, not \(pipeline)")
        connection = try SocketConnection(to: endpoint, server: "zookeeper")
        self.pipeline = pipeline
        self.operation = operation
        try begin()
        switch operation {
        case .set(let value):
            precondition(value.count <= Self.longestValue, "a value of \(value.count) bytes")
            let made = try ask(.creating(path, value, .persistent, number: 0)).error
            guard made == 0 || made == Self.isThere else { throw refused(made) }
            var packet = ZooKeeperPacket(.setData, number: 0)
            packet.append(path)
            packet.append(value)
            packet.append(Int32(-1))
            request = packet.bytes
        case .get:
            var packet = ZooKeeperPacket(.getData, number: 0)
            packet.append(path)
            packet.append(false)
            request = packet.bytes
        }
        try exchangeOnce()
        likeness = FixedExchange(request: request, reply: Array(buffer[..<filled]))
        try check()
        values = []
        values.reserveCapacity(1 << 16)
    }

    /// Sends one request and waits for its reply.
    @inline(__always)
    public func exchangeOnce() throws(PeerFailure) {
        try send(times: 1)
        while wholeReply(at: 0) == nil {
            filled += try connection.receive(into: &buffer, from: filled)
        }
    }

    /// Looks at the reply of ``exchangeOnce()``.
    public func check() throws(PeerFailure) {
        guard let size = wholeReply(at: 0), size == filled else {
            throw unexpected("a second reply")
        }
        try take(at: 0, size)
        filled = 0
    }

    /// Sends all requests of a batch.
    public func send() throws(PeerFailure) { try send(times: pipeline) }

    /// Receives what is there and gives how many whole replies came with it.
    public func receive() throws(PeerFailure) -> Int {
        filled += try connection.receive(into: &buffer, from: filled)
        var position = 0
        var count = 0
        while let size = wholeReply(at: position) {
            try take(at: position, size)
            position += size
            count += 1
        }
        // Less than a reply: a few bytes, if any.
        for index in position..<filled { buffer[index - position] = buffer[index] }
        filled -= position
        return count
    }

    /// The numbers that replies carried since the last call.
    public func takeValues() -> [Int64] {
        defer { values.removeAll(keepingCapacity: true) }
        return values
    }

    /// Sends requests, each with a number of its own.
    private func send(times: Int) throws(PeerFailure) {
        batch.removeAll(keepingCapacity: true)
        for _ in 0..<times {
            asked = asked == .max ? 1 : asked + 1
            let place = batch.count + ZooKeeperPacket.numberPlace
            batch += request
            for byte in 0..<4 {
                batch[place + byte] = UInt8(truncatingIfNeeded: asked >> Int32(24 - 8 * byte))
            }
        }
        try connection.send(batch, count: batch.count)
    }

    /// The size of the reply at `position`, once it is there as a whole.
    @inline(__always)
    private func wholeReply(at position: Int) -> Int? {
        guard filled - position >= 4 else { return nil }
        let length = Int(bigEndian(Int32.self, in: buffer, at: position))
        precondition(length >= 16 && length <= buffer.count - 4, "a reply of \(length) bytes")
        return filled - position >= 4 + length ? 4 + length : nil
    }

    /// Looks at a reply and notes its number.
    private func take(at position: Int, _ size: Int) throws(PeerFailure) {
        answered = answered == .max ? 1 : answered + 1
        let number = bigEndian(Int32.self, in: buffer, at: position + 4)
        guard number == answered else { throw unexpected("reply \(number) instead of \(answered)") }
        let error = bigEndian(Int32.self, in: buffer, at: position + 16)
        guard error == 0 else { throw refused(error) }
        let body = position + Self.head
        switch operation {
        case .set:
            // The node's state: four numbers of 8 bytes, then its version.
            guard size >= Self.head + 36 else { throw unexpected("a reply of \(size) bytes") }
            values.append(Int64(bigEndian(Int32.self, in: buffer, at: body + 32)))
        case .get(let value):
            guard size >= Self.head + 4 + value.count,
                bigEndian(Int32.self, in: buffer, at: body) == value.count,
                buffer[(body + 4)..<(body + 4 + value.count)].elementsEqual(value)
            else { throw unexpected("another value") }
            values.append(0)
        }
    }

    private func refused(_ error: Int32) -> PeerFailure { unexpected("error \(error)") }

    private func unexpected(_ answer: String) -> PeerFailure {
        .unexpected(server: connection.server, answer: answer)
    }
}

/// Setting up, which is not measured.
extension ZooKeeperClient {
    /// Begins the session.
    private func begin() throws(PeerFailure) {
        let hello = ZooKeeperPacket.beginning(session: Self.session).bytes
        try connection.send(hello, count: hello.count)
        let answer = try packet()
        // A session of no length is one that was refused.
        guard answer.count >= 16, bigEndian(Int32.self, in: answer, at: 4) > 0 else {
            throw unexpected("no session")
        }
    }

    /// Asks for something and gives the error, 0 for none, and what follows it.
    private func ask(
        _ packet: ZooKeeperPacket
    ) throws(PeerFailure) -> (error: Int32, body: [UInt8]) {
        try connection.send(packet.bytes, count: packet.bytes.count)
        let answer = try self.packet()
        guard answer.count >= 16 else { throw unexpected("a reply of \(answer.count) bytes") }
        return (bigEndian(Int32.self, in: answer, at: 12), Array(answer[16...]))
    }

    private func packet() throws(PeerFailure) -> [UInt8] {
        var received = ReceivedBytes(connection)
        let length = bigEndian(Int32.self, in: try received.bytes(4), at: 0)
        return try received.bytes(Int(length))
    }
}
