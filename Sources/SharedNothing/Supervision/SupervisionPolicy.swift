import Randomness

/// What a pool does about failures: retries, then the dead letters; restarts with back-off, within
/// an intensity; and an end to it.
///
/// Every failure of `handle` restarts the worker, whose state may be what is broken, and tries the
/// message again until its attempts are used up. With `keepsState` the state stays, and only the
/// message is tried again. A `start` that fails concerns its own worker alone: nothing of it ran
/// that others could depend on. The same seed and failures give the same decisions.
public struct SupervisionPolicy: FailurePolicy {
    /// What is done when there were too many restarts.
    public enum Exhaustion: Sendable, Equatable, CaseIterable {
        /// The worker that failed ends for good, and the others go on.
        case stopWorker
        /// The pool ends, and whoever supervises it decides.
        case escalate
    }

    /// The numbers.
    public struct Rules: Sendable, Equatable {
        /// Who is restarted along with a worker that failed.
        public var scope: RestartScope
        /// How often a message is tried.
        public var retry: RetryPolicy
        /// How many restarts are too many, for the whole pool.
        public var intensity: RestartIntensity
        /// The delays before restarts and retries, for each worker by itself.
        public var backoff: Backoff.Shape
        /// What is done when there were too many restarts.
        public var exhaustion: Exhaustion
        /// Whether a failure of `handle` leaves the state as it is.
        public var keepsState: Bool

        /// Memberwise.
        public init(
            scope: RestartScope = .one, retry: RetryPolicy = RetryPolicy(attempts: 3),
            intensity: RestartIntensity = RestartIntensity(atMost: 100, within: .seconds(10)),
            backoff: Backoff.Shape = Backoff.Shape(), exhaustion: Exhaustion = .escalate,
            keepsState: Bool = false
        ) {
            self.scope = scope
            self.retry = retry
            self.intensity = intensity
            self.backoff = backoff
            self.exhaustion = exhaustion
            self.keepsState = keepsState
        }
    }

    /// The numbers, as they were at the beginning.
    public let rules: Rules
    private let seed: Seed
    private var intensity: RestartIntensity
    /// By worker; looked up and never gone through.
    private var backoffs: [Int: Backoff] = [:]
    /// The workers whose last failure was one of their start.
    private var starting: Set<Int> = []

    /// Decisions by `rules`, with delays drawn from `seed`.
    public init(_ rules: Rules = Rules(), seed: Seed) {
        self.rules = rules
        self.seed = seed
        intensity = rules.intensity
    }

    /// What is to be done about `failure`.
    public mutating func decide(
        _ failure: WorkerFailure, now: MonotonicTime
    ) -> FailureDecision {
        if failure.phase == .starting {
            starting.insert(failure.worker)
        } else {
            starting.remove(failure.worker)
        }
        let again = !failure.hasMessage || rules.retry.retries(after: failure.attempts)
        if rules.keepsState && failure.hasMessage {
            return again ? .retry(after: delay(failure.worker, now)) : .discard
        }
        guard intensity.permit(at: now) else {
            return rules.exhaustion == .escalate ? .escalate : .stop
        }
        return .restart(
            after: delay(failure.worker, now),
            scope: failure.phase == .starting ? .one : rules.scope,
            message: again ? .retried : .deadLettered)
    }

    /// The worker's next failure is a first one again, as far as delays go; not after a start, which
    /// says nothing of the message that called for it.
    public mutating func recovered(worker: Int, attempts: Int, now: MonotonicTime) {
        if starting.remove(worker) == nil { backoffs[worker]?.reset() }
    }

    private mutating func delay(_ worker: Int, _ now: MonotonicTime) -> Duration {
        let (shape, seed) = (rules.backoff, seed)
        return backoffs[worker, default: Backoff(shape, seed: seed.derived(for: worker))]
            .delay(afterFailureAt: now)
    }
}
