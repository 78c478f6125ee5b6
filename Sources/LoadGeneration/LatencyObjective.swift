import Measurement
import Quantities
import Statistics

/// What is asked of the response times of a run: a percentile, and what it must not exceed.
public struct LatencyObjective: Hashable, Sendable, CustomStringConvertible {
    /// What a run says of an objective.
    public enum Verdict: Hashable, Sendable {
        /// The percentile is within the limit.
        case met
        /// It is not, or the asked rate was not kept up.
        case missed
        /// The rate was kept up, and the requests are too few to carry the percentile.
        case tooFewRequests
    }

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

    /// The fewest requests that carry the percentile: those whose least and greatest response hold
    /// it between them with 95 % confidence (`Quantile.sampleCountNeeded`). 299 for p99, 2 995 for
    /// p99.9. The maximum has no such number, since it is the maximum of however many there were;
    /// for it, and wherever fewer would do, a hundred are asked for.
    public var requestsNeeded: Int {
        guard percentile < 100 else { return LatencyObjective.leastRequests }
        return max(
            LatencyObjective.leastRequests,
            Quantile.sampleCountNeeded(forProbability: percentile / 100))
    }

    private static let leastRequests = 100

    /// What a run says: whether its percentile of the *response* times is within the limit, and the
    /// asked rate was kept up, since what was not sent has no response time.
    public func verdict(on result: OpenLoopResult) -> Verdict {
        guard result.keptUp, result.unanswered == 0 else { return .missed }
        guard result.response.count >= UInt64(requestsNeeded),
            let time = result.response.nanoseconds(atPercentile: percentile)
        else { return .tooFewRequests }
        return time <= limit.rawValue ? .met : .missed
    }

    /// As in `p99 at most 1 ms`.
    public var description: String {
        "p\(Presentation.significant(percentile, digits: 6)) at most \(limit)"
    }
}
