import Runs

extension PlotSource {
    /// The relative spread of load against virtual nodes, with what random points would give.
    ///
    /// The share of a node with V points placed at random has a relative standard deviation of
    /// about 1/√V (the sum of V exponential gaps); the figures are in percent.
    func balance(_ subject: PlotSubject) -> Plot? {
        let swept = "virtual-nodes"
        var curves: [PlotCurve] = []
        var points: [SweepPoint] = []
        let labels = PlotSentence.distinct(
            subject.keys.map { subject.label(of: $0, without: swept) })
        let styles = subject.styles(labels, contenders: contenders(of: subject.workload))
        for label in labels {
            let own = sweepPoints(
                subject.keys.filter { subject.label(of: $0, without: swept) == label },
                over: swept)
            guard !own.isEmpty else { continue }
            points += own
            curves.append(
                PlotCurve(
                    panel: 0, style: styles[label] ?? 1, name: label,
                    note: PlotSource.sampleRange(own.map(\.figure)),
                    rows: own.map { point in
                        [
                            .number(point.x), .number(point.figure.value),
                            .number(point.figure.ciLow ?? point.figure.value),
                            .number(point.figure.ciHigh ?? point.figure.value),
                        ]
                    }))
        }
        let counts = PlotSentence.distinct(points.map(\.x)).sorted()
        guard let fewest = counts.first, let most = counts.last, fewest < most else { return nil }
        let expected = { (count: Double) in 100 / count.squareRoot() }
        let extent =
            points.flatMap { [$0.figure.value, $0.figure.ciLow, $0.figure.ciHigh] }
            .compactMap(\.self).filter { $0 > 0 } + [expected(fewest), expected(most)]
        let panel = PlotPanel(
            title: "", height: PlotCurve.height(of: 0, in: curves, least: 380),
            x: .logarithmic(counts, unit: "", label: "virtual nodes per node"),
            y: .logarithmic(extent, unit: subject.unit, label: "median \(subject.metric) of load"))
        let sentence =
            "From \(PlotSource.number(fewest)) to \(PlotSource.number(most)) virtual nodes the "
            + "spread of load goes from \(range(points, at: fewest)) to \(range(points, at: most));"
            + " 1/√V gives \(percent(expected(fewest))) and \(percent(expected(most)))."
        let frame = PlotFrame(
            title: sentence,
            facts: [
                subject.facts,
                "Relative standard deviation of the nodes' shares: median over seeds with its "
                    + "95 % interval; n: seeds (processes).",
            ], foot: foot)
        let name = name(of: subject, "by-\(swept)")
        var data = frame.data(kind: .balance, panels: [panel], curves: curves)
        PlotCurve.append(curves, columns: [swept, "value", "low", "high"], to: &data)
        return Plot(name: name, title: sentence, workload: subject.workload, .balance, data)
    }

    private func range(_ points: [SweepPoint], at x: Double) -> String {
        let values = points.filter { $0.x == x }.compactMap(\.figure.value)
        guard let least = values.min(), let greatest = values.max() else { return "–" }
        let low = percent(least)
        let high = percent(greatest)
        return low == high ? low : "\(FigureText.threeDigits(least))–\(high)"
    }

    private func percent(_ value: Double) -> String {
        FigureText.threeDigits(value) + "\u{A0}%"
    }
}
