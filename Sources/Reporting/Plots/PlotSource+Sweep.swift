import Measurement
import Runs

extension PlotSource {
    /// A metric against the parameter `swept`, a panel for each placement, a curve for each
    /// contender: rates with `throughput`, times with `cost`.
    ///
    /// `nil` when no curve has two points.
    func sweep(
        _ subject: PlotSubject, over swept: String, _ kind: PlotKind, fixed: [ParameterSet.Pair]
    ) -> Plot? {
        var curves: [PlotCurve] = []
        var panels: [PlotPanel] = []
        var runs: [SweepRun] = []
        let labels = PlotSentence.distinct(
            subject.keys.map { subject.label(of: $0, without: swept) })
        let styles = subject.styles(labels, contenders: contenders(of: subject.workload))
        for placement in subject.placements(order: order) {
            let before = runs.count
            for label in labels {
                let points = sweepPoints(
                    subject.keys.filter {
                        $0.placement == placement && subject.label(of: $0, without: swept) == label
                    }, over: swept)
                guard points.count > 1 else { continue }
                runs.append(SweepRun(name: label, panel: placement, points: points))
                curves.append(
                    PlotCurve(
                        panel: panels.count, style: styles[label] ?? 1, name: label,
                        note: PlotSource.sampleRange(points.map(\.figure)),
                        rows: points.map { point in
                            [
                                .number(point.x), .number(point.figure.value),
                                .number(point.figure.ciLow ?? point.figure.value),
                                .number(point.figure.ciHigh ?? point.figure.value),
                            ]
                        }))
            }
            guard runs.count > before else { continue }
            panels.append(
                sweepPanel(runs[before...].flatMap(\.points), placement, subject, swept, kind))
        }
        guard !panels.isEmpty else { return nil }
        panels = PlotSource.fitted(panels, to: curves, least: panels.count == 1 ? 380 : 220)
        let sentence =
            (kind == .cost
                ? PlotSource.growth(runs, subject.metric, swept)
                : PlotSource.peaks(runs, subject, swept)) + "."
        let frame = PlotFrame(
            title: sentence,
            facts: [subject.facts, "Medians with their 95 % intervals; n: samples (processes)."],
            foot: foot)
        let name = name(of: subject, "by-\(swept)", fixed)
        var data = frame.data(kind: kind, panels: panels, curves: curves)
        PlotCurve.append(curves, columns: [swept, "value", "low", "high"], to: &data)
        return Plot(name: name, title: sentence, workload: subject.workload, kind, data)
    }

    /// A figure and the parameter's value that it was measured at.
    struct SweepPoint {
        let x: Double
        let figure: Figure
    }

    /// The points of one curve.
    struct SweepRun {
        let name: String
        let panel: String?
        let points: [SweepPoint]
    }

    /// The medians of `keys` that can be drawn, in the order of the parameter `swept`.
    func sweepPoints(_ keys: [FigureKey], over swept: String) -> [SweepPoint] {
        keys.compactMap { key in
            guard let x = key.parameters[swept].flatMap(Double.init), x > 0,
                let figure = figure("median", of: key), let value = figure.value, value > 0
            else { return nil }
            return SweepPoint(x: x, figure: figure)
        }.sorted { $0.x < $1.x }
    }

    /// `n 240 (3)`, or `n 200 to 240 (3)` where the figures rest on different numbers.
    static func sampleRange(_ figures: [Figure]) -> String {
        let samples = figures.map(\.samples)
        let forks = figures.map(\.forks)
        guard let least = samples.min(), let most = samples.max(), let fewest = forks.min(),
            let greatest = forks.max()
        else { return "" }
        let range = { (a: Int, b: Int) in a == b ? "\(a)" : "\(a) to \(b)" }
        return "n \(range(least, most)) (\(range(fewest, greatest)))"
    }

    private func sweepPanel(
        _ points: [SweepPoint], _ placement: String?, _ subject: PlotSubject, _ swept: String,
        _ kind: PlotKind
    ) -> PlotPanel {
        let extent = points.flatMap { point in
            [point.figure.value, point.figure.ciLow, point.figure.ciHigh].compactMap(\.self)
        }.filter { $0 > 0 }
        let label = "median \(subject.metric)"
        return PlotPanel(
            title: title(ofPlacement: placement), height: 0,
            x: .logarithmic(points.map(\.x), unit: "", label: swept),
            y: kind == .cost
                ? .logarithmic(extent, unit: subject.unit, label: label)
                : .linear(extent, unit: subject.unit, label: label))
    }

    /// What becomes of each curve from its first point to its last: `From nodes=10 to 10000 the
    /// median latency is multiplied: nilometer ×1.31, ordered-map ×4.68`.
    private static func growth(_ runs: [SweepRun], _ metric: String, _ swept: String) -> String {
        let factors = runs.compactMap { run -> (text: String, factor: Double)? in
            guard let start = run.points.first?.figure.value,
                let end = run.points.last?.figure.value
            else { return nil }
            let place = run.panel.map { " (\($0))" } ?? ""
            let factor = FigureText.threeDigits(end / start)
            return (PlotSentence.unbroken("\(run.name) ×\(factor)\(place)"), end / start)
        }
        let positions = runs.flatMap(\.points).map(\.x)
        let shown =
            factors.count <= 5
            ? factors.map(\.text).joined(separator: ", ")
            : [
                factors.min { $0.factor < $1.factor }?.text ?? "",
                factors.max { $0.factor < $1.factor }?.text ?? "",
            ].joined(separator: " at least, ") + " at most"
        return "From \(swept)=\(number(positions.min() ?? 0)) to \(number(positions.max() ?? 0)) "
            + "the median \(metric) is multiplied: \(shown)"
    }

    /// Who reaches the most where: `nilometer has the highest median throughput, at batch=64:
    /// 92 M msgs/s (smt)`. Those whose intervals overlap the best one's there are named with it.
    private static func peaks(
        _ runs: [SweepRun], _ subject: PlotSubject, _ swept: String
    ) -> String {
        var parts: [(head: String, values: [String])] = []
        for panel in PlotSentence.distinct(runs.map(\.panel)) {
            let entries = runs.filter { $0.panel == panel }.flatMap { run in
                run.points.map { (x: $0.x, entry: entry($0.figure, run.name, panel)) }
            }
            guard let best = entries.max(by: { $0.entry.value < $1.entry.value }) else { continue }
            let there = entries.filter { $0.x == best.x }.map(\.entry)
            let names = PlotSentence.leading(there, better: .higher)
            let verb = names.count == 1 ? "has" : "share"
            let head =
                "\(PlotSentence.shortList(names)) \(verb) the highest median \(subject.metric), "
                + "at \(swept)=\(number(best.x))"
            let value =
                PlotSentence.figure(best.entry.value, unit: subject.unit)
                + (panel.map { " (\($0))" } ?? "")
            if let index = parts.firstIndex(where: { $0.head == head }) {
                parts[index].values.append(value)
            } else {
                parts.append((head, [value]))
            }
        }
        return parts.map { "\($0.head): \($0.values.joined(separator: ", "))" }
            .joined(separator: "; ")
    }

    /// A parameter's value without a needless decimal point.
    static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
