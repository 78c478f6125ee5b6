/// Whether a worker lives, by pings that it answers, and whether it is ready, by its own word.
///
/// Liveness and readiness are apart: a worker that is restoring its state lives and is not ready; one
/// that hangs was ready and does not live. Reads no clock: a shell sends what `due` asks for and
/// reports what comes back.
public struct HealthCheck: Sendable, Equatable {
    /// Whether it answers.
    public enum Liveness: Sendable, Equatable {
        /// No ping has been answered, and none is overdue.
        case unknown
        /// The last answer came in time.
        case alive
        /// So many pings in a row were not answered in time: fewer than are tolerated.
        case late(missed: Int)
        /// As many as are tolerated, or more, were not answered in time.
        case dead(missed: Int)
    }

    /// The time between two pings.
    public let interval: Duration
    /// How long an answer may take; at most `interval`, so that one ping is under way at a time.
    public let timeout: Duration
    /// So many missed pings in a row count as death.
    public let tolerance: Int

    /// Whether it answers.
    public private(set) var liveness = Liveness.unknown
    /// Whether it says that it takes work; false until it does.
    public private(set) var saysReady = false
    /// How long the last answered ping took there and back.
    public private(set) var roundTrip: Duration?

    private var ordinal: UInt64 = 0
    private var sent: MonotonicTime?
    private var isAwaited = false
    private var missed = 0

    /// Pings every `interval`, each answered within `timeout` (at most `interval`); dead after
    /// `tolerance` missed ones, which must be positive.
    public init(every interval: Duration, timeout: Duration, tolerance: Int = 3) {
        precondition(
            timeout > .zero && timeout <= interval && tolerance > 0,
            "pings every \(interval), answered within \(timeout), \(tolerance) missed")
        self.interval = interval
        self.timeout = timeout
        self.tolerance = tolerance
    }

    /// Whether it lives and says that it is ready.
    public var isReady: Bool { liveness == .alive && saysReady }

    /// The number of the ping that is to be sent at `now`, if one is; from 1. Also settles what
    /// was missed by then.
    public mutating func due(at now: MonotonicTime) -> UInt64? {
        settle(at: now)
        // At the very end of its time a ping is not missed yet, and not replaced either.
        if isAwaited { return nil }
        if let sent, now - sent < interval { return nil }
        ordinal += 1
        sent = now
        isAwaited = true
        return ordinal
    }

    /// The ping with this number was answered at `now`. Late answers and those to earlier pings do
    /// not count.
    public mutating func answered(_ number: UInt64, ready: Bool, at now: MonotonicTime) {
        settle(at: now)
        guard number == ordinal, isAwaited, let sent else { return }
        isAwaited = false
        missed = 0
        roundTrip = now - sent
        saysReady = ready
        liveness = .alive
    }

    /// Counts the ping under way as missed if its time is over at `now`.
    public mutating func settle(at now: MonotonicTime) {
        guard isAwaited, let sent, now - sent > timeout else { return }
        isAwaited = false
        missed += 1
        liveness = missed < tolerance ? .late(missed: missed) : .dead(missed: missed)
    }

    /// The worker was restarted: nothing is known of the new one.
    public mutating func restarted() {
        liveness = .unknown
        saysReady = false
        roundTrip = nil
        sent = nil
        isAwaited = false
        missed = 0
    }
}
