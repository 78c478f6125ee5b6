import Channels

/// What waits for a worker.
typealias IOInbox = MPSCChannel<IOMessage, SpinThenPark>

/// What a caller has coming.
typealias IOReplies = SPSCChannel<IOReply, SpinThenPark>

/// What a caller sends to a worker. `address` is the caller in the high half and what it knows the
/// request by in the low half.
enum IOMessage: ~Copyable, Sendable {
    /// A caller is there.
    case attach(caller: UInt32, ReplyEnd)
    /// A caller has gone.
    case detach(caller: UInt32)
    case open(path: String, DataFile.Options, address: UInt64)
    case close(DataFile, address: UInt64)
    case takeBuffer(address: UInt64)
    case giveBuffer(IOBuffer)
    case read(Int, IOBuffer, DataFile, offset: UInt64, address: UInt64)
    case write(IOBuffer, Range<Int>, DataFile, offset: UInt64, thenSync: Bool, address: UInt64)
    case sync(DataFile, address: UInt64)
}

/// What a worker sends to a caller.
enum IOReply: ~Copyable, Sendable {
    /// A read, a write or a sync is done.
    case completed(FileRing.Completion)
    /// A file is open, or cannot be.
    case opened(Result<DataFile, StorageError>)
    /// A file is closed, for better or worse.
    case closed(StorageError?)
    /// One of the ring's own buffers, if one was free.
    case buffer(IOBuffer?)
}

/// The sending end of a caller's replies, on its way to the worker and in its hands.
final class ReplyEnd: @unchecked Sendable {
    // Sendable: it travels through the inbox once, and from then on the worker's thread alone uses it.
    private var producer: IOReplies.Producer

    init(_ producer: consuming IOReplies.Producer) { self.producer = producer }

    /// Sends a reply; it is dropped if the caller has gone. There is room for all that a caller may
    /// ask for.
    func send(_ reply: consuming IOReply) {
        switch producer.trySend(reply) {
        case .sent: break
        case .closed: break
        case .full: preconditionFailure("more replies than a caller may have coming")
        }
    }
}

/// What a worker and the thread that starts it tell each other, once.
final class WorkerStart: @unchecked Sendable {
    // Sendable: the consumer is taken by the worker's thread alone, and `outcome` is under the lock.
    struct Facts {
        let engine: FileRing.Engine
        let registrations: FileRing.Registrations
        let descriptor: Int32
    }

    private var consumer: IOInbox.Consumer?
    private let lock = WaitLock()
    private let settled = WaitCondition()
    private var outcome: Result<Facts, StorageError>?

    init(_ consumer: consuming IOInbox.Consumer) {
        self.consumer = consume consumer
    }

    /// The receiving end of the inbox, for the worker.
    func takeConsumer() -> IOInbox.Consumer {
        guard let consumer = consumer.take() else { preconditionFailure("a worker starts once") }
        return consumer
    }

    /// Says how the start went.
    func settle(_ outcome: Result<Facts, StorageError>) {
        lock.lock()
        defer { lock.unlock() }
        self.outcome = outcome
        settled.broadcast()
    }

    /// Waits until that is said.
    func awaitOutcome() -> Result<Facts, StorageError> {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if let outcome { return outcome }
            settled.wait(lock)
        }
    }
}
