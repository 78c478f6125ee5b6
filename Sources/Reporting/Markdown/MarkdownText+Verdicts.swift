import Runs

extension MarkdownText {
    /// Verdicts as a table: claim, claimed, measured, ratio, verdict, why.
    static func verdicts(_ verdicts: [VerdictRecord]) -> [String] {
        let rows = verdicts.map { verdict in
            let texts = VerdictText(verdict)
            return [
                escaped(verdict.claim), escaped(texts.claimed), figure(texts.measured),
                texts.ratio, "**\(verdict.verdict.rawValue)**", escaped(texts.explanation),
            ]
        }
        return table(
            ["claim", "claimed", "measured [95 % interval]", "ratio>", "verdict", "why"], rows)
    }

    /// A figure with its interval, whose brackets are no markup.
    static func figure(_ figure: FigureText) -> String {
        guard let value = figure.value else { return "\(figure)" }
        return [value, escaped(figure.unit), figure.interval ?? ""]
            .filter { !$0.isEmpty }.joined(separator: " ")
    }
}
