import Measurement
import Runs
import Statistics

/// A figure of two sides and what their comparison came to.
public struct ComparedMetric: Sendable {
    /// What was compared.
    public let identity: FigureIdentity
    /// Which way it gets better.
    public let better: BetterDirection
    /// What the base has; `nil` where the metric is new.
    public let base: ForkedFigure?
    /// What the new side has; `nil` where it is missing.
    public let new: ForkedFigure?
    /// What it came to, corrected for all that were compared with it.
    public internal(set) var comparison: Comparison
    /// Where a change of the time comes from, as far as counters tell; `nil` where nothing
    /// regressed, or the metric is no time and no rate.
    public internal(set) var explanation: Explanation?

    /// What it came to.
    public var status: ComparisonStatus { comparison.status }

    /// New over base: the comparison's estimate, or the plain ratio of the medians where nothing
    /// could be tested; `nil` where there is none.
    public var ratio: Double? {
        if let estimate = comparison.ratio { return estimate.value }
        guard let base, let new, base.center > 0 else { return nil }
        return new.center / base.center
    }

    /// The interval of `ratio`; `nil` where there is none.
    public var interval: ClosedRange<Double>? {
        comparison.ratio?.interval.map { $0.low...$0.high }
    }

    /// The confidence of `interval`.
    public var confidence: Double { comparison.rule.confidence }

    /// Compares what the sides have of one metric, before it is corrected for others.
    ///
    /// - Precondition: at least one side has it.
    init(
        base: ForkedFigure?, new: ForkedFigure?, better: BetterDirection, rule: ComparisonRule,
        design: RunComparison.Design, byRound: Bool
    ) {
        guard let any = new ?? base else {
            preconditionFailure("a metric that neither side has")
        }
        identity = any.identity
        self.better = better
        self.base = base
        self.new = new
        guard let base, let new else {
            comparison = Comparison(onlyOneSide: base == nil ? .new : .missing, rule: rule)
            return
        }
        if base.isExact && new.isExact {
            comparison = Comparison(
                exactly: base.forks.flatMap(\.values), new.forks.flatMap(\.values),
                better: better, rule: rule)
            return
        }
        if base.isZero && new.isZero && min(base.forks.count, new.forks.count) >= rule.forksNeeded {
            comparison = Comparison(
                status: .unchanged, reasons: ["zero in every sample of both sides"], rule: rule)
            return
        }
        switch design {
        case .independent:
            comparison = Comparison(
                .independent(base: base.forks.map(\.values), new: new.forks.map(\.values)),
                better: better, rule: rule, doubts: (base.forks + new.forks).map(\.doubts))
        case .paired:
            guard let pairs = PairedForks(base: base, new: new, byRound: byRound, rule: rule)
            else {
                comparison = Comparison(
                    status: .inconclusive,
                    reasons: ["no pair of processes has a ratio: a median is not positive"],
                    rule: rule)
                return
            }
            comparison = Comparison(
                pairs.samples, better: better, rule: rule, doubts: pairs.doubts)
            if pairs.unpaired > 0 {
                comparison.reasons.append("\(pairs.unpaired) processes had no partner")
            }
        }
    }
}

extension ComparisonStatus {
    /// The order of a report: what needs a person first.
    public static let bySeverity: [ComparisonStatus] = [
        .regressed, .missing, .unstable, .inconclusive, .new, .improved, .unchanged,
    ]

    /// Its place in `bySeverity`.
    var severityRank: Int {
        guard let rank = ComparisonStatus.bySeverity.firstIndex(of: self) else {
            preconditionFailure("\(self) has no severity")
        }
        return rank
    }
}
