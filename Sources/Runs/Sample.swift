import Measurement

/// What identifies the figures that are summarised together.
public struct FigureKey: Codable, Hashable, Sendable, Comparable {
    /// The workload.
    public let workload: String
    /// The parameters of the figure.
    public let parameters: ParameterSet
    /// The profile.
    public let profile: String
    /// The metric.
    public let metric: String

    /// A key.
    public init(workload: String, parameters: ParameterSet, profile: String, metric: String) {
        self.workload = workload
        self.parameters = parameters
        self.profile = profile
        self.metric = metric
    }

    /// Orders by workload, metric, parameters, profile: the order of result files.
    public static func < (left: FigureKey, right: FigureKey) -> Bool {
        if left.workload != right.workload { return left.workload < right.workload }
        if left.metric != right.metric { return left.metric < right.metric }
        if left.parameters != right.parameters { return left.parameters < right.parameters }
        return left.profile < right.profile
    }
}

/// One row of `samples.csv`.
public struct Sample: Hashable, Sendable {
    /// What it is a sample of.
    public let key: FigureKey
    /// The fork that took it.
    public let fork: Int
    /// Its number within the fork: 0 and up for samples, −1 and down (−1 the last) for warm-up.
    public let iteration: Int
    /// Unit symbol.
    public let unit: String
    /// The value.
    public let value: Double

    /// Whether it was taken before the body ran steadily.
    public var isWarmup: Bool { iteration < 0 }

    /// The same sample of `key`.
    func with(key: FigureKey) -> Sample {
        Sample(key: key, fork: fork, iteration: iteration, unit: unit, value: value)
    }

    /// The columns of `samples.csv`.
    public static let header = [
        "workload", "parameters", "profile", "fork", "iteration", "metric", "unit", "value",
    ]

    /// The fields of its row.
    public var fields: [String] {
        [
            key.workload, key.parameters.description, key.profile, "\(fork)", "\(iteration)",
            key.metric, unit, "\(value)",
        ]
    }

    /// The samples of `series`, warm-up first.
    public static func samples(
        of series: Series, workload: String, profile: String, fork: Int
    ) -> [Sample] {
        let key = FigureKey(
            workload: workload, parameters: series.parameters, profile: profile,
            metric: series.metric)
        let warmup = series.warmup.enumerated().map { index, value in
            Sample(
                key: key, fork: fork, iteration: index - series.warmup.count, unit: series.unit,
                value: value)
        }
        let samples = series.samples.enumerated().map { index, value in
            Sample(key: key, fork: fork, iteration: index, unit: series.unit, value: value)
        }
        return warmup + samples
    }
}
