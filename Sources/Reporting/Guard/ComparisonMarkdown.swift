import Regression

/// A comparison in GitHub's Markdown: for a comment on a change, or a job's summary.
public struct ComparisonMarkdown: Sendable {
    private let comparison: RunComparison

    /// The Markdown of `comparison`.
    public init(_ comparison: RunComparison) { self.comparison = comparison }

    /// The text, each line ended by a line feed. What is unchanged is folded away.
    public var text: String {
        var lines = ["### nilometer: \(MarkdownText.escaped(comparison.summary))", ""]
        lines += ComparisonHeading(comparison).lines.map { "- \(MarkdownText.escaped($0))" }
        let telling = comparison.metrics.filter { $0.status != .unchanged }
        if !telling.isEmpty { lines += [""] + table(telling) }
        for metric in comparison.metrics(.regressed) {
            let text = ComparisonText(metric)
            guard !text.explanation.isEmpty else { continue }
            lines += ["", "**\(MarkdownText.escaped("\(text.name), \(text.parameters)"))**", ""]
            lines += text.explanation.map { "- \(MarkdownText.escaped($0))" }
        }
        let unchanged = comparison.metrics(.unchanged)
        if !unchanged.isEmpty {
            lines += ["", "<details><summary>\(unchanged.count) unchanged</summary>", ""]
            lines += table(unchanged) + ["", "</details>"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func table(_ metrics: [ComparedMetric]) -> [String] {
        MarkdownText.table(
            [
                "status", "metric", "parameters", "base>", "new>", "change>", "interval", "why",
            ],
            metrics.map { metric in
                let text = ComparisonText(metric)
                return [
                    metric.status == .regressed ? "**\(text.status)**" : text.status, text.name,
                    text.parameters, text.base, text.new, text.change, text.interval, text.reason,
                ].enumerated().map {
                    $0.offset == 0 ? $0.element : MarkdownText.escaped($0.element)
                }
            })
    }
}
