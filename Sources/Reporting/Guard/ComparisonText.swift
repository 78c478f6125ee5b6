import Measurement
import Quantities
import Regression
import Runs

/// The parts of a compared metric as people read them.
struct ComparisonText {
    /// Workload and metric, with the statistic where it is not the usual one.
    let name: String
    /// Parameters and profile.
    let parameters: String
    /// What the base has, with its unit; `–` without one.
    let base: String
    /// What the new side has.
    let new: String
    /// By how much it moved: `+5.2 %`; empty where there is no ratio.
    let change: String
    /// The interval of the change: `[+4.1, +6.3] %`; empty where there is none.
    let interval: String
    /// The status.
    let status: String
    /// Why it came to that, in one line.
    let reason: String
    /// Where a regression comes from, a line each.
    let explanation: [String]

    init(_ metric: ComparedMetric) {
        let key = metric.identity.key
        let statistic = metric.identity.statistic
        name =
            "\(key.workload) \(key.metric)"
            + (["median", "exact"].contains(statistic) ? "" : " \(statistic)")
        parameters = [key.parameters.description, "profile=\(key.profile)"]
            .filter { !$0.isEmpty }.joined(separator: ";")
        base = ComparisonText.value(metric.base)
        new = ComparisonText.value(metric.new)
        change = metric.ratio.map { "\(ComparisonText.percent($0 - 1)) %" } ?? ""
        interval =
            metric.interval.map {
                "[\(ComparisonText.percent($0.lowerBound - 1)), "
                    + "\(ComparisonText.percent($0.upperBound - 1))] %"
            } ?? ""
        status = metric.status.rawValue
        reason = metric.comparison.reasons.joined(separator: "; ")
        explanation = metric.explanation?.sentences ?? []
    }

    /// Everything about the metric in one line: `ring.lookup time, nodes=10: regressed, …`.
    var sentence: String {
        let moved = change.isEmpty ? "" : ", \(change)" + (interval.isEmpty ? "" : " \(interval)")
        return "\(name), \(parameters): \(status)\(moved) (\(base) → \(new)): \(reason)"
    }

    private static func value(_ figure: ForkedFigure?) -> String {
        guard let figure else { return "–" }
        return FigureText(
            value: figure.center, unit: figure.identity.unit, exact: figure.isExact
        ).description
    }

    /// A share in per cent with its sign and three significant digits: `+5.21`.
    static func percent(_ share: Double) -> String {
        let text = Presentation.significant(share.magnitude * 100, digits: 3)
        if text == "0" { return "0" }
        return (share < 0 ? "−" : "+") + text
    }
}

extension ComparisonStatus {
    /// How a status looks in a table.
    var part: TextStyle.Part {
        switch self {
        case .regressed: .verdict(.refuted)
        case .improved: .verdict(.reproduced)
        case .missing, .unstable, .inconclusive: .doubt
        case .new, .unchanged: .body
        }
    }
}

/// What is said of a comparison as a whole.
struct ComparisonHeading {
    /// Sides, design, threshold; then what was forced and noted. A line each.
    let lines: [String]

    init(_ comparison: RunComparison) {
        func side(_ side: MeasuredSide) -> String {
            let commit = side.commit.map { ", commit \($0)" } ?? ""
            return "\(side.name) (\(side.start)\(commit))"
        }
        let threshold = Presentation.significant(comparison.rule.threshold * 100, digits: 3)
        let how =
            switch comparison.design {
            case .paired: "processes took turns and are compared pair by pair"
            case .independent: "processes ran apart: drift between the runs is in the comparison"
            }
        let effect = Comparability.effect(base: comparison.base, new: comparison.new)
        lines =
            [
                "base: \(side(comparison.base))", "new: \(side(comparison.new))",
                "threshold \(threshold) %, confidence \(comparison.rule.confidence); \(how)",
            ]
            + (effect.map { ["smallest detectable effect: \($0)"] } ?? [])
            + comparison.forced.map { "FORCED although the sides differ: \($0)" }
            + comparison.notes
    }
}
