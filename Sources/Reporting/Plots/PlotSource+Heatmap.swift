import Glibc
import Measurement
import Quantities
import Runs

extension PlotSource {
    /// A metric of pairs as a map: a column for each processing unit `from`, a row for each `to`.
    ///
    /// `nil` where the pairs differ in something else as well, so that a cell would be two figures.
    func heatmap(_ subject: PlotSubject) -> Plot? {
        let cells = subject.keys.compactMap { key in heatCell(key) }
            .sorted { ($0.to, $0.from) < ($1.to, $1.from) }
        guard let least = cells.min(by: { $0.value < $1.value }),
            let most = cells.max(by: { $0.value < $1.value }),
            Set(cells.map { [$0.from, $0.to] }).count == cells.count
        else { return nil }
        let units = Set(cells.flatMap { [$0.from, $0.to] }).sorted()
        let grid = HeatGrid(units: units)
        let scale = HeatScale(low: least.value, high: most.value)
        let sentence = heatSentence(subject, least, most, cells: cells.count)
        let axis = { (label: String) in
            PlotAxis(
                label: label, isLogarithmic: false, low: -0.5, high: Double(units.count) - 0.5,
                step: 1, factor: 1, format: "")
        }
        let panel = PlotPanel(
            title: "", height: grid.side, x: axis("processing unit"), y: axis("processing unit"))
        let frame = PlotFrame(
            title: sentence,
            facts: [subject.facts(without: ["from", "relation", "to"])]
                + heatFacts(subject, cells, grid), foot: foot)
        var data = frame.data(kind: .heatmap, panels: [panel])
        data.append(grid.block(cells, scale, unit: subject.unit))
        data.append(grid.labels)
        data.append(scale.block(unit: subject.unit))
        let relations = HeatRelation.block(of: cells, unit: subject.unit)
        data.append(
            PlotData.Block(
                name: "grid", columns: ["side", "cell", "relations", "scale label"],
                rows: [
                    [
                        .number(grid.side), .number(grid.cell),
                        .number(Double(relations.rows.count)),
                        .text("median \(subject.metric)"),
                    ]
                ]))
        // Last: gnuplot does not count a block without rows.
        data.append(relations)
        return Plot(
            name: name(of: subject, "map"), title: sentence, workload: subject.workload, .heatmap,
            data)
    }

    private func heatCell(_ key: FigureKey) -> HeatCell? {
        guard let from = key.parameters["from"].flatMap(Int.init),
            let to = key.parameters["to"].flatMap(Int.init), from != to,
            let figure = figure("median", of: key), let value = figure.value, value > 0
        else { return nil }
        return HeatCell(
            from: min(from, to), to: max(from, to), value: value, figure: figure,
            relation: key.parameters["relation"] ?? "")
    }

    private func heatSentence(
        _ subject: PlotSubject, _ least: HeatCell, _ most: HeatCell, cells: Int
    ) -> String {
        let text = { (cell: HeatCell) in
            let value = PlotSentence.figure(cell.value, unit: subject.unit)
            return "\(value) (\(cell.from)\u{A0}and\u{A0}\(cell.to))"
        }
        let start = "Median \(subject.metric) between two processing units"
        return cells == 1
            ? "\(start): \(text(least))."
            : "\(start): from \(text(least)) to \(text(most)), "
                + "×\(FigureText.threeDigits(most.value / least.value))."
    }

    /// The unit in which cells too small for it print their numbers.
    private func cellUnit(_ cells: [HeatCell], _ unit: String) -> String {
        FigureText.printed(
            FigureText.commonScale(of: cells.map(\.value), unit: unit)?.symbol ?? unit)
    }

    private func heatFacts(
        _ subject: PlotSubject, _ cells: [HeatCell], _ grid: HeatGrid
    ) -> [String] {
        let summary = specification(of: subject.metric, in: subject.workload)?.summary
        let halves = cells.compactMap(\.halfWidth).sorted()
        let intervals =
            halves.last.map { most in
                "95 % intervals reach \(HeatCell.percent(halves[halves.count / 2])) to either side "
                    + "in the median pair, \(HeatCell.percent(most)) in the widest"
            } ?? "no intervals: from one process there are none"
        let doubtful = cells.count { $0.figure.quality != "ok" }
        return [
            (summary.map { "\(PlotSentence.capitalised($0.trimmed(of: "."))). " } ?? "")
                + (grid.hasIntervals
                    ? "In each cell the median and its 95 % interval; "
                    : grid.hasNumbers
                        ? "In each cell the median in \(cellUnit(cells, subject.unit)); "
                        : "Each cell is a median; ")
                + "\(intervals). \(PlotSource.sampleRange(cells.map(\.figure))): samples "
                + "(processes) of a pair."
                + (doubtful > 0 ? " !: in doubt (\(doubtful) of \(cells.count))." : "")
        ]
    }
}

/// A pair of processing units and its figure.
struct HeatCell {
    let from: Int
    let to: Int
    let value: Double
    let figure: Figure
    /// How near the topology says they are; empty when it was not said.
    let relation: String

