import Measurement
import Quantities
import Runs

extension HTMLReport {
    /// The figures, a part for each workload and profile.
    var figureSection: Section? {
        let groups = FigureGroup.groups(of: content.figures, order: RunOrder(content.manifest))
        guard !groups.isEmpty else { return nil }
        let workloads = PlotSentence.distinct(groups.map(\.workload))
        var parts: [Markup] = []
        if workloads.count > 1 {
            let links = workloads.enumerated().map { index, workload in
                Markup.element(
                    "a", [("href", "#\(HTMLReport.identifier(index, workload))")],
                    text: workload)
            }
            let divided = links.enumerated().flatMap { index, link in
                index == 0 ? [link] : [Markup.text(", "), link]
            }
            parts += [.element("p", [("class", "facts")], divided), .newline]
        }
        let sentences = content.commandSentences
        if !sentences.isEmpty { parts.append(HTMLReport.list(sentences)) }
        let profiles = ProfileTable(content.figures, manifest: content.manifest).groups
        for (index, workload) in workloads.enumerated() {
            parts.append(
                .element("h3", [("id", HTMLReport.identifier(index, workload))], text: workload))
            parts.append(.newline)
            parts += groups.filter { $0.workload == workload }.map(tables)
            parts += profiles.filter { $0.workload == workload }.map(sideBySide)
            parts += content.pictures.filter { $0.workload == workload }.map(figure)
            parts.append(raw(workload))
        }
        return Section(identifier: "figures", heading: "Figures", parts: parts)
    }

    private func tables(of group: FigureGroup) -> Markup {
        let facts = group.common.map { "\($0.key)=\($0.value)" } + ["profile \(group.profile)"]
        var doubts = DoubtList()
        var parts: [Markup] = [
            .element("p", [("class", "facts")], text: facts.joined(separator: ", ")), .newline,
            medians(of: group, &doubts).markup, tails(of: group, &doubts).markup,
        ]
        if !doubts.reasons.isEmpty { parts.append(HTMLReport.legend(of: doubts)) }
        if let floor = group.floorText {
            parts += [
                .element(
                    "p", [("class", "facts")], text: PlotSentence.capitalised(floor) + "."),
                .newline,
            ]
        }
        return .all(parts)
    }

    /// What the marks of a table's rows stand for.
    private static func legend(of doubts: DoubtList) -> Markup {
        let texts = doubts.reasons.enumerated().map { "!\($0 + 1) \(DisplayText.clean($1))" }
        return .all([
            .element("p", [("class", "facts")], text: texts.joined(separator: "; ") + "."),
            .newline,
        ])
    }

    private func medians(
        of group: FigureGroup, _ doubts: inout DoubtList
    ) -> MarkupTable {
        var table = MarkupTable(
            caption: "Medians of \(group.workload), profile \(group.profile)",
            columns: [
                .init(heading: HTMLReport.labelHeading(of: group.rows)),
                .init(heading: "placement"), .init(heading: "metric"),
                .init(heading: "median [95 % interval]", style: "figure"),
                .init(heading: "÷ floor", isNumeric: true),
                .init(heading: "relative [95 % interval]", style: "figure"),
                .init(heading: "n (processes)", isNumeric: true),
                .init(heading: "doubt"),
            ])
        for row in group.rows {
            guard let headline = row.headline else { continue }
            let values = group.rows.filter { $0.key.metric == headline.metric }
                .compactMap { $0.headline?.value }
            let scale = FigureText.commonScale(of: values, unit: headline.unit)
            table.append(
                HTMLReport.start(of: row) + [
                    .init(FigureText(headline, scale: scale), sortedBy: headline.value),
                    .init(
                        row.floorRatio.map { FigureText($0).value ?? "–" } ?? "",
                        key: row.floorRatio?.value),
                    row.relative.map { .init(FigureText($0), sortedBy: $0.value) } ?? .init(""),
                    HTMLReport.count(headline),
                    .init(doubts.marks(for: row.headlineDoubts)),
                ])
        }
        return table
    }

    private func tails(of group: FigureGroup, _ doubts: inout DoubtList) -> MarkupTable {
        let statistics = FigureGroup.Row.tailStatistics
        let rows = group.rows.filter { !$0.tail.isEmpty }
        var table = MarkupTable(
            caption: "Percentiles of \(group.workload), profile \(group.profile)",
            columns: [
                .init(heading: HTMLReport.labelHeading(of: rows)), .init(heading: "placement"),
                .init(heading: "metric"),
            ] + statistics.map { .init(heading: $0, isNumeric: true) } + [
                .init(heading: "n (processes)", isNumeric: true),
                .init(heading: "doubt"),
            ])
        for row in rows {
            let figures = statistics.compactMap { row.tail[$0] }
            let cells = statistics.map { statistic -> MarkupTable.Cell in
                guard let figure = row.tail[statistic] else { return .init("") }
                return .init(percentile(figure), key: figure.value)
            }
            table.append(
                HTMLReport.start(of: row) + cells + [
                    figures.first.map(HTMLReport.count) ?? .init(""),
                    .init(doubts.marks(for: row.tailDoubts)),
                ])
        }
        return table
    }

