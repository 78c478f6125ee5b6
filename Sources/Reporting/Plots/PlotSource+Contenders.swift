import Measurement
import Runs

extension PlotSource {
    /// Medians with intervals: a panel for each placement, a bar for each contender, the figures
    /// spelt out beside them.
    func contenders(_ subject: PlotSubject) -> Plot? {
        guard subject.setsApart else { return nil }
        var panels: [PlotPanel] = []
        var blocks: [PlotData.Block] = []
        var entries: [PlotSentence.Entry] = []
        let styles = subject.styles(
            subject.keys.map { subject.label(of: $0) },
            contenders: contenders(of: subject.workload))
        for placement in subject.placements(order: order) {
            let rows = subject.keys.filter { $0.placement == placement }
                .compactMap { key in figure("median", of: key).map { (key, $0) } }
                .filter { $0.1.value != nil }
            guard !rows.isEmpty else { continue }
            let extent = rows.flatMap { key, figure in
                [
                    figure.value, figure.ciLow, figure.ciHigh,
                    floor(of: key, unit: subject.unit)?.value,
                ]
                .compactMap(\.self)
            }
            panels.append(
                PlotPanel(
                    title: title(ofPlacement: placement), height: 28 * Double(rows.count),
                    x: .suiting(
                        extent, unit: subject.unit, label: "median \(subject.metric)", ratio: 30),
                    y: .rows(rows.count)))
            blocks.append(block(rows, subject, styles, number: blocks.count))
            entries += rows.map { key, figure in
                PlotSource.entry(figure, subject.label(of: key), placement)
            }
        }
        guard !panels.isEmpty else { return nil }
        let sentence = PlotSentence.leaders(
            entries, quantity: "median \(subject.metric)", unit: subject.unit,
            better: direction(of: subject.metric, in: subject.workload))
        let frame = PlotFrame(
            title: "\(sentence).", facts: [subject.facts, contenderLegend(subject)], foot: foot)
        let name = name(of: subject, "contenders")
        var data = frame.data(kind: .contenders, panels: panels)
        blocks.forEach { data.append($0) }
        return Plot(
            name: name, title: "\(sentence).", workload: subject.workload, .contenders, data)
    }

    static func entry(
        _ figure: Figure, _ name: String, _ panel: String?
    ) -> PlotSentence.Entry {
        let value = figure.value ?? .nan
        return .init(
            panel: panel, name: name, value: value, low: figure.ciLow ?? value,
            high: figure.ciHigh ?? value)
    }

    private func contenderLegend(_ subject: PlotSubject) -> String {
        let hasFloor = subject.keys.contains { floor(of: $0, unit: subject.unit) != nil }
        let relative = specification(of: "relative", in: subject.workload)
        let hasRelative =
            !subject.spansProfiles && subject.keys.contains { companion("relative", of: $0) != nil }
        let hasDoubt = subject.keys.contains { key in
            figure("median", of: key).map { $0.quality != "ok" } ?? false
        }
        return "Medians with their 95 % intervals; n: samples (processes)."
            + (hasRelative ? relative.map { " Relative: \($0.summary)" } ?? "" : "")
            + (subject.spansProfiles
                ? " Relative: the median over that of \(firstProfile(of: subject))." : "")
            + (hasFloor ? " Thick black line: the floor beneath the figure." : "")
            + (hasDoubt ? " !: in doubt, the report says why." : "")
    }

    private func block(
        _ rows: [(FigureKey, Figure)], _ subject: PlotSubject, _ styles: [String: Int],
        number: Int
    ) -> PlotData.Block {
        let scale = FigureText.commonScale(
            of: rows.compactMap { $0.1.value }, unit: subject.unit)
        return PlotData.Block(
            name: "bars of panel \(number)",
            columns: [
                "row", "style", "value", "low", "high", "floor", "name", "figure", "floor ratio",
                "relative", "n",
            ],
            rows: rows.enumerated().map { index, row in
                let (key, figure) = row
                let label = subject.label(of: key)
                let ratio = companion("floor-ratio", of: key)
                let relative =
                    subject.spansProfiles
                    ? profileRatio(figure, key, subject)
                    : companion("relative", of: key).map(FigureTable.relativeText)
                let mark = figure.quality == "ok" ? "" : " !"
                return [
                    .number(Double(index)), .number(Double(styles[label] ?? 1)),
                    .number(figure.value), .number(figure.ciLow), .number(figure.ciHigh),
                    .number(floor(of: key, unit: subject.unit)?.value),
                    .text(DisplayText.shortened(label, to: 28)),
                    .text("\(FigureText(figure, scale: scale))"),
                    .text(ratio.map { FigureText($0).value ?? "–" } ?? ""),
                    .text(relative ?? ""),
                    .text("\(figure.samples) (\(figure.forks))\(mark)"),
                ]
            })
    }

    private func firstProfile(of subject: PlotSubject) -> String {
        let present = Set(subject.keys.map(\.profile))
        return manifest.profiles.map(\.name).first(where: present.contains) ?? subject.profile
    }

    /// A median over that of the first profile, with the same of everything else.
    private func profileRatio(
        _ figure: Figure, _ key: FigureKey, _ subject: PlotSubject
    ) -> String? {
        let first = firstProfile(of: subject)
        let same = subject.settings.strippedKey(of: key).under(first)
        let match = subject.keys.first {
            $0.profile == first && subject.settings.strippedKey(of: $0) == same
        }
        guard let base = match.flatMap({ self.figure("median", of: $0)?.value }), base != 0,
            let value = figure.value
        else { return nil }
        return FigureText.threeDigits(value / base)
    }
}
