import Measurement
import Quantities
import Runs

extension PlotSource {
    /// Times against rates, where a workload has both for the same settings and sweeps one of them:
    /// what more of the one costs in the other. `keys` are of one workload and profile.
    ///
    /// Where a rate is but the inverse of the time, there is nothing to be seen and no picture.
    func tradeoffs(_ keys: [FigureKey]) -> [Plot] {
        guard let workload = keys.first?.workload else { return [] }
        let metrics = PlotSentence.distinct(order.sorted(keys, of: workload).map(\.metric))
        guard let rate = metrics.first(where: { isOf([.frequency, .bandwidth], $0, keys) }),
            let time = metrics.first(where: { isOf([.time], $0, keys) })
        else { return [] }
        let both = keys.filter { key in
            key.metric == rate && figure("median", of: key)?.value ?? 0 > 0
                && point(key, time, "median") != nil
        }
        let unit = both.first.flatMap { figures[$0]?.first?.unit } ?? ""
        guard let subject = PlotSubject(both, unit: unit, order: order),
            let swept = subject.widestSweep, !isInverse(both, time)
        else { return [] }
        return parts(of: subject, besides: swept).compactMap { part, fixed in
            tradeoff(part, time, swept, fixed)
        }
    }

    private func isOf(
        _ dimensions: [Unit.Dimension], _ metric: String, _ keys: [FigureKey]
    ) -> Bool {
        let unit = keys.first { $0.metric == metric }.flatMap { figures[$0]?.first?.unit }
        guard let dimension = unit.flatMap({ Unit(symbol: $0) })?.dimension else { return false }
        return dimensions.contains(dimension)
    }

    /// The time beside a rate.
    private func point(_ key: FigureKey, _ time: String, _ statistic: String) -> Figure? {
        figure(statistic, of: key.with(metric: time)).flatMap { ($0.value ?? 0) > 0 ? $0 : nil }
    }

    /// Whether rate and time say the same: their product hardly changes.
    private func isInverse(_ keys: [FigureKey], _ time: String) -> Bool {
        let products = keys.compactMap { key -> Double? in
            guard let rate = figure("median", of: key)?.value,
                let value = point(key, time, "median")?.value
            else { return nil }
            return rate * value
        }
        guard let least = products.min(), let most = products.max() else { return true }
        return most < least * 1.1
    }

    private func tradeoff(
        _ subject: PlotSubject, _ time: String, _ swept: String, _ fixed: [ParameterSet.Pair]
    ) -> Plot? {
        let hasTails = subject.keys.allSatisfy { point($0, time, "p99") != nil }
        let statistic = hasTails ? "p99" : "median"
        var curves: [PlotCurve] = []
        var panels: [PlotPanel] = []
        let labels = PlotSentence.distinct(
            subject.keys.map { subject.label(of: $0, without: swept) })
        let styles = subject.styles(labels, contenders: contenders(of: subject.workload))
        for placement in subject.placements(order: order) {
            var points: [TradeoffPoint] = []
            for label in labels {
                let own = subject.keys.filter {
                    $0.placement == placement && subject.label(of: $0, without: swept) == label
                }.compactMap { tradeoffPoint($0, time, statistic, swept) }
                    .sorted { $0.parameter < $1.parameter }
                guard own.count > 2 else { continue }
                points += own
                curves.append(
                    PlotCurve(
                        panel: panels.count, style: styles[label] ?? 1, name: label,
                        note: PlotSource.sampleRange(own.map(\.rate)), rows: own.map(\.cells)))
            }
            guard let first = points.first else { continue }
            panels.append(
                PlotPanel(
                    title: title(ofPlacement: placement), height: 0,
                    x: .suiting(
                        points.flatMap { PlotSource.extent(of: $0.rate) }, unit: subject.unit,
                        label: "median \(subject.metric)", ratio: 8),
                    y: .suiting(
                        points.flatMap { PlotSource.extent(of: $0.time) }, unit: first.time.unit,
                        label: "\(statistic) \(time)", ratio: 8)))
        }
        guard !panels.isEmpty else { return nil }
        panels = PlotSource.fitted(panels, to: curves, least: panels.count == 1 ? 380 : 240)
        let sentence =
            "\(PlotSentence.capitalised("\(statistic) \(time)")) against median "
            + "\(subject.metric), along \(swept)."
        let frame = PlotFrame(
            title: sentence,
            facts: [
                subject.facts,
                "Figures with their 95 % intervals; beside the first curve's points stands "
                    + "\(swept). n: samples of the rate (processes).",
            ], foot: foot)
        let name = name(of: subject, "against-\(time)", fixed)
        var data = frame.data(kind: .tradeoff, panels: panels, curves: curves)
        PlotCurve.append(
            curves,
            columns: ["rate", "rate low", "rate high", "time", "time low", "time high", swept],
            to: &data)
        return Plot(name: name, title: sentence, workload: subject.workload, .tradeoff, data)
    }

    private struct TradeoffPoint {
        let parameter: Double
        let rate: Figure
        let time: Figure

        var cells: [PlotData.Cell] {
            [rate, time].flatMap { figure -> [PlotData.Cell] in
                [
                    .number(figure.value), .number(figure.ciLow ?? figure.value),
                    .number(figure.ciHigh ?? figure.value),
                ]
            } + [.text(PlotSource.number(parameter))]
        }
    }

    private func tradeoffPoint(
        _ key: FigureKey, _ time: String, _ statistic: String, _ swept: String
    ) -> TradeoffPoint? {
        guard let parameter = key.parameters[swept].flatMap(Double.init),
            let rate = figure("median", of: key), let time = point(key, time, statistic)
        else { return nil }
        return TradeoffPoint(parameter: parameter, rate: rate, time: time)
    }

    private static func extent(of figure: Figure) -> [Double] {
        [figure.value, figure.ciLow, figure.ciHigh].compactMap(\.self)
    }
}