    /// A percentile with its interval beneath it; a dash says how many samples it would need.
    private func percentile(_ figure: Figure) -> Markup {
        let text = FigureText(figure)
        guard let value = text.value else {
            return .element("span", [("title", figure.quality)], text: "–")
        }
        let interval = text.interval.map { [Markup.element("small", text: $0)] } ?? []
        return .all([.text("\(value)\u{A0}\(text.unit)")] + interval)
    }

    private func sideBySide(_ group: ProfileTable.Group) -> Markup {
        var table = MarkupTable(
            caption: "Profiles side by side: \(group.workload)",
            columns: [
                .init(heading: "parameters"), .init(heading: "placement"),
                .init(heading: "metric"),
            ] + group.profiles.map { .init(heading: $0, style: "figure") })
        for setting in group.settings {
            table.append(
                [.init(setting.name, isHeading: true), .init(""), .init("set")]
                    + setting.values.map { .init($0) })
        }
        for row in group.rows {
            let names = [row.label, row.placement ?? "", row.metric]
            table.append(
                names.enumerated().map { .init($1, isHeading: $0 == 0 && !$1.isEmpty) }
                    + row.cells.map { cell in
                        let ratio = cell.ratio.isEmpty ? "" : " \(cell.ratio)"
                        return .init(
                            .all([MarkupTable.figure(cell.figure), .text(ratio)]),
                            key: cell.value)
                    })
        }
        return .all([
            table.markup,
            .element(
                "p", [("class", "facts")], text: ProfileTable.legend(group.profiles[0]) + "."),
            .newline,
        ])
    }

    private static func start(of row: FigureGroup.Row) -> [MarkupTable.Cell] {
        [
            .init(row.label, isHeading: !row.label.isEmpty), .init(row.key.placement ?? ""),
            .init(row.key.metric),
        ]
    }

    /// How many samples a figure rests on, and how many processes they come from.
    private static func count(_ figure: Figure) -> MarkupTable.Cell {
        .init("\(figure.samples) (\(figure.forks))", key: Double(figure.samples))
    }

    private static func labelHeading(of rows: [FigureGroup.Row]) -> String {
        rows.contains { $0.key.contender != nil } ? "contender" : "parameters"
    }

    /// A picture with what it was made from; one that is not within the page is linked to.
    func figure(_ picture: Picture) -> Markup {
        let link = { (ending: String, text: String) in
            Markup.element("a", [("href", "plots/\(picture.name).\(ending)")], text: text)
        }
        let drawing =
            drawings[picture.name].map { drawing in
                Markup.element(
                    "div",
                    [
                        ("class", "scroll"), ("role", "region"), ("tabindex", "0"),
                        ("aria-label", "Picture: \(picture.title)"),
                    ], [drawing])
            } ?? .element("p", text: picture.title)
        return .all([
            .element(
                "figure", [("id", "plot-\(picture.name)")],
                [
                    drawing, .newline,
                    .element(
                        "figcaption", [],
                        [
                            link("svg", "SVG"), .text(", "), link("png", "PNG"), .text(", "),
                            link("dat", "data"), .text(", "), link("gp", "gnuplot script"),
                        ]),
                ]), .newline,
        ])
    }

    /// Every statistic of a workload as the rows of `results.csv`, and where the samples are.
    private func raw(_ workload: String) -> Markup {
        let histograms = content.manifest.histograms.filter {
            $0.key.workload == workload && $0.fork == nil
        }
        let files = histograms.map { file in
            Markup.element("a", [("href", "histograms/\(file.file)")], text: file.file)
        }
        let listed = files.flatMap { [Markup.text(", "), $0] }
        let text = rows[workload].map { Markup.element("pre", [("tabindex", "0")], [$0]) }
        return .all([
            .element(
                "details", [],
                [
                    .element("summary", text: "Raw numbers of \(workload)"),
                    text ?? .element("p", text: "Too many for this page."),
                    .element(
                        "p", [("class", "facts")],
                        [
                            .text("In files: "),
                            .element("a", [("href", "results.csv")], text: "results.csv"),
                            .text(", "),
                            .element("a", [("href", "samples.csv")], text: "samples.csv"),
                        ] + listed),
                ]), .newline,
        ])
    }
}
