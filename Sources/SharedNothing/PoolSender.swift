import Channels
import Synchronization

/// A handle by which one thread sends to the workers of a pool: without a lock, an allocation or a
/// reference count per message.
///
/// Noncopyable; may be moved between threads. Keep it in a local variable where it sends in a loop.
/// A handle outlives the pool's stop: it then gives every message back.
@safe @frozen
public struct PoolSender<Message: Sendable, Response: Sendable>: ~Copyable, @unchecked Sendable {
    // Sendable because it is noncopyable and every operation is mutating: one thread at a time.
    @usableFromInline typealias Table = RoutingTable<Message, Response>

    @usableFromInline let routes: Routes<Message, Response>
    @usableFromInline let slot: SenderSlot
    @usableFromInline var entries: UInt64
    @usableFromInline var turn: RoundRobinPartitioner
    @usableFromInline var cells: [ReplyCell<Response>] = []
    /// How long to look for an answer.
    @usableFromInline var patience: ReplyPatience
    /// Whether the sender is that of a worker of the pool, which may send while the pool drains.
    @usableFromInline var isInside = false

    init(_ routes: Routes<Message, Response>, firstTurn: Int) {
        self.routes = routes
        slot = routes.slots.claim()
        entries = routes.slots.count(of: slot)
        turn = RoundRobinPartitioner(first: firstTurn)
        patience = routes.replyPatience
    }

    // Inlinable for the reason given in StateSlot.swift.
    @inlinable
    deinit {
        routes.giveBack(slot)
    }

    /// How long a waiting send stays with one routing: a resize waits for it no longer.
    static var stay: Duration { .milliseconds(1) }

    /// Begins a send; the table is valid until `leave`.
    @inlinable @inline(__always)
    mutating func enter() -> UnsafeMutablePointer<Table> {
        entries &+= 1
        slot.enter(entries)
        // Acquiring: pairs with the exchange in `Routes.replace`.
        return unsafe routes.current.load(ordering: .acquiring)
    }

    @inlinable @inline(__always)
    mutating func leave() {
        entries &+= 1
        slot.leave(entries)
    }

    /// Whether the pool is stopped, or about to be.
    var isStopping: Bool {
        mutating get {
            let table = unsafe enter()
            defer { leave() }
            // Sound: as below.
            return unsafe table.pointee.admission == .workers
        }
    }

    /// Number of workers at this moment.
    public var workerCount: Int {
        mutating get {
            let table = unsafe enter()
            defer { leave() }
            // Sound: between `enter` and `leave` the table is not freed.
            return unsafe table.pointee.count
        }
    }
}

// Sound, all below: a table is used between `enter` and `leave` only, where nobody frees it; an
// inlet only at an index that was compared with their number.
extension PoolSender {
    /// Sends to the worker to which `key` belongs, if there is room in its inbox. Never waits.
    ///
    /// Messages of one sender to one key are handled in the order in which they were sent, also
    /// across a resize.
    @inlinable @inline(__always)
    public mutating func trySend<Key: PartitionKey>(
        _ message: consuming Message, key: Key
    ) -> SendOutcome<Message> {
        let table = unsafe enter()
        defer { leave() }
        let index = unsafe table.pointee.index(of: key, turn: &turn)
        return unsafe offer(.message(message), to: index, of: table, isKeyed: true)
    }

    /// Sends to the worker with this index, if there is room in its inbox. Never waits.
    @inlinable @inline(__always)
    public mutating func trySend(_ message: consuming Message, to worker: Int)
        -> SendOutcome<Message>
    {
        let table = unsafe enter()
        defer { leave() }
        return unsafe offer(.message(message), to: worker, of: table, isKeyed: false)
    }

    /// Sends to the next worker in turn, if there is room in its inbox. Never waits.
    @inlinable @inline(__always)
    public mutating func trySend(_ message: consuming Message) -> SendOutcome<Message> {
        let table = unsafe enter()
        defer { leave() }
        let index = unsafe turn.turn(among: table.pointee.count)
        return unsafe offer(.message(message), to: index, of: table, isKeyed: false)
    }

    /// Sends to the worker to which `key` belongs, and waits for room in its inbox.
    ///
    /// - Parameter timeout: how long to wait at most; nil for as long as it takes.
    /// - Throws: `SendFailure` with the message when the time is over, when the pool is stopped, or
    ///   the worker has ended, also in the middle of the wait.
    @inlinable
    public mutating func send<Key: PartitionKey>(
        _ message: consuming Message, key: Key, timeout: Duration? = nil
    ) throws(SendFailure<Message>) {
        let outcome = trySend(message, key: key)
        if _fastPath(outcome.isSent) { return }
        try finish(outcome, .key(KeyPlace(key)), timeout)
    }

    /// Sends to the worker with this index, and waits for room in its inbox; as for a key.
    @inlinable
    public mutating func send(
        _ message: consuming Message, to worker: Int, timeout: Duration? = nil
    ) throws(SendFailure<Message>) {
        let outcome = trySend(message, to: worker)
        if _fastPath(outcome.isSent) { return }
        try finish(outcome, .worker(worker), timeout)
    }

    /// Sends to the next worker in turn, and waits for room in its inbox; as for a key.
    @inlinable
    public mutating func send(
        _ message: consuming Message, timeout: Duration? = nil
    ) throws(SendFailure<Message>) {
        let outcome = trySend(message)
        if _fastPath(outcome.isSent) { return }
        try finish(outcome, .turn, timeout)
    }

    @inlinable @inline(__always)
    mutating func offer(
        _ envelope: consuming Envelope<Message, Response>, to index: Int,
        of table: UnsafeMutablePointer<Table>, isKeyed: Bool
    ) -> SendOutcome<Message> {
        // One comparison for both ends.
        guard _fastPath(unsafe isAdmitted(by: table)),
            _fastPath(unsafe UInt(bitPattern: index) < UInt(bitPattern: table.pointee.count))
        else {
            return unsafe .refused(
                envelope.message, refusal(of: index, by: table, isKeyed: isKeyed))
        }
        return switch unsafe table.pointee.inlets[index].trySend(envelope) {
        case .sent: .sent
        case .full(let envelope): .full(envelope.message, worker: index)
        case .closed(let envelope):
            .refused(envelope.message, .workerStopped(worker: index))
        }
    }

    /// Whether this sender may send by a table, which has inlets then.
    @inlinable @inline(__always)
    func isAdmitted(by table: UnsafeMutablePointer<Table>) -> Bool {
        if _fastPath(unsafe table.pointee.isOpen) { return true }
        return unsafe isInside && table.pointee.admission == .workers
            && !routes.isOver.load(ordering: .relaxed)
    }

    @usableFromInline
    func refusal(of index: Int, by table: UnsafeMutablePointer<Table>, isKeyed: Bool)
        -> SendRefusal
    {
        let count = unsafe table.pointee.count
        guard unsafe isAdmitted(by: table) else {
            return unsafe table.pointee.admission == .nobody ? .poolNotOpen : .poolStopped
        }
        return isKeyed
            ? .partitionOutOfRange(index: index, count: count)
            : .noSuchWorker(index: index, count: count)
    }
}
