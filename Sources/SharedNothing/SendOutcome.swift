/// What became of a message that was offered to a worker without waiting.
@frozen
public enum SendOutcome<Message: Sendable>: Sendable {
    /// The worker has it, and will handle it: also when the pool is stopped by `stop` afterwards.
    case sent
    /// The worker's inbox is full: here it is again.
    case full(Message, worker: Int)
    /// It can not be sent: here it is again.
    case refused(Message, SendRefusal)

    /// Whether the worker has the message.
    @inlinable
    public var isSent: Bool {
        if case .sent = self { true } else { false }
    }
}

extension SendOutcome: Equatable where Message: Equatable {}

/// Why a worker cannot be sent to.
public enum SendRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// Its inbox stayed full until the time was over.
    case full(worker: Int)
    /// The pool is stopped, or about to be.
    case poolStopped
    /// The pool has not begun: not all of its first workers have their states.
    case poolNotOpen
    /// The worker has ended, by its policy's decision; the rest of the pool may run.
    case workerStopped(worker: Int)
    /// There is no such worker.
    case noSuchWorker(index: Int, count: Int)
    /// A custom partitioner gave an index that is not a worker's.
    case partitionOutOfRange(index: Int, count: Int)
    /// The worker's circuit breaker is open.
    case circuitOpen(worker: Int)

    /// One line for a person.
    public var description: String {
        switch self {
        case .full(let worker): "the inbox of worker \(worker) stayed full"
        case .poolStopped: "the pool is stopped"
        case .poolNotOpen: "the pool has not begun"
        case .workerStopped(let worker): "worker \(worker) has ended"
        case .noSuchWorker(let index, let count): "no worker \(index): there are \(count)"
        case .partitionOutOfRange(let index, let count):
            "the custom partitioner gave worker \(index), there are \(count)"
        case .circuitOpen(let worker): "the circuit breaker of worker \(worker) is open"
        }
    }
}

/// Thrown by a send that could not be done; gives the message back.
public struct SendFailure<Message: Sendable>: Error, CustomStringConvertible {
    /// What was to be sent.
    public let message: Message
    /// Why it was not.
    public let reason: SendRefusal

    @usableFromInline
    init(_ message: Message, _ reason: SendRefusal) {
        self.message = message
        self.reason = reason
    }

    /// One line for a person.
    public var description: String { "not sent: \(reason)" }
}

extension SendFailure: Equatable where Message: Equatable {}

/// Thrown by a broadcast that did not reach every worker.
public struct BroadcastFailure: Error, Equatable, CustomStringConvertible {
    /// Who was not reached, and why, by index. All others have the message.
    public let missed: [Missed]
    /// Number of workers that have the message.
    public let reached: Int

    /// A worker that was not reached.
    public struct Missed: Equatable, Sendable {
        /// Its index.
        public let worker: Int
        /// Why.
        public let reason: SendRefusal
    }

    /// One line for a person.
    public var description: String {
        let reasons = missed.map { "worker \($0.worker): \($0.reason)" }
        return "\(reached) workers reached, not reached " + reasons.joined(separator: ", ")
    }
}

/// Why a request has no response.
public enum RequestError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It was not accepted.
    case notSent(SendRefusal)
    /// It was accepted, and is not answered in time: the worker may be at it, or have handled it. One
    /// that it had not come to is dropped.
    case timedOut(worker: Int)
    /// The worker failed it, and the policy gave up.
    case failed(WorkerFailure)
    /// The worker ended before it came to it.
    case workerStopped(worker: Int)

    /// One line for a person.
    public var description: String {
        switch self {
        case .notSent(let reason): "the request was not sent: \(reason)"
        case .timedOut(let worker): "worker \(worker) did not answer in time"
        case .failed(let failure): "the request failed: \(failure)"
        case .workerStopped(let worker): "worker \(worker) ended before it came to the request"
        }
    }
}
