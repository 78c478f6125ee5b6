import Measurement

/// What one fork recorded of one figure, in order: rows of `samples.csv` that follow each other.
public struct SampleSeries: Hashable, Sendable {
    /// What the values are samples of.
    public let key: FigureKey
    /// The fork that took them.
    public let fork: Int
    /// Unit symbol of the values.
    public let unit: String
    /// Values taken before the body ran steadily, in order; on file their iterations end with −1.
    public let warmup: [Double]
    /// Values taken after, in order; on file their iterations start with 0.
    public let samples: [Double]

    /// A series.
    public init(
        key: FigureKey, fork: Int, unit: String, warmup: [Double] = [], samples: [Double]
    ) {
        self.key = key
        self.fork = fork
        self.unit = unit
        self.warmup = warmup
        self.samples = samples
    }

    /// What `fork` of a workload recorded.
    public init(_ series: Series, workload: String, profile: String, fork: Int) {
        self.init(
            key: FigureKey(
                workload: workload, parameters: series.parameters, profile: profile,
                metric: series.metric),
            fork: fork, unit: series.unit, warmup: series.warmup, samples: series.samples)
    }

    /// How many values it has, warm-up included: its rows on file.
    public var count: Int { warmup.count + samples.count }

    /// The same series of `key`.
    func with(key: FigureKey) -> SampleSeries {
        SampleSeries(key: key, fork: fork, unit: unit, warmup: warmup, samples: samples)
    }

    /// The columns of `samples.csv`.
    public static let header = [
        "workload", "parameters", "profile", "fork", "iteration", "metric", "unit", "value",
    ]

    /// Its rows of `samples.csv`, warm-up first; empty for a series without values.
    ///
    /// - Complexity: O(n).
    public var rows: String {
        let start = CSV.record([
            key.workload, key.parameters.description, key.profile, "\(fork)",
        ])
        let middle = CSV.record([key.metric, unit])
        var rows = ""
        for (place, value) in warmup.enumerated() {
            rows += "\(start),\(place - warmup.count),\(middle),\(value)\n"
        }
        for (place, value) in samples.enumerated() {
            rows += "\(start),\(place),\(middle),\(value)\n"
        }
        return rows
    }
}
