import Measurement
import Randomness
import Statistics

/// What a comparison asks for before it says anything.
public struct ComparisonRule: Hashable, Sendable {
    /// The relative change that matters; 0.03 unless said otherwise. A change has to exceed it to
    /// be reported, and to be shown smaller than it to be called `unchanged`.
    public var threshold: Double
    /// Of the interval and of the tests; 0.99 unless said otherwise.
    public var confidence: Double
    /// The greatest spread between forks that is not `unstable`; 0.05 unless said otherwise.
    ///
    /// Ten forks find a shift of 5 % in 99 of 100 comparisons where forks spread by 2 %, in 95 where
    /// they spread by 2.7 %, in 37 at 5 %. That a spread of 2 % is taken for one above 5 %
    /// happened in none of 20 000 simulated comparisons.
    public var greatestSpreadBetween: Double
    /// The greatest spread of the windows within a fork that is not `unstable`; 0.1 unless said
    /// otherwise.
    ///
    /// A window that shares its processor takes half as long again and more, so a machine that is
    /// disturbed in a tenth of its windows shows it, whatever the body; windows that are merely
    /// uneven (2 % is usual, 5 % not rare) stay below.
    public var greatestSpreadWithin: Double
    /// The greatest share of doubtful forks that is not `unstable`; 0.25 unless said otherwise, so
    /// that two of eight may be doubtful: a median over forks hardly follows them.
    public var greatestDoubtfulShare: Double
    /// Bootstrap replicates of an interval over independent forks.
    public var resamples: Int
    /// Determines every draw.
    public var seed: Seed

    /// A rule with these settings.
    ///
    /// - Precondition: `threshold >= 0`, `0 < confidence < 1`, at least 100 resamples.
    public init(
        threshold: Double = 0.03, confidence: Double = 0.99, greatestSpreadBetween: Double = 0.05,
        greatestSpreadWithin: Double = 0.1, greatestDoubtfulShare: Double = 0.25,
        resamples: Int = 10_000, seed: Seed = Seed(1)
    ) {
        precondition(
            threshold >= 0 && threshold.isFinite, "threshold \(threshold) must not be negative")
        precondition(
            confidence > 0 && confidence < 1, "confidence \(confidence) must lie between 0 and 1")
        precondition(resamples >= 100, "\(resamples) resamples: at least 100 are needed")
        self.threshold = threshold
        self.confidence = confidence
        self.greatestSpreadBetween = greatestSpreadBetween
        self.greatestSpreadWithin = greatestSpreadWithin
        self.greatestDoubtfulShare = greatestDoubtfulShare
        self.resamples = resamples
        self.seed = seed
    }

    /// The forks a side that comparisons are made of unless somebody says otherwise. Eight could show
    /// something, but only unanimously: where forks spread by 2 % they find a shift of 5 % in 94 of
    /// 100 comparisons, ten in 99, because one of ten may lie on the wrong side.
    public static let usualForks = 10

    /// The fewest forks a side from which anything can be shown at the confidence without assuming
    /// a shape: 8 at 0.99, 6 at 0.95.
    public var forksNeeded: Int {
        Quantile.sampleCountNeeded(forProbability: 0.5, confidence: confidence)
    }

    /// The p-value up to which a test counts.
    var level: Double { 1 - confidence }

    /// The ratios that count as equivalent.
    var margin: ClosedRange<Double> { 1 / (1 + threshold)...(1 + threshold) }

    var estimator: Estimator {
        Estimator(
            seed: seed.derived(for: "comparison"), resamples: resamples, confidence: confidence)
    }
}

/// Which way a metric gets better, for those that have a better.
public enum BetterDirection: String, Hashable, Codable, Sendable {
    /// Smaller is better: times.
    case lower
    /// Larger is better: rates.
    case higher

    /// The direction of a metric; nil for those that describe and have no better.
    public init?(_ direction: MetricSpecification.Direction) {
        switch direction {
        case .lower: self = .lower
        case .higher: self = .higher
        case .neither: return nil
        }
    }
}
