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
        let failures = metrics.count { $0.status == .regressed }
        let skipped = metrics.count { isSkipped($0.status) }
        // Counts of skipped cases belong to suites alone: schemas that are checked refuse them above.
        let counts = "tests=\"\(metrics.count)\" failures=\"\(failures)\" errors=\"0\""
        // Without a time zone, as the schemas have it; times are in UTC throughout.
        let start = comparison.new.start.filter { $0 != "Z" }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"nilometer\" \(counts)>",
            "  <testsuite name=\(XMLText.attribute("nilometer \(comparison.base.name)")) "
                + "\(counts) skipped=\"\(skipped)\" timestamp=\(XMLText.attribute(start))>",
            "    <properties>",
        ]
        for (number, line) in ComparisonHeading(comparison).lines.enumerated() {
            lines.append(
                "      <property name=\"note-\(number + 1)\" value=\(XMLText.attribute(line))/>")
        }
        lines.append("    </properties>")
        lines += metrics.flatMap(testCase)
        lines += ["  </testsuite>", "</testsuites>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func testCase(_ metric: ComparedMetric) -> [String] {
        let text = ComparisonText(metric)
        let opening =
            "    <testcase classname=\(XMLText.attribute(metric.identity.key.workload)) "
            + "name=\(XMLText.attribute("\(text.name), \(text.parameters)"))"
        let details = ([text.sentence] + text.explanation).joined(separator: "\n")
        if metric.status == .regressed {
            let message = "\(text.change) \(text.interval)"
            return [
                "\(opening)>",
                "      <failure type=\"regressed\" message=\(XMLText.attribute(message))>"
                    + "\(XMLText.escaped(details))</failure>",
                "    </testcase>",
            ]
        }
        if isSkipped(metric.status) {
            let message = "\(text.status): \(text.reason)"
            return [
                "\(opening)>", "      <skipped message=\(XMLText.attribute(message))/>",
                "    </testcase>",
            ]
        }
        return [
            "\(opening)>", "      <system-out>\(XMLText.escaped(details))</system-out>",
            "    </testcase>",
        ]
    }

    private func isSkipped(_ status: ComparisonStatus) -> Bool {
        [.unstable, .inconclusive, .missing].contains(status)
    }
}

/// Text in XML 1.0.
enum XMLText {
    /// `text` with markup escaped, and what XML cannot hold at all, escaped or not, as `�`.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `text` as an attribute's value, quoted. Line breaks are kept, which a parser would turn into
    /// spaces if they were not escaped.
    static func attribute(_ text: String) -> String {
        let value = escaped(text)
            .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "&#10;")
            .split(separator: "\t", omittingEmptySubsequences: false).joined(separator: "&#9;")
        return "\"\(value)\""
    }
}
