import Measurement
import Runs

extension PlotSource {
    /// Latency against percentile on a scale that stretches the tail, a panel for each placement.
    ///
    /// A curve ends where fewer than three values lie beyond it: what is further out is chance.
    func percentiles(_ subject: PlotSubject, fixed: [ParameterSet.Pair]) -> Plot? {
        var curves: [PlotCurve] = []
        var panels: [PlotPanel] = []
        let labels = subject.keys.map { subject.label(of: $0) }
        let styles = subject.styles(labels, contenders: contenders(of: subject.workload))
        var intervals: [[PlotData.Cell]] = []
        for placement in subject.placements(order: order) {
            var values: [Double] = []
            var farthest = 100.0
            for key in subject.keys where key.placement == placement {
                guard let distribution = distributions[key] else { continue }
                let points = PlotSource.tailPoints(of: distribution)
                guard let last = points.last else { continue }
                let label = subject.label(of: key)
                values += points.map(\.value)
                farthest = max(farthest, last.inverse)
                curves.append(
                    PlotCurve(
                        panel: panels.count, style: styles[label] ?? 1, name: label,
                        note: "n \(distribution.count)",
                        rows: points.map { [.number($0.value), .number($0.inverse)] }))
                intervals += tailIntervals(
                    of: key, panel: panels.count, style: styles[label] ?? 1,
                    upTo: last.inverse)
            }
            guard !values.isEmpty else { continue }
            panels.append(
                PlotPanel(
                    title: title(ofPlacement: placement), height: 0,
                    x: .logarithmic([1, farthest], unit: "", label: "percentile", margin: 1.0001),
                    y: .suiting(values, unit: subject.unit, label: subject.metric, ratio: 8)))
        }
        guard !panels.isEmpty else { return nil }
        panels = PlotSource.fitted(panels, to: curves, least: panels.count == 1 ? 360 : 210)
        let sentence = tailSentence(subject)
        let frame = PlotFrame(
            title: sentence,
            facts: [
                subject.facts,
                "All values of all processes; points: percentiles with their 95 % intervals. "
                    + "Curves end where fewer than 3 values lie beyond.",
            ], foot: foot)
        let name = name(of: subject, "percentiles", fixed)
        var data = frame.data(kind: .percentiles, panels: panels, curves: curves)
        PlotCurve.append(curves, columns: ["value", "1/(1-percentile)"], to: &data)
        data.append(
            PlotData.Block(
                name: "intervals",
                columns: ["panel", "style", "1/(1-percentile)", "value", "low", "high"],
                rows: intervals))
        return Plot(name: name, title: sentence, workload: subject.workload, .percentiles, data)
    }

    /// `panels` made as high as their legends and `least` ask for.
    static func fitted(
        _ panels: [PlotPanel], to curves: [PlotCurve], least: Double
    ) -> [PlotPanel] {
        panels.enumerated().map { index, panel in
            PlotPanel(
                title: panel.title,
                height: PlotCurve.height(of: index, in: curves, least: least), x: panel.x,
                y: panel.y)
        }
    }

    /// The percentiles that are printed, with 1/(1 − percentile).
    static let tailStatistics = [
        ("p50", 2.0), ("p90", 10), ("p99", 100), ("p99.9", 1000), ("p99.99", 10000),
    ]

    /// The curve of a distribution in nanoseconds, thinned to steps that can be seen.
    static func tailPoints(
        of distribution: LatencyDistribution
    ) -> [(value: Double, inverse: Double)] {
        let total = Double(distribution.count)
        var points: [(value: Double, inverse: Double)] = []
        var below = 0.0
        for bucket in distribution.buckets {
            let value = Double(bucket.picoseconds) / 1000
            if points.isEmpty { points.append((value, 1)) }
            below += Double(bucket.count)
            let beyond = total - below
            guard beyond >= 3 else { break }
            let inverse = total / beyond
            // 1 % of the inverse is less than a pixel.
            if inverse > (points.last?.inverse ?? 0) * 1.01 { points.append((value, inverse)) }
        }
        return points
    }

    private func tailIntervals(
        of key: FigureKey, panel: Int, style: Int, upTo farthest: Double
    ) -> [[PlotData.Cell]] {
        PlotSource.tailStatistics.compactMap { statistic, inverse in
            guard inverse <= farthest, let figure = figure(statistic, of: key),
                let value = figure.value
            else { return nil }
            return [
                .number(Double(panel)), .number(Double(style)), .number(inverse), .number(value),
                .number(figure.ciLow ?? value), .number(figure.ciHigh ?? value),
            ]
        }
    }

    /// Who leads at the farthest percentile that all contenders have a figure for.
    private func tailSentence(_ subject: PlotSubject) -> String {
        for (statistic, _) in PlotSource.tailStatistics.reversed() {
            let found = subject.keys.compactMap { key -> PlotSentence.Entry? in
                guard let figure = figure(statistic, of: key), figure.value != nil else {
                    return nil
                }
                return PlotSource.entry(figure, subject.label(of: key), key.placement)
            }
            guard found.count == subject.keys.count else { continue }
            return PlotSentence.leaders(
                found, quantity: "\(statistic) \(subject.metric)", unit: subject.unit,
                better: direction(of: subject.metric, in: subject.workload)) + "."
        }
        let names = PlotSentence.distinct(subject.keys.map { subject.label(of: $0) })
        return "\(PlotSentence.capitalised(subject.metric)) of \(PlotSentence.shortList(names)) "
            + "by percentile."
    }
}
