/// A client that makes one exchange over and over on a connection of its own, the same for every
/// server: what differs between two servers is then the servers.
///
/// For one thread at a time.
public final class ExchangeClient: MeasuredClient {
    /// Where requests go.
    public let connection: SocketConnection
    let exchange: FixedExchange
    /// Requests that are sent with one write, before the first reply is awaited.
    public let pipeline: Int
    private let requests: [UInt8]
    private var buffer: [UInt8]
    private var filled = 0
    /// The numbers that replies carried since they were last taken, in the order of the replies.
    private var values: [Int64] = []

    /// A client that sends `pipeline` requests at once.
    public init(_ connection: SocketConnection, _ exchange: FixedExchange, pipeline: Int) {
        precondition(pipeline > 0, "a client sends requests, not \(pipeline)")
        self.connection = connection
        self.exchange = exchange
        self.pipeline = pipeline
        requests = Array(repeatElement(exchange.request, count: pipeline).joined())
        buffer = [UInt8](repeating: 0, count: max(1 << 14, exchange.reply.count * pipeline))
        values.reserveCapacity(1 << 16)
    }

    /// Sends one request and waits for its reply.
    @inline(__always)
    public func exchangeOnce() throws(PeerFailure) {
        try connection.send(requests, count: exchange.request.count)
        filled = 0
        while filled < exchange.reply.count {
            filled += try connection.receive(into: &buffer, from: filled)
            if buffer[0] != exchange.reply[0] { throw unexpected(at: 0) }
        }
    }

    /// Looks at the reply of ``exchangeOnce()``.
    public func check() throws(PeerFailure) {
        guard filled == exchange.reply.count, let value = exchange.value(in: buffer, at: 0) else {
            throw unexpected(at: 0)
        }
        filled = 0
        values.append(value)
    }

    /// Sends all requests of a batch.
    public func send() throws(PeerFailure) { try connection.send(requests, count: requests.count) }

    /// Receives what is there and gives how many whole replies came with it.
    public func receive() throws(PeerFailure) -> Int {
        filled += try connection.receive(into: &buffer, from: filled)
        var position = 0
        while filled - position >= exchange.reply.count {
            guard let value = exchange.value(in: buffer, at: position) else {
                throw unexpected(at: position)
            }
            values.append(value)
            position += exchange.reply.count
        }
        let count = position / exchange.reply.count
        guard position > 0 else {
            if buffer[0] != exchange.reply[0] { throw unexpected(at: 0) }
            return 0
        }
        // Less than a reply: a few bytes.
        for index in position..<filled { buffer[index - position] = buffer[index] }
        filled -= position
        return count
    }

    /// The numbers that replies carried since the last call.
    public func takeValues() -> [Int64] {
        defer { values.removeAll(keepingCapacity: true) }
        return values
    }

    private func unexpected(at position: Int) -> PeerFailure {
        let bytes = buffer[position..<max(position, min(filled, position + 200))]
        let text = String(decoding: bytes.filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
        return .unexpected(server: connection.server, answer: text)
    }
}
