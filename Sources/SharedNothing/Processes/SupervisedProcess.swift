import Glibc

/// A worker in a process of its own that is restarted by a policy, with its unanswered messages.
///
/// Only the message that the process was at when it ended counts an attempt; those behind it were
/// not touched, and are delivered again without one. A message whose attempts are used up becomes a
/// dead letter; when the policy gives up, all that is unanswered does. It keeps what it was sent
/// until that is answered, so that nothing has to be decoded for a letter. One thread at a time.
public struct SupervisedProcess<
    Message: WireMessage, Response: WireMessage, Policy: FailurePolicy
>: ~Copyable {
    /// What `receive` has to tell.
    public enum Event: Sendable {
        /// The worker's answer. One that says that `handle` threw is an answer like any other: the
        /// process goes on with its state, and the policy is not asked.
        case answer(ProcessAnswer<Response>)
        /// The process ended, and another was started after a delay.
        case restarted(WorkerFailure, after: Duration)
        /// The message with this number was given up, and is in the dead letters.
        case gaveUp(UInt64, WorkerFailure)
    }

    /// A restart that is due.
    private struct Resumption {
        let time: MonotonicTime
        let delay: Duration
        let report: WorkerFailure
    }

    /// The process.
    public private(set) var host: ProcessHost<Message, Response>
    private var policy: Policy
    private let index: Int
    private let letters: any DeadLetterSink<Message>
    private let startLimit: Duration
    private let handlingLimit: Duration?
    /// The unanswered messages.
    private var sent = PendingQueue<Message>()
    /// How often the oldest unanswered message has ended its process.
    private var messageFailures = 0
    /// How often in a row the process ended at no message.
    private var otherFailures = 0
    /// Failures after which nothing was answered or given up.
    private var unrecovered = 0
    /// When the process was started, or the oldest unanswered message became that.
    private var since = MonotonicTime.now()
    private var resumption: Resumption?
    /// Why the policy gave up.
    private var cause: ProcessFailure?
    private var news = PendingQueue<Event>()

    /// Supervises `host`, which was sent nothing yet, as worker `index` of whatever the policy knows.
    ///
    /// - Parameters:
    ///   - startLimit: how long a process may take to start.
    ///   - handlingLimit: how long the process may take for a message; nil for any time. It is killed
    ///     after that, which is a failure like another; noticed within `receive` alone.
    public init(
        _ host: consuming ProcessHost<Message, Response>, index: Int = 0, policy: Policy,
        letters: any DeadLetterSink<Message>, startLimit: Duration = .seconds(10),
        handlingLimit: Duration? = nil
    ) {
        precondition(host.unanswered == 0, "\(host.unanswered) messages are unanswered")
        self.host = host
        self.index = index
        self.policy = policy
        self.letters = letters
        self.startLimit = startLimit
        self.handlingLimit = handlingLimit
    }

    /// As `ProcessHost.trySend`.
    ///
    /// - Throws: also the failure by which the policy gave up.
    public mutating func trySend(_ message: Message) throws(ProcessFailure) -> UInt64? {
        if let cause { throw cause }
        if handlingLimit != nil, host.isReady, host.unanswered == 0 { since = .now() }
        guard let ordinal = try host.trySend(message) else { return nil }
        sent.append(message)
        return ordinal
    }

    /// The next event; waits for it until `deadline`, then nil. A restart that is due later than that
    /// is done by a later call.
    ///
    /// - Throws: the failure by which the policy gave up, also to later calls. What was unanswered is
    ///   in the dead letters.
    public mutating func receive(until deadline: Deadline) throws(ProcessFailure) -> Event? {
        while true {
            if let event = news.removeOldest() { return event }
            if let cause { throw cause }
            do throws(ProcessFailure) {
                if let resumption {
                    guard Self.sleep(until: resumption.time, or: deadline) else { return nil }
                    try resume(resumption)
                } else if let answer = try step(until: deadline) {
                    settle(answer)
                    return .answer(answer)
                } else if deadline.isOver(at: .now()) {
                    return nil
                }
            } catch {
                recover(from: error)
            }
        }
    }

    /// Lets the process answer everything, and end. Failures meanwhile are the policy's, as in
    /// `receive`; what is unanswered when it gives up or the time is over goes to the dead letters.
    /// Every event goes to `each`.
    ///
    /// - Throws: the failure by which the policy gave up, or `.stopTimedOut`. The process has ended in
    ///   any case.
    public consuming func stop(
        until deadline: Deadline, each: (Event) -> Void = { _ in }
    ) throws(ProcessFailure) {
        while host.unanswered > 0 || news.count > 0 {
            guard let event = try receive(until: deadline) else {
                bury()
                throw .stopTimedOut
            }
            each(event)
        }
        if let cause { throw cause }
        if host.isDown { return }
        try host.stop(until: deadline)
    }

    /// The next answer; nil when there was a start instead, or the deadline came.
    private mutating func step(
        until deadline: Deadline
    ) throws(ProcessFailure) -> ProcessAnswer<Response>? {
        let isStarting = !host.isReady
        let limit = isStarting ? startLimit : host.unanswered > 0 ? handlingLimit : nil
        let last = limit.map { Deadline(after: $0, from: since) } ?? .none
        let answer = try host.receive(until: min(deadline, last), orStart: isStarting)
        if let answer { return answer }
        if isStarting && host.isReady {
            since = .now()
            otherFailures = 0
        } else if last.isOver(at: .now()) {
            let oldest = host.nextOrdinal - UInt64(host.unanswered)
            host.kill()
            throw .tookTooLong(isStarting ? nil : oldest)
        }
        return nil
    }

    private mutating func settle(_ answer: ProcessAnswer<Response>) {
        _ = sent.removeOldest()
        messageFailures = 0
        otherFailures = 0
        if handlingLimit != nil { since = .now() }
        guard unrecovered > 0 else { return }
        policy.recovered(worker: index, attempts: unrecovered, now: .now())
        unrecovered = 0
    }

    /// Does what the policy says about an end of the process, or a start that was refused.
    private mutating func recover(from failure: ProcessFailure) {
        let report = count(failure)
        let now = MonotonicTime.now()
        switch policy.decide(report, now: now) {
        case .retry(let delay):
            resumption = Resumption(time: now + delay, delay: delay, report: report)
        case .restart(let delay, _, let fate):
            if fate == .deadLettered { giveUp(report) }
            resumption = Resumption(time: now + delay, delay: delay, report: report)
        case .discard:
            giveUp(report)
            resumption = Resumption(time: now, delay: .zero, report: report)
        case .stop, .escalate:
            giveUp(report)
            bury()
            cause = failure
        }
    }

    private mutating func count(_ failure: ProcessFailure) -> WorkerFailure {
        let isAtMessage = host.isReady && failure.messageInHand != nil
        unrecovered += 1
        if isAtMessage { messageFailures += 1 } else { otherFailures += 1 }
        return WorkerFailure(
            worker: index, name: host.worker,
            phase: isAtMessage ? .handling : host.isReady ? .idle : .starting,
            error: "\(failure)", attempts: isAtMessage ? messageFailures : otherFailures,
            hasMessage: isAtMessage)
    }

    private mutating func giveUp(_ report: WorkerFailure) {
        guard report.hasMessage, let (ordinal, _) = host.discardOldest(),
            let message = sent.removeOldest()
        else { return }
        letters.accept(message, because: .failed(report))
        messageFailures = 0
        unrecovered = 0
        news.append(.gaveUp(ordinal, report))
    }

    /// Ends the process, and gives up everything that is unanswered.
    private mutating func bury() {
        host.kill()
        host.discardAll()
        while let message = sent.removeOldest() {
            letters.accept(message, because: .workerStopped(worker: index, name: host.worker))
        }
    }

    private mutating func resume(_ next: Resumption) throws(ProcessFailure) {
        resumption = nil
        try host.restart()
        since = .now()
        news.append(.restarted(next.report, after: next.delay))
    }

    /// Sleeps until `time`, or until a deadline that comes first: false then.
    private static func sleep(until time: MonotonicTime, or deadline: Deadline) -> Bool {
        while true {
            let now = MonotonicTime.now()
            if now >= time { return true }
            if deadline.isOver(at: now) { return false }
            // Signals cut a sleep short, and no sleep of this call may reach a second.
            let left = deadline.wait(atMost: time - now, at: now).wholeNanoseconds
            usleep(UInt32(min((left + 999) / 1000, 900_000)))
        }
    }
}
