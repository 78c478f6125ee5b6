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

extension Sample {
    /// Reads the fields of a row back.
    init(record: CSV.Record) throws(CSV.Malformed) {
        let fields = record.fields
        func bad(_ what: String, _ text: String) -> CSV.Malformed {
            CSV.Malformed(line: record.line, reason: "\(what) is '\(text)'")
        }
        guard let fork = Int(fields[3]), fork >= 0 else { throw bad("the fork", fields[3]) }
        guard let iteration = Int(fields[4]) else { throw bad("the iteration", fields[4]) }
        guard let value = Double(fields[7]) else { throw bad("the value", fields[7]) }
        let parameters: ParameterSet
        do {
            parameters = try ParameterSet(parsing: fields[1])
        } catch {
            throw CSV.Malformed(line: record.line, reason: "\(error)")
        }
        self.init(
            key: FigureKey(
                workload: fields[0], parameters: parameters, profile: fields[2],
                metric: fields[5]),
            fork: fork, iteration: iteration, unit: fields[6], value: value)
    }
}
