import Glibc

/// A worker in a process of its own that is restarted by a policy, with its unanswered messages.
///
/// Only the message that the process was at when it ended counts an attempt; those behind it were
/// not touched, and are delivered again without one. A message whose attempts are used up becomes a
/// dead letter. One thread at a time; `receive` sleeps out the policy's delays.
public struct SupervisedProcess<
    Message: WireMessage, Response: WireMessage, Policy: FailurePolicy
>: ~Copyable {
    /// What `receive` has to tell.
    public enum Event: Sendable {
        /// The worker's answer.
        case answer(ProcessAnswer<Response>)
        /// The process ended, and another was started after a delay.
        case restarted(WorkerFailure, after: Duration)
        /// The message with this number was given up, and is in the dead letters.
        case gaveUp(UInt64, WorkerFailure)
    }

    /// The process.
    public private(set) var host: ProcessHost<Message, Response>
    private var policy: Policy
    private let index: Int
    private let letters: any DeadLetterSink<Message>
    /// How often the message in hand has ended its process, or the start failed, in a row.
    private var attempts = 0
    private var failed: UInt64?
    private var news: [Event] = []

    /// Supervises `host` as worker `index` of whatever the policy knows.
    public init(
        _ host: consuming ProcessHost<Message, Response>, index: Int = 0, policy: Policy,
        letters: any DeadLetterSink<Message>
    ) {
        self.host = host
        self.index = index
        self.policy = policy
        self.letters = letters
    }

    /// As `ProcessHost.trySend`.
    public mutating func trySend(_ message: Message) throws(ProcessFailure) -> UInt64? {
        try host.trySend(message)
    }

    /// The next event; waits for it until `deadline`, then nil.
    ///
    /// - Throws: `ProcessFailure` when the policy gives up; what is unanswered is still in `host`.
    public mutating func receive(until deadline: Deadline) throws(ProcessFailure) -> Event? {
        if !news.isEmpty { return news.removeFirst() }
        let answer: ProcessAnswer<Response>?
        do throws(ProcessFailure) {
            answer = try host.receive(until: deadline)
        } catch {
            try recover(from: error)
            return news.removeFirst()
        }
        guard let answer else { return nil }
        if attempts > 0, failed == nil || failed == answer.ordinal {
            policy.recovered(worker: index, attempts: attempts, now: .now())
            (failed, attempts) = (nil, 0)
        }
        return .answer(answer)
    }

    /// Lets the process answer everything, and end; as `ProcessHost.stop`.
    public consuming func stop(
        until deadline: Deadline, each: (ProcessAnswer<Response>) -> Void = { _ in }
    ) throws(ProcessFailure) {
        try host.stop(until: deadline, each: each)
    }

    /// Does what the policy says about an end of the process.
    private mutating func recover(from cause: ProcessFailure) throws(ProcessFailure) {
        let report = count(cause)
        switch policy.decide(report, now: .now()) {
        case .retry(let delay):
            try restart(report, delay)
        case .restart(let delay, _, let fate):
            if fate == .deadLettered { giveUp(report) }
            try restart(report, delay)
        case .discard:
            giveUp(report)
            try restart(report, .zero)
        case .stop, .escalate:
            throw cause
        }
    }

    private mutating func count(_ cause: ProcessFailure) -> WorkerFailure {
        let inHand = host.isReady && host.unanswered > 0
        let oldest = inHand ? host.nextOrdinal - UInt64(host.unanswered) : nil
        attempts = failed == oldest && attempts > 0 ? attempts + 1 : 1
        failed = oldest
        let phase: WorkerPhase = host.isReady ? (inHand ? .handling : .idle) : .starting
        return WorkerFailure(
            worker: index, name: host.worker, phase: phase, error: "\(cause)",
            attempts: attempts, hasMessage: inHand)
    }

    private mutating func giveUp(_ report: WorkerFailure) {
        guard report.hasMessage, let (ordinal, message) = host.discardOldest() else { return }
        letters.accept(message, because: .failed(report))
        (failed, attempts) = (nil, 0)
        news.append(.gaveUp(ordinal, report))
    }

    private mutating func restart(
        _ report: WorkerFailure, _ delay: Duration
    ) throws(ProcessFailure) {
        Self.sleep(delay)
        try host.restart()
        news.append(.restarted(report, after: delay))
    }

    private static func sleep(_ delay: Duration) {
        let end = MonotonicTime.now() + delay
        while true {
            // Signals cut a sleep short, and no sleep of this call may reach a second.
            let left = (end - .now()).wholeNanoseconds
            if left == 0 { return }
            usleep(UInt32(min((left + 999) / 1000, 900_000)))
        }
    }
}
