/// Stops calls to what keeps failing, and tries it again now and then with a few of them.
///
/// Closed, it lets every call through and counts. When at least `calls` ended within the window and
/// the share of failures reaches `share`, it opens, and refuses everything for `pause`. Then it is
/// half open: it admits at most `probes` calls. When all of them succeed it closes; when one fails
/// it opens again.
///
/// Source: Michael Nygard, "Release It!", 2007; the rolling buckets are Hystrix's. A result that
/// belongs to an earlier state is not counted: a call that was let through before the breaker
/// opened says nothing of a probe. Reads no clock; one thread at a time.
public struct CircuitBreaker: Sendable, Equatable {
    /// When it opens and closes.
    public struct Limits: Sendable, Equatable {
        /// How long an ended call counts.
        public var window: Duration
        /// So many calls have to have ended in the window before it can open; positive.
        public var calls: Int
        /// The share of failures among them from which on it opens; above 0, at most 1.
        public var share: Double
        /// How long it stays open. Also how long the last of the probes may take before it counts as
        /// failed.
        public var pause: Duration
        /// How many calls are admitted half open, all of which have to succeed; positive.
        public var probes: Int

        /// Memberwise.
        public init(
            window: Duration = .seconds(10), calls: Int = 20, share: Double = 0.5,
            pause: Duration = .seconds(1), probes: Int = 3
        ) {
            self.window = window
            self.calls = calls
            self.share = share
            self.pause = pause
            self.probes = probes
        }
    }

    /// What it does with calls.
    public enum State: Sendable, Equatable {
        /// Lets them through.
        case closed
        /// Refuses them until the moment.
        case open(until: MonotonicTime)
        /// Has admitted so many probes, the last one at the moment, of which so many succeeded.
        case halfOpen(since: MonotonicTime, admitted: Int, succeeded: Int)
    }

    /// What belongs to a call that was let through, and is given back with its result.
    public struct Permit: Sendable, Equatable {
        let generation: UInt64
    }

    /// What it lets through, and when.
    public let limits: Limits
    /// What it does with calls; an open breaker whose time is over turns half open at the next call.
    public private(set) var state = State.closed
    /// How often it has opened.
    public private(set) var openings = 0
    /// How many calls it has refused.
    public private(set) var refusals = 0
    private var count: RollingCount
    /// Grows with every change of state, and tells results of an earlier one.
    private var generation: UInt64 = 0

    /// A closed breaker.
    public init(_ limits: Limits = Limits()) {
        precondition(
            limits.calls > 0 && limits.probes > 0 && limits.pause > .zero && limits.share > 0
                && limits.share <= 1, "no breaker of \(limits)")
        self.limits = limits
        count = RollingCount(over: limits.window, buckets: 10)
    }

    /// Lets a call through at `now`, or refuses it: nil.
    public mutating func admit(at now: MonotonicTime) -> Permit? {
        switch state {
        case .closed:
            return Permit(generation: generation)
        case .open(let until):
            guard now >= until else { break }
            enter(.halfOpen(since: now, admitted: 1, succeeded: 0))
            return Permit(generation: generation)
        case .halfOpen(let since, let admitted, let succeeded):
            if admitted < limits.probes {
                state = .halfOpen(since: now, admitted: admitted + 1, succeeded: succeeded)
                return Permit(generation: generation)
            }
            // Probes that never ended are failures: nobody else would move it from here.
            if now - since >= limits.pause { open(at: now) }
        }
        refusals += 1
        return nil
    }

    /// Takes the result of the call that got `permit`.
    public mutating func finish(_ permit: Permit, success: Bool, at now: MonotonicTime) {
        guard permit.generation == generation else { return }
        switch state {
        case .closed:
            count.add(success: success, at: now)
            let calls = count.successes + count.failures
            if !success, calls >= limits.calls,
                Double(count.failures) >= limits.share * Double(calls)
            {
                open(at: now)
            }
        case .open: break
        case .halfOpen(let since, let admitted, let succeeded):
            guard success else { return open(at: now) }
            if succeeded + 1 == limits.probes {
                count.clear()
                enter(.closed)
            } else {
                state = .halfOpen(since: since, admitted: admitted, succeeded: succeeded + 1)
            }
        }
    }

    /// Takes back a permit for a call that was not made: it says nothing, and a probe's place is free
    /// again.
    public mutating func withdraw(_ permit: Permit) {
        guard permit.generation == generation,
            case .halfOpen(let since, let admitted, let succeeded) = state
        else { return }
        state = .halfOpen(since: since, admitted: admitted - 1, succeeded: succeeded)
    }

    private mutating func open(at now: MonotonicTime) {
        openings += 1
        count.clear()
        enter(.open(until: now + limits.pause))
    }

    private mutating func enter(_ next: State) {
        generation += 1
        state = next
    }
}
