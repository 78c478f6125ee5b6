import Diagnosis
import Measurement
import Quantities
import Runs

extension HTMLReport {
    /// What happened to the measuring processes.
    var disturbanceSection: Section? {
        let source = DisturbanceTable(content.manifest)
        guard !source.rows.isEmpty else { return nil }
        var table = MarkupTable(
            caption: "What disturbed the measuring processes, by workload",
            columns: DisturbanceTable.headings.enumerated().map {
                .init(heading: $0 == 0 ? "workload" : $1, isNumeric: $0 > 0)
            })
        for row in source.rows {
            table.append(
                row.enumerated().map { index, text in
                    .init(text, key: HTMLReport.number(text), isHeading: index == 0)
                })
        }
        return Section(
            identifier: "disturbances", heading: "Disturbances", parts: [table.markup])
    }

    /// The number that `text` is, so that a column of them is sorted as numbers.
    private static func number(_ text: String) -> Double? {
        let plain = text.hasSuffix(" %") ? String(text.dropLast(2)) : text
        return Double(plain).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The figures that are in doubt, and why.
    var doubtSection: Section? {
        let summary = DoubtSummary(content.figures)
        guard !summary.rows.isEmpty else { return nil }
        var table = MarkupTable(
            caption: "Figures in doubt, by reason",
            columns: [
                .init(heading: "workload"), .init(heading: "profile"),
                .init(heading: "reason for doubt", style: "why"),
                .init(heading: "metrics", style: "why"), .init(heading: "where", style: "why"),
            ])
        for row in summary.rows {
            table.append([
                .init(row.workload, isHeading: true), .init(row.profile), .init(row.reason),
                .init(row.metrics.joined(separator: ", ")),
                .init(row.place, key: Double(row.points.count)),
            ])
        }
        return Section(
            identifier: "doubts", heading: "Doubts",
            parts: [
                .element(
                    "details", summary.rows.count > 12 ? [] : [("open", "")],
                    [
                        .element(
                            "summary",
                            text: summary.count == 1
                                ? "1 figure in doubt" : "\(summary.count) figures in doubt"),
                        table.markup,
                    ]), .newline,
            ])
    }

    /// What the doctor found before and after.
    var doctorSection: Section? {
        let checkups = [("before", content.checkups.before), ("after", content.checkups.after)]
        var table = MarkupTable(
            caption: "What the doctor found about the machine before and after the run",
            columns: [
                .init(heading: "finding"), .init(heading: "when"), .init(heading: "weight"),
                .init(heading: "measured", style: "why"), .init(heading: "cost", style: "why"),
                .init(heading: "remedy", style: "why"), .init(heading: "source", style: "why"),
            ])
        for (moment, checkup) in checkups {
            for finding in checkup?.findings ?? [] {
                let weight = Finding.Severity.allCases.firstIndex(of: finding.severity) ?? 0
                table.append([
                    .init(finding.subject, isHeading: true), .init(moment),
                    .init(finding.severity.rawValue, key: Double(weight)),
                    .init(finding.measured), .init(finding.cost.description),
                    .init(finding.remedy), .init(finding.source),
                ])
            }
        }
        guard !table.rows.isEmpty else { return nil }
        return Section(identifier: "doctor", heading: "Doctor", parts: [table.markup])
    }

    /// Facts that belong beside the figures.
    var noteSection: Section? {
        let notes = content.notes
        guard !notes.isEmpty else { return nil }
        let workloads = PlotSentence.distinct(notes.map(\.workload))
        let parts = workloads.flatMap { workload -> [Markup] in
            [
                .element("h3", text: workload), .newline,
                HTMLReport.list(notes.filter { $0.workload == workload }.map(\.note)),
            ]
        }
        return Section(
            identifier: "notes", heading: "Notes",
            parts: [
                .element(
                    "details", notes.count > 20 ? [] : [("open", "")],
                    [
                        .element(
                            "summary",
                            text: notes.count == 1 ? "1 note" : "\(notes.count) notes")
                    ] + parts), .newline,
            ])
    }
}
