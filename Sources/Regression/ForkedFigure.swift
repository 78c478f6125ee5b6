import Measurement
import Runs
import Statistics

/// Which figure of a run is compared: two runs' figures belong together when this is equal.
public struct FigureIdentity: Codable, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Workload, parameters, profile and metric.
    public let key: FigureKey
    /// `median` of samples, `exact`, or the percentile of a distribution (`p99`).
    public let statistic: String
    /// Unit symbol; a metric whose unit changed is another metric.
    public let unit: String

    /// An identity.
    public init(key: FigureKey, statistic: String, unit: String) {
        self.key = key
        self.statistic = statistic
        self.unit = unit
    }

    /// Orders by key, then statistic, then unit.
    public static func < (left: FigureIdentity, right: FigureIdentity) -> Bool {
        if left.key != right.key { return left.key < right.key }
        return (left.statistic, left.unit) < (right.statistic, right.unit)
    }

    /// `ring.lookup time median, nodes=10, profile auto`.
    public var description: String {
        let parameters = key.parameters.description
        return "\(key.workload) \(key.metric) \(statistic)"
            + (parameters.isEmpty ? "" : ", \(parameters)") + ", profile \(key.profile)"
    }
}

/// A figure of one side with what each fork says of it: what comparisons are made of.
public struct ForkedFigure: Hashable, Sendable {
    /// What one process measured.
    public struct Fork: Hashable, Sendable {
        /// Its number in the run; forks that took turns have the same.
        public let number: Int
        /// Samples after warm-up, at least one, all finite; one value where the statistic is of the
        /// process as a whole.
        public let values: [Double]
        /// Reasons to doubt them.
        public let doubts: [String]
        /// Samples before them that count as warm-up.
        let skipped: Int

        /// A fork.
        ///
        /// - Precondition: at least one value, all finite.
        public init(number: Int, values: [Double], doubts: [String] = [], skipped: Int = 0) {
            precondition(!values.isEmpty, "fork \(number) has no values")
            precondition(values.allSatisfy(\.isFinite), "fork \(number) has values \(values)")
            self.number = number
            self.values = values
            self.doubts = doubts
            self.skipped = skipped
        }

        /// The median of its values.
        public var median: Double { Quantile.median(of: values) }
    }

    /// What it is.
    public let identity: FigureIdentity
    /// Which way it gets better; `nil` for counts that only explain others.
    public let better: BetterDirection?
    /// Whether it was computed, without sampling error.
    public let isExact: Bool
    /// Its forks in the order of their numbers, at least one.
    public let forks: [Fork]

    /// A figure.
    ///
    /// - Precondition: at least one fork, none twice.
    public init(
        identity: FigureIdentity, better: BetterDirection?, isExact: Bool, forks: [Fork]
    ) {
        precondition(!forks.isEmpty, "\(identity) has no forks")
        precondition(
            Set(forks.map(\.number)).count == forks.count, "\(identity) has a fork twice")
        self.identity = identity
        self.better = better
        self.isExact = isExact
        self.forks = forks.sorted { $0.number < $1.number }
    }

    /// The median of the forks' medians: the process is the sampling unit.
    public var center: Double { Quantile.median(of: forks.map(\.median)) }

    /// Whether it is a count of what never happened: there is no ratio, and nothing to doubt.
    var isZero: Bool { forks.allSatisfy { $0.values.allSatisfy { $0 == 0 } } }

    /// Whether it is the count of a counter, per operation or in all.
    public var isCount: Bool { ForkedFigure.isCount(identity.key.metric) }

    /// Whether it counts instructions: the metric of noisy hosts.
    public var countsInstructions: Bool {
        ["counter.PAPI_TOT_INS", "instructions"].contains(identity.key.metric)
    }

    /// Whether `metric` is one that counters give.
    static func isCount(_ metric: String) -> Bool { metric.hasPrefix("counter.") }
}
