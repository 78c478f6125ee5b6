import Regression

/// Lines that GitHub's runner turns into annotations of a job (workflow commands): an error for each
/// regression, a warning for what is missing or unstable.
public struct GitHubAnnotations: Sendable {
    /// GitHub shows no more than ten of a kind for a step; what is beyond is counted in the last.
    public static let most = 10

    private let comparison: RunComparison

    /// The annotations of `comparison`.
    public init(_ comparison: RunComparison) { self.comparison = comparison }

    /// The lines, without line feeds.
    public var lines: [String] {
        annotations("error", comparison.metrics(.regressed))
            + annotations("warning", comparison.metrics(.missing) + comparison.metrics(.unstable))
    }

    private func annotations(_ command: String, _ metrics: [ComparedMetric]) -> [String] {
        let shown = metrics.count > Self.most ? Self.most - 1 : metrics.count
        var lines = metrics.prefix(shown).map { metric in
            let text = ComparisonText(metric)
            let message = ([text.sentence] + text.explanation).joined(separator: "\n")
            let title = "nilometer: \(text.name) \(text.status)"
            return Self.line(command, title: title, message)
        }
        if metrics.count > shown {
            lines.append(
                Self.line(
                    command, title: "nilometer", "and \(metrics.count - shown) metrics more"))
        }
        return lines
    }

    static func line(_ command: String, title: String, _ message: String) -> String {
        "::\(command) title=\(property(title))::\(data(message))"
    }

    /// What a message may not hold, as the runner decodes it (actions/toolkit, `command.ts`).
    private static func data(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// What a property may not hold besides.
    private static func property(_ text: String) -> String {
        var result = ""
        for scalar in data(text).unicodeScalars {
            switch scalar {
            case ":": result += "%3A"
            case ",": result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
