import Measurement
import Runs

/// `report.md`: a run as a page of GitHub's Markdown, the verdicts first.
public struct MarkdownReport: Sendable {
    private let content: ReportContent

    /// A report of `content`.
    public init(_ content: ReportContent) { self.content = content }

    var manifest: Manifest { content.manifest }
    var figures: [Figure] { content.figures }
    var verdicts: [VerdictRecord] { content.verdicts }
    var expectations: [ExpectationRecord] { content.expectations }
    var pictures: [Picture] { content.pictures }

    /// The page. All text that comes from outside is escaped: it cannot break a table, a link or
    /// a code block, nor bring HTML along.
    public var text: String {
        let sections: [[String]] =
            [
                opening, machineSection, methodSection, verdictSection, expectationSection,
                slowdownSection, replicationSection,
            ] + figureSections + [commandSection, disturbanceSection]
            + [doubtSection, noteSection, againSection]
        return sections.filter { !$0.isEmpty }
            .map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private var opening: [String] {
        var lines = ["# Run \(MarkdownText.escaped(manifest.run))"]
        let verdicts = RunVerdicts(verdicts)
        if !verdicts.judged.isEmpty { lines += ["", "\(VerdictSummary(verdicts.judged))."] }
        if !expectations.isEmpty { lines += ["", "\(ExpectationTable(expectations).summary)."] }
        if manifest.ending == .interrupted {
            lines += ["", "The run was interrupted: it holds what was measured until then."]
        }
        return lines
    }

    private var machineSection: [String] {
        guard !content.machine.isEmpty else { return [] }
        return ["## Machine", ""] + content.machine.map { "- \(MarkdownText.escaped($0))" }
    }

    private var methodSection: [String] {
        ["## How it was measured", ""]
            + MethodFacts(manifest: manifest).lines.map { "- \(MarkdownText.escaped($0))" }
    }

    private var verdictSection: [String] {
        let selection = RunVerdicts(verdicts)
        var lines: [String] = []
        if !selection.judged.isEmpty {
            lines += pictures.filter { $0.workload == nil }.flatMap(link)
            for document in VerdictTable.documents(of: selection.judged) {
                lines += ["", "### \(MarkdownText.escaped(document))", ""]
                lines += MarkdownText.verdicts(
                    selection.judged.filter { $0.document == document })
            }
        }
        if let remainder = selection.remainder { lines += ["", MarkdownText.escaped(remainder)] }
        return lines.isEmpty ? [] : ["## Verdicts"] + lines
    }

    private var doubtSection: [String] {
        let rows = DoubtSummary(content.figures).rows.map { row in
            [
                row.workload, row.profile, row.reason, row.metrics.joined(separator: ", "),
                row.place,
            ].map(MarkdownText.escaped)
        }
        guard !rows.isEmpty else { return [] }
        return ["## Doubts", ""]
            + MarkdownText.table(
                ["workload", "profile", "reason for doubt", "metrics", "where"], rows)
    }

    private var noteSection: [String] {
        var lines: [String] = []
        for (workload, note) in content.notes {
            let line = "- \(MarkdownText.escaped(workload)): \(MarkdownText.escaped(note))"
            if !lines.contains(line) { lines.append(line) }
        }
        return lines.isEmpty ? [] : ["## Notes", ""] + lines
    }

    /// What comparisons of known slowdowns came to.
    private var slowdownSection: [String] {
        guard !content.slowdowns.isEmpty else { return [] }
        return ["## Known slowdowns", ""]
            + content.slowdowns.map { "- \(MarkdownText.escaped($0))" }
    }

    /// Whether a chain or a quorum serves more writes, and why.
    private var replicationSection: [String] {
        let answer = ReplicationAnswer(figures, manifest: manifest)
        guard !answer.rows.isEmpty else { return [] }
        let rows = answer.rows.map { row in
            let cells = answer.figures(of: row).map { figure in
                figure.map { MarkdownText.figure(FigureText($0)) } ?? ""
            }
            return [MarkdownText.escaped(row.place)] + cells + [MarkdownText.escaped(row.bound)]
        }
        return ["## Chain or quorum", ""]
            + answer.sentences.map { "- \(MarkdownText.escaped($0))" } + [""]
            + MarkdownText.table(["setting"] + answer.figureHeadings + ["bound by"], rows)
            + ["", MarkdownText.escaped(ReplicationAnswer.legend)]
    }

    /// What the run's programs cost and how they compare.
    private var commandSection: [String] {
        let sentences = content.commandSentences
        guard !sentences.isEmpty else { return [] }
        return ["## Programs", ""] + sentences.map { "- \(MarkdownText.escaped($0))" }
    }

    private var againSection: [String] {
        ["## To measure it again", ""]
            + MarkdownText.verbatim(content.commandLine, language: "sh")
    }

    /// A picture with what it was made from.
    func link(to picture: Picture) -> [String] {
        let title = MarkdownText.escaped(picture.title)
        let file = { (ending: String) in "plots/\(picture.name).\(ending)" }
        return [
            "", "![\(title)](\(file("svg")))", "",
            "[PNG](\(file("png"))), [data](\(file("dat"))), [script](\(file("gp")))",
        ]
    }
}
