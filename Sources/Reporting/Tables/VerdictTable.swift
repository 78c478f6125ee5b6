public import Runs

/// Verdicts as text for a terminal, by document: claimed and measured side by side, the reason
/// beneath, and a line that counts them at the end.
public struct VerdictTable: Sendable {
    private let verdicts: [VerdictRecord]

    /// A table of `verdicts` in their order; those of one document stand together.
    public init(_ verdicts: [VerdictRecord]) { self.verdicts = verdicts }

    /// The text, each line ended by a line feed; empty without verdicts.
    ///
    /// - Parameters:
    ///   - width: lines are fitted to it, in cells; identifiers and claimed figures are cut with
    ///     `…`, reasons wrapped.
    ///   - style: how the parts look.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        precondition(width >= 80, "a table needs 80 cells at least, got \(width)")
        guard !verdicts.isEmpty else { return "" }
        var blocks: [[String]] = []
        for document in VerdictTable.documents(of: verdicts) {
            let own = verdicts.filter { $0.document == document }
            blocks.append(VerdictTable.block(own, document, width, style))
        }
        blocks.append(
            DisplayText.wrapped(VerdictSummary(verdicts).description, to: width)
                .map { style(.title, $0) })
        return blocks.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    /// The documents in the order in which they first come up.
    static func documents(of verdicts: [VerdictRecord]) -> [String] {
        var documents: [String] = []
        for verdict in verdicts where !documents.contains(verdict.document) {
            documents.append(verdict.document)
        }
        return documents
    }

    private static func block(
        _ verdicts: [VerdictRecord], _ document: String, _ width: Int, _ style: TextStyle
    ) -> [String] {
        var table = TextTable([
            .init(heading: "claim", least: 24), .init(heading: "claimed", least: 18),
            .init(heading: "measured [95 % interval]", least: 24),
            .init(heading: "ratio", alignment: .right), .init(heading: "verdict"),
        ])
        for verdict in verdicts {
            let texts = VerdictText(verdict)
            table.append([
                .init(text: DisplayText.clean(verdict.claim)), .init(text: texts.claimed),
                .init(text: DisplayText.clean("\(texts.measured)"), part: .figure),
                .init(text: texts.ratio),
                .init(text: verdict.verdict.rawValue, part: .verdict(verdict.verdict)),
            ])
        }
        let rows = table.lines(width: width, style: style)
        var lines = [style(.title, DisplayText.truncated(DisplayText.clean(document), to: width))]
        for (row, verdict) in zip(rows.dropFirst(), verdicts) {
            if lines.count == 1 { lines.append(rows[0]) }
            lines.append(row)
            lines += DisplayText.wrapped(VerdictText(verdict).explanation, to: width - 4)
                .map { "    " + style(.note, $0) }
        }
        return lines
    }
}

/// The parts of a verdict as people read them.
struct VerdictText {
    /// Comparator, figure and unit as the document has them: `<= 80 ns`.
    let claimed: String
    /// The measured figure with its interval, or `–`.
    let measured: FigureText
    /// Measured over claimed, or empty.
    let ratio: String
    /// What the claim is about, and why the verdict is what it is.
    let explanation: String

    init(_ verdict: VerdictRecord) {
        claimed = DisplayText.clean(
            [verdict.comparator, verdict.claimed, FigureText.printed(verdict.unit)]
                .filter { !$0.isEmpty }.joined(separator: " "))
        measured = FigureText(
            value: verdict.measured, low: verdict.ciLow, high: verdict.ciHigh, unit: verdict.unit)
        ratio = verdict.ratio.map { FigureText(value: $0, unit: "ratio").value ?? "" } ?? ""
        explanation = DisplayText.clean("\(verdict.subject), \(verdict.metric): \(verdict.reason)")
    }
}
