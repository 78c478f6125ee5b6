/// What a worker's thread reports when one of the worker's functions throws.
public struct WorkerFailure: Equatable, Sendable, CustomStringConvertible {
    /// Index of the worker in its pool.
    public let worker: Int
    /// The worker's name, which is also its thread's.
    public let name: String
    /// Which function threw: `starting`, `handling` or `ticking`; of a process, `idle` where it ended
    /// between two messages.
    public let phase: WorkerPhase
    /// What was thrown, in its own words.
    public let error: String
    /// How often this has failed in a row: the same message, or the start, tick or stop. From 1.
    public let attempts: Int
    /// Whether a message was in hand, which is still intact.
    public let hasMessage: Bool

    /// Memberwise.
    public init(
        worker: Int, name: String, phase: WorkerPhase, error: String, attempts: Int,
        hasMessage: Bool
    ) {
        self.worker = worker
        self.name = name
        self.phase = phase
        self.error = error
        self.attempts = attempts
        self.hasMessage = hasMessage
    }

    /// One line for a person.
    public var description: String {
        let message = hasMessage ? " a message" : ""
        return "worker \(worker) '\(name)' failed \(phase)\(message), attempt \(attempts): \(error)"
    }
}

/// What is to be done about a failure.
public enum FailureDecision: Equatable, Sendable {
    /// The same call again with the state as it is, after a pause in which the worker still
    /// answers control messages.
    case retry(after: Duration)
    /// The message in hand goes to the dead letters, and the worker goes on with its state. Without
    /// a message: the worker goes on.
    case discard
    /// The state is given to `stop` and made anew by `start`, on the same thread, with the inbox as
    /// it is; `scope` says who else, `message` what becomes of the one in hand.
    case restart(after: Duration, scope: RestartScope, message: MessageFate)
    /// The worker ends for good; what is in its inbox goes to the dead letters, and further
    /// senders are refused.
    case stop
    /// All workers of the pool end as by `stop`, and the pool reports the failure as its end.
    case escalate

    /// Restarts the one worker after `delay`, and tries the message again.
    public static func restart(after delay: Duration) -> FailureDecision {
        .restart(after: delay, scope: .one, message: .retried)
    }
}

/// Who is restarted along with the worker that failed, in the words of Erlang's supervisors.
///
/// As there, all of them let go of their states before the first makes a new one, after the delay: no
/// message is handled by a new state while another is handled by an old one. Each lets go between two
/// messages; a thread cannot be ended from outside, so that one whose message takes long holds up the
/// others. A paused one takes part, and goes on pausing. They start side by side, as the pool began.
public enum RestartScope: Equatable, Sendable, CaseIterable {
    /// Nobody else: one-for-one.
    case one
    /// The workers of higher index: rest-for-one.
    case rest
    /// All workers of the pool: one-for-all.
    case all
}

/// What becomes of the message in hand when its worker is restarted.
public enum MessageFate: Equatable, Sendable {
    /// It is handled again by the new state, and counts another attempt if that fails. What it did
    /// outside of the state before it failed is done, and is done again.
    case retried
    /// It goes to the dead letters.
    case deadLettered
}

/// Decides about the failures of one pool.
///
/// The pool calls it under a lock, from the thread of the worker that failed: one failure at a
/// time, in the order in which they are reported. It has to return soon, and to draw on nothing
/// but its own state, the failure and the time.
public protocol FailurePolicy: Sendable {
    /// What is to be done about `failure`, which was reported at `now`.
    mutating func decide(_ failure: WorkerFailure, now: MonotonicTime) -> FailureDecision

    /// A message was handled after it had failed `attempts` times, or a start succeeded after
    /// that many failures. Not called for what succeeds at once.
    mutating func recovered(worker: Int, attempts: Int, now: MonotonicTime)
}

extension FailurePolicy {
    /// Does nothing.
    public mutating func recovered(worker: Int, attempts: Int, now: MonotonicTime) {}
}

/// Where messages go that nobody will handle.
public protocol DeadLetterSink<Message>: Sendable {
    /// What the workers of the pool receive.
    associatedtype Message: Sendable

    /// Takes a message over. Any thread; should return soon, and must not send to the pool.
    func accept(_ message: Message, because reason: DeadLetterReason)
}

/// Why a message became a dead letter.
public enum DeadLetterReason: Equatable, Sendable {
    /// Handling it failed, and the policy gave up.
    case failed(WorkerFailure)
    /// The worker was stopped for good, or the pool at once, before the message was handled.
    case workerStopped(worker: Int, name: String)
}
