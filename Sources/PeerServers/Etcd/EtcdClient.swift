/// A client of etcd's key-value service whose calls are measured: `Put` or `Range` of one key, by gRPC, as
/// etcd's own clients do.
///
/// A put's number is the revision that it made, which no other change of the cluster has. An answer to a
/// range has to be the one that came first, byte for byte.
public final class EtcdClient: MeasuredClient {
    /// What is called.
    public enum Operation: Sendable {
        /// Puts this value.
        case put([UInt8])
        /// Reads the value, which has to be this one, as of now: confirmed by a majority (etcd's default,
        /// linearizable), or as the member knows it (serializable).
        case get([UInt8], isLinearizable: Bool)
    }

    /// Where requests go.
    public let connection: SocketConnection
    /// Requests that are sent with one write, before the first reply is awaited.
    public let pipeline: Int
    private let wire: GRPCConnection
    private let call: GRPCCall
    private let isPut: Bool
    /// An exchange of as many bytes as this one's, for an echo.
    public private(set) var likeness = FixedExchange(request: [0], reply: [0])
    /// The answer that every get has to get.
    private var expected: [UInt8] = []
    /// The answer to the exchange that is to be checked.
    private var answer: [UInt8] = []
    private var values: [Int64] = []

    /// The longest value: an answer then comes in one frame.
    public static let longestValue = 8192

    /// A client of the member at `endpoint`, which has been asked once and has answered as it should.
    ///
    /// - Throws: `disconnected`, or `unexpected` where the first call fails or answers something else.
    public init(
        _ operation: Operation, of key: String, at endpoint: Endpoint, pipeline: Int
    ) throws(PeerFailure) {
        precondition(pipeline > 0, "a client sends requests, not \(pipeline)")
        connection = try SocketConnection(to: endpoint, server: "etcd")
        wire = try GRPCConnection(connection)
        self.pipeline = pipeline
        let name = Array(key.utf8)
        switch operation {
        case .put(let value):
            precondition(value.count <= Self.longestValue, "a value of \(value.count) bytes")
            isPut = true
            call = GRPCCall(
                "/etcdserverpb.KV/Put", authority: "\(endpoint)",
                message: ProtobufFields([(1, name), (2, value)]).bytes)
            answer = try wire.ask(call)
            guard EtcdAnswer.revision(answer, in: 0..<answer.count) != nil else {
                throw unexpected("a put without a revision")
            }
        case .get(let value, let isLinearizable):
            isPut = false
            var message = ProtobufFields([(1, name)])
            // Field 7: serializable.
            if !isLinearizable { message.append(7, 1) }
            call = GRPCCall(
                "/etcdserverpb.KV/Range", authority: "\(endpoint)", message: message.bytes)
            let first = try wire.ask(call)
            guard Self.value(in: first) == value else { throw unexpected("another value") }
            expected = first
        }
        // The first answer had more headers than those that follow, some bytes of a few hundred.
        likeness = FixedExchange(
            request: call.bytes, reply: [UInt8](repeating: 0, count: wire.answered))
        values.reserveCapacity(1 << 16)
    }

    /// Sends one request and waits for its reply.
    @inline(__always)
    public func exchangeOnce() throws(PeerFailure) {
        try wire.send(call, times: 1)
        answer.removeAll(keepingCapacity: true)
        while try wire.receive({ answer += $0[$1] }) == 0 {}
    }

    /// Looks at the reply of ``exchangeOnce()``.
    public func check() throws(PeerFailure) {
        guard note(answer, 0..<answer.count) else { throw unexpected("another answer") }
    }

    /// Sends all requests of a batch.
    public func send() throws(PeerFailure) { try wire.send(call, times: pipeline) }

    /// Receives what is there and gives how many whole replies came with it.
    public func receive() throws(PeerFailure) -> Int {
        var isAsExpected = true
        let count = try wire.receive { if !note($0, $1) { isAsExpected = false } }
        guard isAsExpected else { throw unexpected("another answer") }
        return count
    }

    /// In rising order: calls that are under way at the same time are on streams of their own, and their
    /// answers overtake each other.
    public func takeValues() -> [Int64] {
        if pipeline > 1 { values.sort() }
        defer { values.removeAll(keepingCapacity: true) }
        return values
    }

    /// Looks at an answer, after the five bytes of its head, and notes its number.
    @inline(__always)
    private func note(_ bytes: [UInt8], _ part: Range<Int>) -> Bool {
        guard part.count > 5 else { return false }
        let message = (part.lowerBound + 5)..<part.upperBound
        guard isPut else { return bytes[message].elementsEqual(expected) }
        guard let revision = EtcdAnswer.revision(bytes, in: message) else { return false }
        values.append(revision)
        return true
    }

    /// The value of the only key of an answer to a range.
    private static func value(in answer: [UInt8]) -> [UInt8]? {
        var fields = ProtobufReader(answer, in: 0..<answer.count)
        guard let pair = fields.first(2)?.part else { return nil }
        var inner = ProtobufReader(answer, in: pair)
        return inner.first(5)?.part.map { Array(answer[$0]) }
    }

    private func unexpected(_ answer: String) -> PeerFailure {
        .unexpected(server: connection.server, answer: answer)
    }
}
