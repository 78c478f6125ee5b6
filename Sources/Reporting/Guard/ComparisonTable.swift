import Regression

/// A comparison as text for a terminal: the sides, a row a metric by severity, why, and the counts.
public struct ComparisonTable: Sendable {
    private let comparison: RunComparison

    /// A table of `comparison`.
    public init(_ comparison: RunComparison) { self.comparison = comparison }

    /// The text, each line ended by a line feed.
    ///
    /// Parameters are those that tell a workload's metrics apart; the other outputs have them all.
    /// Reasons stand under every metric but those that are unchanged; explanations under regressions.
    ///
    /// - Parameters:
    ///   - width: lines are fitted to it, in cells, at least 80.
    ///   - style: how the parts look.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        precondition(width >= 80, "a table needs 80 cells at least, got \(width)")
        var lines = ComparisonHeading(comparison).lines.flatMap {
            DisplayText.wrapped(DisplayText.clean($0), to: width)
        }.map { style(.note, $0) }
        if !comparison.metrics.isEmpty {
            lines.append("")
            lines += rows(width, style)
        }
        lines.append("")
        lines += DisplayText.wrapped(DisplayText.clean(comparison.summary), to: width)
            .map { style(.title, $0) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func rows(_ width: Int, _ style: TextStyle) -> [String] {
        let texts = comparison.metrics.map(ComparisonText.init)
        var table = TextTable([
            .init(heading: "metric", least: 24), .init(heading: "parameters", least: 20),
            .init(heading: "base", alignment: .right), .init(heading: "new", alignment: .right),
            .init(heading: "change", alignment: .right),
            .init(heading: "\(confidence) interval"), .init(heading: "status"),
        ])
        let distinct = DistinctParameters(comparison.metrics.map(\.identity))
        for (metric, text) in zip(comparison.metrics, texts) {
            table.append([
                .init(text: DisplayText.clean(text.name)),
                .init(text: DisplayText.clean(distinct.text(of: metric.identity))),
                .init(text: DisplayText.clean(text.base), part: .figure),
                .init(text: DisplayText.clean(text.new), part: .figure),
                .init(text: text.change), .init(text: text.interval),
                .init(text: text.status, part: metric.status.part),
            ])
        }
        let lines = table.withoutEmptyColumns().lines(width: width, style: style)
        var result = [lines[0]]
        for (line, (metric, text)) in zip(lines.dropFirst(), zip(comparison.metrics, texts)) {
            result.append(line)
            guard metric.status != .unchanged else { continue }
            for remark in [text.reason] + text.explanation {
                result += DisplayText.wrapped(DisplayText.clean(remark), to: width - 4)
                    .map { "    " + style(.note, $0) }
            }
        }
        return result
    }

    private var confidence: String {
        let share = comparison.rule.confidence * 100
        return share == share.rounded() ? "\(Int(share)) %" : "\(share) %"
    }
}
