import Measurement
import Runs

extension PlotSource {
    /// The percentiles of each engine that appends and syncs, on one logarithmic axis, a row for
    /// each engine.
    func durable(_ subject: PlotSubject, fixed: [ParameterSet.Pair]) -> Plot? {
        let rows = subject.keys.filter { figure("p50", of: $0)?.value != nil }
        guard !rows.isEmpty else { return nil }
        let labels = rows.map { subject.label(of: $0) }
        let styles = subject.styles(labels, contenders: contenders(of: subject.workload))
        var extent: [Double] = []
        var cells: [[PlotData.Cell]] = []
        var medians: [PlotSentence.Entry] = []
        var tails: [PlotSentence.Entry] = []
        for (index, key) in rows.enumerated() {
            let label = subject.label(of: key)
            let found = FigureGroup.Row.tailStatistics.map { figure($0, of: key) }
            let values = found.map { $0?.value }
            let median = found.first.flatMap(\.self)
            extent += (values + [median?.ciLow, median?.ciHigh]).compactMap(\.self)
            if let median { medians.append(PlotSource.entry(median, label, nil)) }
            if let tail = figure("p99", of: key), tail.value != nil {
                tails.append(PlotSource.entry(tail, label, nil))
            }
            let position: [PlotData.Cell] = [
                .number(Double(index)), .number(Double(styles[label] ?? 1)),
            ]
            let description: [PlotData.Cell] = [
                .number(median?.ciLow ?? median?.value),
                .number(median?.ciHigh ?? median?.value),
                .number(values.compactMap(\.self).last),
                .text(DisplayText.shortened(label, to: 28)),
                .text(median.map { "\(FigureText($0))" } ?? ""),
                .text(median.map { "n \($0.samples) (\($0.forks))" } ?? ""),
            ]
            cells.append(position + values.map { PlotData.Cell.number($0) } + description)
        }
        let sentence = durableSentence(subject, medians, tails)
        let panel = PlotPanel(
            title: "", height: 34 * Double(rows.count),
            x: .logarithmic(
                extent, unit: subject.unit, label: "append and sync, \(subject.metric)"),
            y: .rows(rows.count))
        let frame = PlotFrame(
            title: sentence,
            facts: [subject.facts] + durabilityNotes(of: subject.workload) + [
                "Thick: 95 % interval of the median, which is spelt out beside it; n: values "
                    + "(processes). A percentile that too few values carry is left out."
            ], foot: foot)
        let name = name(of: subject, "durable", fixed)
        var data = frame.data(kind: .durable, panels: [panel])
        data.append(
            PlotData.Block(
                name: "engines",
                columns: ["row", "style"] + FigureGroup.Row.tailStatistics
                    + ["low", "high", "last", "name", "figure", "n"],
                rows: cells))
        return Plot(name: name, title: sentence, workload: subject.workload, .durable, data)
    }

    /// What the workload's forks said about what it was that they synced to.
    private func durabilityNotes(of workload: String) -> [String] {
        let notes = manifest.forks.filter { fork in
            manifest.workloads.indices.contains(fork.workload)
                && manifest.workloads[fork.workload].workload == workload
        }.flatMap(\.notes)
        return PlotSentence.distinct(notes.filter { $0.lowercased().contains("durab") })
    }

    private func durableSentence(
        _ subject: PlotSubject, _ medians: [PlotSentence.Entry], _ tails: [PlotSentence.Entry]
    ) -> String {
        let better = direction(of: subject.metric, in: subject.workload)
        let first = PlotSentence.leaders(
            medians, quantity: "median append and sync", unit: subject.unit, better: better)
        guard tails.count == medians.count, tails.count > 1 else { return first + "." }
        let second = PlotSentence.leaders(
            tails, quantity: "p99", unit: subject.unit, better: better)
        return "\(first); \(second)."
    }
}
