import Measurement
import Quantities
import Runs

extension MarkdownReport {
    /// A section for each workload and profile: its figures and its pictures.
    var figureSections: [[String]] {
        let groups = FigureGroup.groups(of: figures, order: RunOrder(manifest))
        guard !groups.isEmpty else { return [] }
        let compared = ProfileTable(figures, manifest: manifest).groups
        var sections = [["## Figures"]]
        for (index, group) in groups.enumerated() {
            var lines = section(of: group)
            // Pictures of a workload show all of its profiles: they follow the last of them.
            let isLast = !groups[(index + 1)...].contains { $0.workload == group.workload }
            if isLast {
                if let profiles = compared.first(where: { $0.workload == group.workload }) {
                    lines += sideBySide(profiles)
                }
                lines += pictures.filter { $0.workload == group.workload }.flatMap(link)
            }
            sections.append(lines)
        }
        return sections
    }

    /// The profiles of a workload that several measured.
    private func sideBySide(_ group: ProfileTable.Group) -> [String] {
        let settings = group.settings.map { setting in
            ([setting.name, "", "set"] + setting.values).map(MarkdownText.escaped)
        }
        let rows = group.rows.map { row in
            [row.label, row.placement ?? "", row.metric].map(MarkdownText.escaped)
                + row.cells.map { cell in
                    [MarkdownText.figure(cell.figure), cell.ratio].filter { !$0.isEmpty }
                        .joined(separator: " ")
                }
        }
        return [""]
            + MarkdownText.table(
                ["parameters", "placement", "metric"] + group.profiles.map(MarkdownText.escaped),
                settings + rows)
            + ["", MarkdownText.escaped(ProfileTable.legend(group.profiles[0])) + "."]
    }

    private func section(of group: FigureGroup) -> [String] {
        let facts = group.common.map { "\($0.key)=\($0.value)" } + ["profile \(group.profile)"]
        var lines = ["### \(MarkdownText.escaped(group.workload))", ""]
        lines.append(MarkdownText.escaped(facts.joined(separator: ", ")))
        let headlines = group.rows.filter { $0.headline != nil }
        if !headlines.isEmpty { lines += [""] + medians(headlines, of: group) }
        let tails = group.rows.filter { !$0.tail.isEmpty }
        if !tails.isEmpty { lines += [""] + percentiles(tails, of: group) }
        if let floor = group.floorText {
            lines += ["", PlotSentence.capitalised(MarkdownText.escaped(floor)) + "."]
        }
        return lines
    }

    private func medians(_ rows: [FigureGroup.Row], of group: FigureGroup) -> [String] {
        MarkdownText.table(
            [
                labelHeading(of: rows), "placement", "metric", "median [95 % interval]",
                "÷ floor", "relative [95 % interval]", "n (processes)>", "doubt",
            ],
            rows.compactMap { row in
                guard let headline = row.headline else { return nil }
                let scale = scale(for: headline, in: group)
                return start(of: row) + [
                    MarkdownText.figure(FigureText(headline, scale: scale)),
                    row.floorRatio.map { MarkdownText.figure(FigureText($0)) } ?? "",
                    row.relative.map { MarkdownText.figure(FigureText($0)) } ?? "",
                    "\(headline.samples) (\(headline.forks))",
                    MarkdownText.escaped(row.headlineDoubts.joined(separator: "; ")),
                ]
            })
    }

    private func percentiles(_ rows: [FigureGroup.Row], of group: FigureGroup) -> [String] {
        let statistics = FigureGroup.Row.tailStatistics
        return MarkdownText.table(
            [labelHeading(of: rows), "placement", "metric"] + statistics
                + ["n (processes)>", "doubt"],
            rows.map { row in
                let figures = statistics.compactMap { row.tail[$0] }
                return start(of: row)
                    + statistics.map { statistic in
                        row.tail[statistic].map { MarkdownText.figure(FigureText($0)) } ?? ""
                    }
                    + [
                        figures.first.map { "\($0.samples) (\($0.forks))" } ?? "",
                        MarkdownText.escaped(row.tailDoubts.joined(separator: "; ")),
                    ]
            })
    }

    private func start(of row: FigureGroup.Row) -> [String] {
        [row.label, row.key.placement ?? "", row.key.metric].map(MarkdownText.escaped)
    }

    private func labelHeading(of rows: [FigureGroup.Row]) -> String {
        rows.contains { $0.key.contender != nil } ? "contender" : "parameters"
    }

    private func scale(for figure: Figure, in group: FigureGroup) -> Presentation.Scale? {
        let values = group.rows.filter { $0.key.metric == figure.metric }
            .compactMap { $0.headline?.value }
        return FigureText.commonScale(of: values, unit: figure.unit)
    }
}
