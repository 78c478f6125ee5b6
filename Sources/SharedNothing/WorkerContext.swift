/// What a worker's functions are told of where they run, and how they reach the other workers.
///
/// Borrowed for the length of a call, noncopyable and not `Sendable`: it stays on the worker's
/// thread, as the state does.
@safe
public struct WorkerContext<Message: Sendable, Response: Sendable>: ~Copyable {
    /// The worker's index in its pool; stays the same for its life.
    public let worker: Int
    /// The worker's name, which is also its thread's.
    public let name: String
    @usableFromInline let sender: UnsafeMutablePointer<PoolSender<Message, Response>>

    @usableFromInline
    init(worker: Int, name: String, sender: consuming PoolSender<Message, Response>) {
        self.worker = worker
        self.name = name
        // Sound: room for one, initialised here, freed in `deinit`.
        unsafe self.sender = .allocate(capacity: 1)
        unsafe self.sender.initialize(to: sender)
    }

    // Inlinable for the reason given in StateSlot.swift.
    @inlinable
    deinit {
        unsafe sender.deinitialize(count: 1)
        unsafe sender.deallocate()
    }

    // Sound, all below: the context is used on its worker's thread only. What a call on the sender
    // calls of the user's, a key's hash or a rule of partitioning, has no way to the context, which
    // can be neither copied nor kept: no two calls overlap.

    /// Lets the worker send while the pool drains: it has started, and belongs to the pool.
    @usableFromInline
    func enterPool() { unsafe sender.pointee.isInside = true }

    /// Number of workers at this moment, also while the pool begins and while it is being stopped. A
    /// worker that joins in a resize still sees the number before in its `start`.
    public var workerCount: Int { unsafe sender.pointee.workerCount }

    /// Whether the pool is being stopped: messages from outside are refused.
    public var isStopping: Bool { unsafe sender.pointee.isStopping }

    /// Sends to the worker to which `key` belongs, if there is room in its inbox. Never waits.
    ///
    /// The one way that cannot deadlock. Accepted while the pool is being stopped, and handled; not
    /// in the first workers' `start`, where the pool has not begun (`SendRefusal.poolNotOpen`), and
    /// not in `stop` at the pool's end.
    public func trySend<Key: PartitionKey>(_ message: Message, key: Key) -> SendOutcome<Message> {
        unsafe sender.pointee.trySend(message, key: key)
    }

    /// Sends to the worker with this index, if there is room in its inbox. Never waits.
    public func trySend(_ message: Message, to worker: Int) -> SendOutcome<Message> {
        unsafe sender.pointee.trySend(message, to: worker)
    }

    /// Sends to the worker with this index, and waits for room.
    ///
    /// Two workers that wait for room in each other's inboxes, or one that waits for room in its
    /// own, wait for nothing; hence no wait without a limit here. Keep it short: the worker
    /// handles nothing meanwhile.
    ///
    /// - Throws: `SendFailure` with the message.
    public func send(_ message: Message, to worker: Int, timeout: Duration)
        throws(SendFailure<Message>)
    {
        try unsafe sender.pointee.send(message, to: worker, timeout: timeout)
    }

    /// Sends to the worker to which `key` belongs, and waits for room, as above.
    ///
    /// - Throws: `SendFailure` with the message.
    public func send<Key: PartitionKey>(_ message: Message, key: Key, timeout: Duration)
        throws(SendFailure<Message>)
    {
        try unsafe sender.pointee.send(message, key: key, timeout: timeout)
    }
}
