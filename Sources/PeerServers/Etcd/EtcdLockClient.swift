/// A client of etcd's lock service (`v3lockpb.Lock`) whose exchanges are measured: a lock that is taken and
/// given back at once.
///
/// It has a lease of its own, so that the lock's key is its own and the same each time. The number of a lock
/// is the store's revision when it was had: it is given back before the next client gets it, so that the
/// next one's is greater.
public final class EtcdLockClient: MeasuredClient {
    /// Where requests go.
    public let connection: SocketConnection
    /// One: a lock is awaited before it is given back.
    public let pipeline = 1
    private let wire: GRPCConnection
    private let order: LockOrder
    private let locking: GRPCCall
    private let unlocking: GRPCCall
    /// An exchange of as many bytes as it takes to ask for the lock, for an echo.
    public private(set) var likeness = FixedExchange(request: [0], reply: [0])
    private var isHolding = false
    private var answer: [UInt8] = []
    private var values: [Int64] = []

    /// How long a lease lives without a word from its client, in seconds: longer than contenders of a
    /// benchmark wait for their turns.
    static let lease = 600

    /// A client of the member at `endpoint`, which has had the lock once and given it back.
    ///
    /// - Throws: `disconnected`, or `unexpected` where a call fails or answers something else.
    public init(
        _ name: String, order: LockOrder, at endpoint: Endpoint
    ) throws(PeerFailure) {
        connection = try SocketConnection(to: endpoint, server: "etcd")
        wire = try GRPCConnection(connection)
        self.order = order
        let authority = "\(endpoint)"
        let granted = try wire.ask(EtcdRequest.grant(seconds: Self.lease).call(at: endpoint))
        var fields = ProtobufReader(granted, in: 0..<granted.count)
        guard let lease = fields.first(2)?.number, lease != 0 else {
            throw .unexpected(server: "etcd", answer: "no lease")
        }
        var request = ProtobufFields([(1, Array(name.utf8))])
        request.append(2, lease)
        locking = GRPCCall("/v3lockpb.Lock/Lock", authority: authority, message: request.bytes)
        let before = wire.answered
        let had = try wire.ask(locking)
        likeness = FixedExchange(
            request: locking.bytes, reply: [UInt8](repeating: 0, count: wire.answered - before))
        fields = ProtobufReader(had, in: 0..<had.count)
        guard let key = fields.first(2)?.part else {
            throw .unexpected(server: "etcd", answer: "a lock without a key")
        }
        unlocking = GRPCCall(
            "/v3lockpb.Lock/Unlock", authority: authority,
            message: ProtobufFields([(1, Array(had[key]))]).bytes)
        _ = try wire.ask(unlocking)
    }

    /// Takes the lock and gives it back.
    public func exchangeOnce() throws(PeerFailure) {
        try send()
        while try receive() == 0 {}
    }

    /// Nothing is left to look at: numbers are looked at as they come.
    public func check() {}

    /// Asks for the lock.
    public func send() throws(PeerFailure) {
        isHolding = false
        try wire.send(locking, times: 1)
    }

    /// Receives what is there, and gives the lock back where it came; 1 where it has been given back.
    public func receive() throws(PeerFailure) -> Int {
        guard try wire.receive({ answer += $0[$1] }) > 0 else { return 0 }
        defer { answer.removeAll(keepingCapacity: true) }
        if isHolding { return 1 }
        guard let revision else { throw .unexpected(server: "etcd", answer: "no revision") }
        try order.take(revision)
        values.append(revision)
        isHolding = true
        try wire.send(unlocking, times: 1)
        return 0
    }

    /// The numbers of the locks since the last call, in their order.
    public func takeValues() -> [Int64] {
        defer { values.removeAll(keepingCapacity: true) }
        return values
    }

    /// The revision in the header of the answer, after the five bytes of its head.
    private var revision: Int64? {
        guard answer.count > 5 else { return nil }
        return EtcdAnswer.revision(answer, in: 5..<answer.count)
    }
}
