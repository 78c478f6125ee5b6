import Measurement

/// One row of `results.csv`: a statistic of a metric, with its interval.
public struct Figure: Codable, Hashable, Sendable {
    /// Name of the run's folder.
    public let run: String
    /// The workload.
    public let workload: String
    /// The parameters that the figure holds for.
    public let parameters: ParameterSet
    /// The profile.
    public let profile: String
    /// The metric.
    public let metric: String
    /// Unit symbol of the value and the interval.
    public let unit: String
    /// `median`, `mean`, `p50`, …, `max`, `min`, `mad`, or `exact` for what was computed.
    public let statistic: String
    /// The figure; `nil` where too few samples carry it.
    public let value: Double?
    /// Lower end of the interval, where the statistic has one.
    public let ciLow: Double?
    /// Upper end of the interval.
    public let ciHigh: Double?
    /// Confidence of the interval, such as 0.95.
    public let confidence: Double?
    /// How many samples it rests on.
    public let samples: Int
    /// How many forks they come from.
    public let forks: Int
    /// `ok`, or the reasons for doubt.
    public let quality: String

    /// A row.
    public init(
        run: String, workload: String, parameters: ParameterSet, profile: String, metric: String,
        unit: String, statistic: String, value: Double?, ciLow: Double? = nil,
        ciHigh: Double? = nil, confidence: Double? = nil, samples: Int, forks: Int,
        quality: String
    ) {
        self.run = run
        self.workload = workload
        self.parameters = parameters
        self.profile = profile
        self.metric = metric
        self.unit = unit
        self.statistic = statistic
        self.value = value
        self.ciLow = ciLow
        self.ciHigh = ciHigh
        self.confidence = confidence
        self.samples = samples
        self.forks = forks
        self.quality = quality
    }

    /// The columns of `results.csv`.
    public static let header = [
        "run", "workload", "parameters", "profile", "metric", "unit", "statistic", "value",
        "ci_low", "ci_high", "confidence", "samples", "forks", "quality",
    ]

    /// The fields of its row.
    public var fields: [String] {
        [
            run, workload, parameters.description, profile, metric, unit, statistic,
            Figure.text(value), Figure.text(ciLow), Figure.text(ciHigh), Figure.text(confidence),
            "\(samples)", "\(forks)", quality,
        ]
    }

    /// The parts of its quality; none where that is `ok`.
    public var doubts: [String] {
        guard quality != "ok" else { return [] }
        return quality.split(separator: ";").map { String($0.drop { $0 == " " }) }
            .filter { !$0.isEmpty }
    }

    /// The shortest decimal that reads back as the same number; empty for none.
    static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

    private enum CodingKeys: String, CodingKey {
        case run, workload, parameters, profile, metric, unit, statistic, value, confidence
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
        case samples, forks, quality
    }
}

extension FigureKey {
    /// What `figure` is a statistic of.
    init(of figure: Figure) {
        self.init(
            workload: figure.workload, parameters: figure.parameters, profile: figure.profile,
            metric: figure.metric)
    }
}
