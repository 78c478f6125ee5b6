/// How many restarts are too many: at most so many within a sliding window of time, as Erlang's
/// supervisors count (OTP design principles, "Maximum Restart Intensity").
///
/// This is what keeps a supervisor from restarting for ever. It remembers the last `restarts`
/// moments and no more. O(1) a question.
public struct RestartIntensity: Sendable, Equatable {
    /// How many restarts are permitted within `window`.
    public let restarts: Int
    /// The length of the window. A restart counts until it is older than this.
    public let window: Duration
    /// The last permitted restarts, in a circle whose oldest is at `oldest` once it is full.
    private var times: [MonotonicTime] = []
    private var oldest = 0
    private var latest = MonotonicTime(nanoseconds: 0)

    /// At most `restarts` (0: none at all) in any `window`, which must be positive.
    public init(atMost restarts: Int, within window: Duration) {
        precondition(
            restarts >= 0 && window > .zero, "at most \(restarts) restarts within \(window)")
        self.restarts = restarts
        self.window = window
    }

    /// Whether one more restart at `now` is permitted; it is counted if it is.
    ///
    /// Times that go back count as the latest that was given.
    public mutating func permit(at now: MonotonicTime) -> Bool {
        latest = max(latest, now)
        if times.count < restarts {
            times.append(latest)
            return true
        }
        guard restarts > 0, latest - times[oldest] > window else { return false }
        times[oldest] = latest
        oldest = (oldest + 1) % restarts
        return true
    }
}
