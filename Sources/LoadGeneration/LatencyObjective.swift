import Measurement
import Quantities

/// What is asked of the response times of a run: a percentile, and what it must not exceed.
public struct LatencyObjective: Hashable, Sendable, CustomStringConvertible {
    /// Which percentile, above 0 and at most 100.
    public let percentile: Double
    /// What it must not exceed.
    public let limit: Nanoseconds

    /// An objective such as "p99 at most 1 ms".
    public init(percentile: Double, atMost limit: Nanoseconds) {
        precondition(percentile > 0 && percentile <= 100, "percentile \(percentile)")
        precondition(limit > .zero, "no response takes \(limit)")
        self.percentile = percentile
        self.limit = limit
    }

    /// Whether a run met it: its percentile of the *response* times is within the limit, and the asked
    /// rate was kept up, since what was not sent has no response time.
    public func isMet(by result: OpenLoopResult) -> Bool {
        guard result.keptUp, result.unanswered == 0,
            let time = result.response.nanoseconds(atPercentile: percentile)
        else { return false }
        return time <= limit.rawValue
    }

    /// As in `p99 at most 1 ms`.
    public var description: String {
        "p\(Presentation.significant(percentile, digits: 6)) at most \(limit)"
    }
}