    /// Half of the interval's width over the value.
    var halfWidth: Double? {
        guard let low = figure.ciLow, let high = figure.ciHigh else { return nil }
        return (high - low) / 2 / value
    }

    static func percent(_ share: Double) -> String {
        "\(FigureText.threeDigits(share * 100))\u{A0}%"
    }
}

/// Where the cells of a map lie and what fits into them.
struct HeatGrid {
    /// The processing units, ascending.
    let units: [Int]
    /// Pixels of a cell.
    let cell: Double

    init(units: [Int]) {
        self.units = units
        cell = min(112, 620 / Double(max(1, units.count)))
    }

    /// Pixels of the map.
    var side: Double { cell * Double(units.count) }
    /// Whether a number can be read in a cell.
    var hasNumbers: Bool { cell >= 34 }
    /// Whether there is room for the interval beneath it.
    var hasIntervals: Bool { cell >= 76 }

    /// The cells: where they are, their share of the scale, and their text.
    func block(_ cells: [HeatCell], _ scale: HeatScale, unit: String) -> PlotData.Block {
        let common = FigureText.commonScale(of: cells.map(\.value), unit: unit)
        return PlotData.Block(
            name: "cells",
            columns: ["column", "row", "share", "value", "low", "high", "text", "interval"],
            rows: cells.map { cell in
                let text = FigureText(cell.figure, scale: common)
                let mark = cell.figure.quality == "ok" ? "" : " !"
                let short = FigureText.threeDigits(cell.value * (common?.factor ?? 1))
                return [
                    .number(position(cell.from)), .number(position(cell.to)),
                    .number(scale.share(cell.value)), .number(cell.value),
                    .number(cell.figure.ciLow), .number(cell.figure.ciHigh),
                    .text(
                        hasIntervals
                            ? "\(text.value ?? "") \(text.unit)\(mark)"
                            : hasNumbers ? "\(short)\(mark)" : ""),
                    .text(hasIntervals ? text.interval ?? "" : ""),
                ]
            })
    }

    /// The numbers at the axes: all where there is room for them, otherwise every second, fourth…
    var labels: PlotData.Block {
        var step = 1
        while Double(step) * cell < 22 { step *= 2 }
        return PlotData.Block(
            name: "units", columns: ["position", "unit"],
            rows: units.enumerated().filter { $0.offset % step == 0 }
                .map { [.number(Double($0.offset)), .text("\($0.element)")] })
    }

    private func position(_ unit: Int) -> Double {
        Double(units.firstIndex(of: unit) ?? 0)
    }
}

/// The scale of a map's colours: linear, or logarithmic where the values lie far apart.
struct HeatScale {
    let low: Double
    let high: Double
    private let isLogarithmic: Bool

    /// A scale from `low`, which is positive, to `high`.
    init(low: Double, high: Double) {
        // Values that differ by less than a tenth are one colour nearly: the scale must not make
        // noise look like structure.
        self.low = low
        self.high = max(high, low * 1.1)
        isLogarithmic = high > low * 4
    }

    /// Where `value` lies from `low`, 0, to `high`, 1.
    func share(_ value: Double) -> Double {
        isLogarithmic
            ? log(value / low) / log(high / low) : (value - low) / (high - low)
    }

    /// The numbers beside the scale.
    func block(unit: String) -> PlotData.Block {
        let values = (0...4).map { step -> Double in
            let share = Double(step) / 4
            return isLogarithmic
                ? low * exp(share * log(high / low)) : low + share * (high - low)
        }
        let scale = FigureText.commonScale(of: values, unit: unit)
        return PlotData.Block(
            name: "scale", columns: ["share", "label"],
            rows: values.map { value in
                [
                    .number(share(value)),
                    .text(FigureText(value: value, unit: unit, scale: scale).description),
                ]
            })
    }
}

/// The figures of the pairs that are equally near.
private enum HeatRelation {
    static func block(of cells: [HeatCell], unit: String) -> PlotData.Block {
        let names = Dictionary(grouping: cells, by: \.relation)
            .map { (name: $0.key, values: $0.value.map(\.value).sorted()) }
            .filter { !$0.name.isEmpty }
            .sorted { ($0.values[0], $0.name) < ($1.values[0], $1.name) }
        let scale = FigureText.commonScale(of: cells.map(\.value), unit: unit)
        return PlotData.Block(
            name: "relations", columns: ["relation", "pairs", "range"],
            rows: names.map { name, values in
                let low = FigureText(value: values[0], unit: unit, scale: scale)
                let high = FigureText(value: values[values.count - 1], unit: unit, scale: scale)
                let range = values.count == 1 ? "\(low)" : "\(low.value ?? "") to \(high)"
                return [
                    .text(DisplayText.shortened(DisplayText.clean(name), to: 20)),
                    .text(values.count == 1 ? "1 pair" : "\(values.count) pairs"), .text(range),
                ]
            })
    }
}

extension String {
    /// The text without one `ending`.
    fileprivate func trimmed(of ending: String) -> String {
        hasSuffix(ending) ? String(dropLast(ending.count)) : self
    }
}
