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

    // Sound, all below: the context is used on its worker's thread only, and no call on the sender
    // calls the worker's code, so that no two of them overlap.

    /// Number of workers at this moment.
    public var workerCount: Int { unsafe sender.pointee.workerCount }

    /// Sends to the worker to which `key` belongs, if there is room in its inbox. Never waits.
    ///
    /// The one way that cannot deadlock. Refused once the pool is being stopped.
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
