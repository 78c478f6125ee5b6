import Regression
import Runs

/// A comparison as JUnit's XML, which CI systems show as tests: a test case a metric, a failure for
/// what regressed, skipped for what could not be said.
public struct ComparisonJUnit: Sendable {
    private let comparison: RunComparison

    /// The XML of `comparison`.
    public init(_ comparison: RunComparison) { self.comparison = comparison }

    /// The text, each line ended by a line feed. Test cases are in the order of their names.
    public var text: String {
        let metrics = comparison.metrics.sorted { $0.identity < $1.identity }
        // Counts of skipped cases belong to suites alone: schemas that are checked refuse them above.
        let counts: [(String, String?)] = [
            ("tests", "\(metrics.count)"),
            ("failures", "\(metrics.count { $0.status == .regressed })"), ("errors", "0"),
        ]
        let named: [(String, String?)] = [("name", "nilometer \(comparison.base.name)")]
        let skipped: [(String, String?)] = [
            ("skipped", "\(metrics.count { isSkipped($0.status) })"),
            // Without a time zone, as the schemas have it; times are in UTC throughout.
            ("timestamp", comparison.new.start.filter { $0 != "Z" }),
        ]
        let properties = ComparisonHeading(comparison).lines.enumerated().map { number, line in
            Markup.empty("property", [("name", "note-\(number + 1)"), ("value", line)])
        }
        let document = Markup.element(
            "testsuites", [("name", "nilometer")] + counts,
            lines([
                .element(
                    "testsuite", named + counts + skipped,
                    lines([.element("properties", [], lines(properties))] + metrics.map(testCase)))
            ]))
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(document.text)\n"
    }

    /// `pieces`, a line each.
    private func lines(_ pieces: [Markup]) -> [Markup] {
        [.newline] + pieces.flatMap { [$0, .newline] }
    }

    private func testCase(_ metric: ComparedMetric) -> Markup {
        let text = ComparisonText(metric)
        let details = Markup.lines(([text.sentence] + text.explanation).joined(separator: "\n"))
        let outcome: Markup =
            if metric.status == .regressed {
                .element(
                    "failure",
                    [("type", "regressed"), ("message", "\(text.change) \(text.interval)")],
                    [details])
            } else if isSkipped(metric.status) {
                .empty("skipped", [("message", "\(text.status): \(text.reason)")])
            } else {
                .element("system-out", [], [details])
            }
        return .element(
            "testcase",
            [
                ("classname", metric.identity.key.workload),
                ("name", "\(text.name), \(text.parameters)"),
            ], [outcome])
    }

    private func isSkipped(_ status: ComparisonStatus) -> Bool {
        [.unstable, .inconclusive, .missing].contains(status)
    }
}
