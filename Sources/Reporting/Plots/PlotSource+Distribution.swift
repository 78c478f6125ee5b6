import Runs

extension PlotSource {
    /// The share of samples that a value is not exceeded by, a panel for each placement.
    func distribution(_ subject: PlotSubject) -> Plot? {
        guard subject.setsApart else { return nil }
        var curves: [PlotCurve] = []
        var medians: [[PlotData.Cell]] = []
        var panels: [PlotPanel] = []
        var entries: [PlotSentence.Entry] = []
        let labels = subject.keys.map { subject.label(of: $0) }
        let styles = subject.styles(labels, contenders: contenders(of: subject.workload))
        for placement in subject.placements(order: order) {
            var extent: [Double] = []
            for key in subject.keys where key.placement == placement {
                guard let own = samples[key], own.count > 1 else { continue }
                let label = subject.label(of: key)
                let points = PlotSource.cumulative(own.values)
                extent += points.map(\.value)
                curves.append(
                    PlotCurve(
                        panel: panels.count, style: styles[label] ?? 1, name: label,
                        note: "n \(own.count) (\(own.forks.count))",
                        rows: points.map { [.number($0.value), .number($0.share)] }))
                guard let median = figure("median", of: key), let value = median.value else {
                    continue
                }
                entries.append(PlotSource.entry(median, label, placement))
                medians.append([
                    .number(Double(panels.count)), .number(Double(styles[label] ?? 1)),
                    .number(value), .number(median.ciLow ?? value),
                    .number(median.ciHigh ?? value),
                ])
            }
            guard !extent.isEmpty else { continue }
            panels.append(
                PlotPanel(
                    title: title(ofPlacement: placement), height: 0,
                    x: PlotSource.sampleAxis(extent, subject), y: PlotSource.shareAxis))
        }
        guard !panels.isEmpty else { return nil }
        panels = PlotSource.fitted(panels, to: curves, least: panels.count == 1 ? 360 : 190)
        let sentence =
            (medians.isEmpty
                ? "\(PlotSentence.capitalised(subject.metric)), sample by sample"
                : PlotSentence.ranges(
                    entries, quantity: "median \(subject.metric)", unit: subject.unit)) + "."
        let frame = PlotFrame(
            title: sentence,
            facts: [
                subject.facts,
                "All samples after warm-up, none removed; n: samples (processes). "
                    + "Points: medians with their 95 % intervals.",
            ], foot: foot)
        let name = name(of: subject, "distribution")
        var data = frame.data(kind: .distribution, panels: panels, curves: curves)
        PlotCurve.append(curves, columns: ["value", "share"], to: &data)
        data.append(
            PlotData.Block(
                name: "medians", columns: ["panel", "style", "value", "low", "high"],
                rows: medians))
        return Plot(name: name, title: sentence, workload: subject.workload, .distribution, data)
    }

    private static let shareAxis = PlotAxis(
        label: "samples up to this", isLogarithmic: false, low: 0, high: 1, step: 0.25,
        factor: 100, format: "%g %%")

    /// The axis of the samples: from the least to the greatest, not from zero, since what is
    /// compared are positions.
    static func sampleAxis(_ values: [Double], _ subject: PlotSubject) -> PlotAxis {
        let least = values.min() ?? 0
        let greatest = values.max() ?? 1
        if least > 0, greatest > least * 4 {
            return .logarithmic(values, unit: subject.unit, label: subject.metric, margin: 1.05)
        }
        return .spanning(least, greatest, unit: subject.unit, label: subject.metric)
    }

    /// The empirical distribution of `values`: each with the share of values up to it, thinned to
    /// at most 400 steps, the least and the greatest always among them.
    static func cumulative(_ values: [Double]) -> [(value: Double, share: Double)] {
        let sorted = values.sorted()
        let steps = min(sorted.count, 400)
        return (0..<steps).map { step in
            let index = steps == 1 ? 0 : step * (sorted.count - 1) / (steps - 1)
            return (sorted[index], Double(index + 1) / Double(sorted.count))
        }
    }
}
