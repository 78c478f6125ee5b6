import Measurement
public import Runs

/// `report.md`: a run as a page of GitHub's Markdown, the verdicts first.
public struct MarkdownReport: Sendable {
    let manifest: Manifest
    let machine: [String]
    let figures: [Figure]
    let verdicts: [VerdictRecord]
    let expectations: [ExpectationRecord]
    let pictures: [Picture]

    /// A report.
    ///
    /// - Parameters:
    ///   - manifest: what was run and how.
    ///   - machine: the machine in a few lines of plain text.
    ///   - figures: the rows of `results.csv`.
    ///   - verdicts: the rows of `verdicts.csv`.
    ///   - expectations: the rows of `expectations.csv`.
    ///   - pictures: the pictures in the run's `plots/`.
    public init(
        manifest: Manifest, machine: [String], figures: [Figure], verdicts: [VerdictRecord],
        expectations: [ExpectationRecord] = [], pictures: [Picture]
    ) {
        self.manifest = manifest
        self.machine = machine
        self.figures = figures
        self.verdicts = verdicts
        self.expectations = expectations
        self.pictures = pictures
    }

    /// The page. All text that comes from outside is escaped: it cannot break a table, a link or
    /// a code block, nor bring HTML along.
    public var text: String {
        let sections: [[String]] =
            [opening, machineSection, methodSection, verdictSection, expectationSection]
            + figureSections + [disturbanceSection]
            + [doubtSection, noteSection, commandSection]
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
        guard !machine.isEmpty else { return [] }
        return ["## Machine", ""] + machine.map { "- \(MarkdownText.escaped($0))" }
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
        let rows = figures.filter { $0.quality != "ok" }.map { figure in
            [
                figure.workload, figure.parameters.description, figure.profile,
                "\(figure.metric) \(figure.statistic)", figure.quality,
            ].map(MarkdownText.escaped)
        }
        guard !rows.isEmpty else { return [] }
        return ["## Doubts", ""]
            + MarkdownText.table(
                ["workload", "parameters", "profile", "figure", "reason for doubt"], rows)
    }

    private var noteSection: [String] {
        var lines: [String] = []
        for fork in manifest.forks {
            guard manifest.workloads.indices.contains(fork.workload) else { continue }
            let workload = MarkdownText.escaped(manifest.workloads[fork.workload].workload)
            var notes = fork.notes
            if let failure = fork.failure {
                notes.append("fork \(fork.fork) gave no figures: \(failure)")
            }
            if let aside = fork.setAside {
                notes.append("fork \(fork.fork) is in no figure: \(aside)")
            }
            for note in notes {
                let line = "- \(workload): \(MarkdownText.escaped(note))"
                if !lines.contains(line) { lines.append(line) }
            }
        }
        return lines.isEmpty ? [] : ["## Notes", ""] + lines
    }

    private var commandSection: [String] {
        var command = manifest.command
        let hasSeed = command.contains { $0 == "--seed" || $0.hasPrefix("--seed=") }
        if !hasSeed { command += ["--seed", "\(manifest.seed)"] }
        return ["## To measure it again", ""]
            + MarkdownText.verbatim(ShellCommand.line(command), language: "sh")
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
