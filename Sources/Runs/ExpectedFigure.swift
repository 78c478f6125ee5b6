import Measurement

/// A known answer of a run: a figure, and what it must come to.
public struct ExpectedFigure: Codable, Hashable, Sendable {
    /// The figure.
    public let key: FigureKey
    /// What is asked of it.
    public let expectation: KnownAnswer

    /// What a fork of `planned` expects.
    init(_ expectation: KnownAnswer, of planned: PlannedWorkload) {
        key = FigureKey(
            workload: planned.workload, parameters: expectation.parameters,
            profile: planned.profile, metric: expectation.metric)
        self.expectation = expectation
    }
}

/// Whether a figure came to what is known of it.
public enum ExpectationOutcome: String, Codable, Sendable, CaseIterable {
    /// The whole interval (or the value, where there is none) is as expected.
    case met
    /// All of the interval is not, and there is no reason to doubt the figure.
    case missed
    /// Part of the interval is as expected, or what is not is doubtful.
    case undecided
    /// There is no such figure, or it has no value.
    case unmeasured
}

/// One row of `expectations.csv`: a known answer and what was measured.
public struct ExpectationRecord: Codable, Hashable, Sendable {
    /// The figure.
    public let key: FigureKey
    /// The statistic that was judged.
    public let statistic: String
    /// Unit symbol of the bounds, the value and the interval; empty where nothing was measured.
    public let unit: String
    /// `within` the bounds, or `interval-holds` the one value that both bounds are.
    public let condition: String
    /// The least that is expected; `nil` where nothing bounds it.
    public let low: Double?
    /// The most that is expected.
    public let high: Double?
    /// The figure.
    public let value: Double?
    /// Lower end of its interval.
    public let ciLow: Double?
    /// Upper end of its interval.
    public let ciHigh: Double?
    /// Whether the expectation was met.
    public let outcome: ExpectationOutcome
    /// The figure's quality: `ok`, or reasons for doubt.
    public let quality: String
    /// Where the expected value comes from.
    public let reason: String

    /// `expected` judged by the figure with its key and statistic among `figures`.
    public init(_ expected: ExpectedFigure, among figures: [Figure]) {
        self.init(
            expected,
            by: figures.first { figure in
                FigureKey(of: figure) == expected.key
                    && figure.statistic == expected.expectation.statistic
            })
    }

    fileprivate init(_ expected: ExpectedFigure, by figure: Figure?) {
        let expectation = expected.expectation
        key = expected.key
        statistic = expectation.statistic
        unit = figure?.unit ?? ""
        value = figure?.value
        ciLow = figure?.ciLow
        ciHigh = figure?.ciHigh
        quality = figure?.quality ?? "not measured"
        reason = expectation.reason
        outcome = ExpectationRecord.outcome(of: expectation.condition, figure)
        switch expectation.condition {
        case .within(let low, let high):
            condition = "within"
            self.low = low
            self.high = high
        case .intervalHolds(let value):
            condition = "interval-holds"
            low = value
            high = value
        }
    }

    private static func outcome(
        of condition: KnownAnswer.Condition, _ figure: Figure?
    ) -> ExpectationOutcome {
        guard let figure, let value = figure.value else { return .unmeasured }
        let measured = (figure.ciLow ?? value)...(figure.ciHigh ?? value)
        let outcome = outcome(of: condition, measured)
        return outcome == .missed && figure.quality != "ok" ? .undecided : outcome
    }

    private static func outcome(
        of condition: KnownAnswer.Condition, _ measured: ClosedRange<Double>
    ) -> ExpectationOutcome {
        switch condition {
        case .within(let low, let high):
            let low = low ?? -.infinity
            let high = high ?? .infinity
            if measured.lowerBound >= low, measured.upperBound <= high { return .met }
            return measured.lowerBound > high || measured.upperBound < low ? .missed : .undecided
        case .intervalHolds(let value):
            return measured.contains(value) ? .met : .missed
        }
    }

    /// The columns of `expectations.csv`.
    public static let header = [
        "workload", "parameters", "profile", "metric", "statistic", "unit", "condition", "low",
        "high", "value", "ci_low", "ci_high", "outcome", "quality", "reason",
    ]

    /// The fields of its row.
    public var fields: [String] {
        [
            key.workload, key.parameters.description, key.profile, key.metric, statistic, unit,
            condition, Figure.text(low), Figure.text(high), Figure.text(value),
            Figure.text(ciLow), Figure.text(ciHigh), outcome.rawValue, quality, reason,
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case key, statistic, unit, condition, low, high, value, outcome, quality, reason
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
    }
}

extension Manifest {
    /// Every known answer of the run, judged by `figures`, in the order in which they were stated.
    public func expectationRecords(among figures: [Figure]) -> [ExpectationRecord] {
        guard let expectations, !expectations.isEmpty else { return [] }
        let byKey = Dictionary(grouping: figures, by: { FigureKey(of: $0) })
        return expectations.map { expected in
            ExpectationRecord(
                expected,
                by: byKey[expected.key]?.first {
                    $0.statistic == expected.expectation.statistic
                })
        }
    }
}
