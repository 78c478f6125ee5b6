/// What a figure is computed from: the pooled samples' mean or one of their quantiles.
public enum Statistic: Hashable, Codable, Sendable {
    /// The arithmetic mean.
    case mean
    /// The type 7 quantile at a probability from 0 to 1.
    case quantile(Double)

    /// The quantile at one half.
    public static let median = Statistic.quantile(0.5)
}

/// How an interval was made.
public enum IntervalMethod: String, Hashable, Codable, Sendable {
    /// Student's t over one figure per fork, on the logarithmic scale where all are positive.
    case studentOverForks
    /// Limits are quantiles of the hierarchical bootstrap distribution (Efron 1979).
    case percentile
    /// As `percentile`, at levels widened for the number of forks (Hesterberg 2015).
    case expandedPercentile
    /// Bias-corrected and accelerated bootstrap (Efron 1987), the fork being what is left out.
    case biasCorrectedAccelerated
    /// Two order statistics, by the binomial distribution; free of assumptions on shape.
    case orderStatistics
    /// Limits are order statistics of the Walsh averages of paired differences (Wilcoxon).
    case signedRank
}

/// Why a figure or its interval says less than it seems to.
public enum Caveat: Hashable, Codable, Sendable, CustomStringConvertible {
    /// Only one process was sampled: the interval leaves out everything that is drawn once per
    /// process (memory layout, page colouring, placement).
    case withinProcessOnly
    /// The samples cannot carry an interval for this statistic at this confidence.
    case tooFewSamples(have: Int, need: Int)
    /// The smallest or largest sample: no number of samples bounds the extreme of a distribution.
    case extreme
    /// A ratio has no interval because some resamples have a denominator of zero or below.
    case undefinedResamples

    /// One line for a table's footnote.
    public var description: String {
        switch self {
        case .withinProcessOnly: "one process only: variance between processes is not covered"
        case .tooFewSamples(let have, let need): "n too small: \(have) samples, \(need) needed"
        case .extreme: "an extreme has no interval"
        case .undefinedResamples: "no interval: zeros among the samples make ratios undefined"
        }
    }
}

/// A figure with what is known of its uncertainty.
public struct Estimate: Hashable, Codable, Sendable {
    /// The figure, in the unit of the samples (a ratio has none).
    public let value: Double
    /// Where the true value lies; nil when the samples cannot say, and then a caveat says why.
    public let interval: ConfidenceInterval?
    /// How the interval was made; nil when there is none.
    public let method: IntervalMethod?
    /// Samples that went in, over all forks.
    public let sampleCount: Int
    /// Processes (or rounds, for a paired ratio) that went in: the sampling units. A ratio of two
    /// sets states the smaller set's.
    public let forkCount: Int
    /// Doubts, each stated once.
    public let caveats: [Caveat]

    /// An estimate with these parts.
    public init(
        value: Double, interval: ConfidenceInterval?, method: IntervalMethod?, sampleCount: Int,
        forkCount: Int, caveats: [Caveat] = []
    ) {
        precondition(
            interval != nil || !caveats.isEmpty, "an estimate without interval must say why")
        precondition(
            (interval == nil) == (method == nil), "an interval and its method belong together")
        self.value = value
        self.interval = interval
        self.method = method
        self.sampleCount = sampleCount
        self.forkCount = forkCount
        self.caveats = caveats
    }

    /// Reads an estimate back; one without interval and reason, or with an interval and no method,
    /// is refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        value = try container.decode(Double.self, forKey: .value)
        interval = try container.decodeIfPresent(ConfidenceInterval.self, forKey: .interval)
        method = try container.decodeIfPresent(IntervalMethod.self, forKey: .method)
        sampleCount = try container.decode(Int.self, forKey: .sampleCount)
        forkCount = try container.decode(Int.self, forKey: .forkCount)
        caveats = try container.decode([Caveat].self, forKey: .caveats)
        guard interval != nil || !caveats.isEmpty, (interval == nil) == (method == nil) else {
            throw DecodingError.dataCorruptedError(
                forKey: .interval, in: container,
                debugDescription: "an estimate needs an interval and its method, or a caveat")
        }
    }

    /// Whether the interval covers the variance within one process and no more.
    public var withinProcessOnly: Bool { caveats.contains(.withinProcessOnly) }
}
