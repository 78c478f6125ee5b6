import Quantities

/// An axis of a panel: its spacing, its range and how its numbers are printed.
///
/// Data files carry values in the figures' own unit; only what is printed at the axis is scaled.
struct PlotAxis {
    /// What is written at the axis.
    let label: String
    let isLogarithmic: Bool
    let low: Double
    let high: Double
    /// From one number at a linear axis to the next; unused at a logarithmic one.
    let step: Double
    /// What a value is multiplied by before it is printed.
    let factor: Double
    /// How gnuplot's `gprintf` prints the product.
    let format: String

    /// The columns that an axis has in the block of panels.
    static func columns(_ name: String) -> [String] {
        ["label", "log", "low", "high", "step", "factor", "format"].map { "\(name) \($0)" }
    }

    /// The cells of those columns.
    var cells: [PlotData.Cell] {
        [
            .text(label), .number(isLogarithmic ? 1 : 0), .number(low), .number(high),
            .number(step), .number(factor), .text(format),
        ]
    }

    /// An axis from zero to above `values`.
    static func linear(_ values: [Double], unit: String, label: String) -> PlotAxis {
        let greatest = values.max() ?? 0
        let high = greatest > 0 ? greatest * 1.06 : 1
        let scale = FigureText.scale(suiting: high, unit: unit)
        return PlotAxis(
            label: "\(label) (\(FigureText.printed(scale.symbol)))", isLogarithmic: false, low: 0,
            high: high, step: step(upTo: high * scale.factor) / scale.factor,
            factor: scale.factor, format: "%g")
    }

    /// A logarithmic axis that holds `values`, which must be positive, with room of `margin`
    /// (a factor) at both ends. Numbers carry SI prefixes where the unit takes them; seconds stand
    /// beside them as well, longer units at the label alone.
    static func logarithmic(
        _ values: [Double], unit: String, label: String, margin: Double = 1.15
    ) -> PlotAxis {
        let known = Unit(symbol: unit)
        let takesPrefix =
            switch known?.dimension {
            case .time: true
            case .frequency, .bandwidth: known?.scale == 1
            case .information, .ratio, .count, nil: false
            }
        let isTime = known?.dimension == .time
        return PlotAxis(
            label: isTime || unit.isEmpty ? label : "\(label) (\(FigureText.printed(unit)))",
            isLogarithmic: true, low: (values.min() ?? 1) / margin,
            high: (values.max() ?? 1) * margin, step: 0,
            factor: takesPrefix ? known?.scale ?? 1 : 1,
            format: takesPrefix ? "%.0s %c\(isTime ? "s" : "")" : "%g")
    }

    /// A linear axis from zero where `values` lie within `ratio` of each other, otherwise a
    /// logarithmic one.
    static func suiting(
        _ values: [Double], unit: String, label: String, ratio: Double
    ) -> PlotAxis {
        let positive = values.filter { $0 > 0 }
        guard let least = positive.min(), let greatest = positive.max(),
            positive.count == values.count, greatest > least * ratio
        else { return linear(values, unit: unit, label: label) }
        return logarithmic(values, unit: unit, label: label)
    }

    /// A linear axis from `low` to `high` with a little room at both ends.
    static func spanning(
        _ low: Double, _ high: Double, unit: String, label: String
    ) -> PlotAxis {
        let span = high > low ? high - low : max(low.magnitude, 1)
        let scale = FigureText.scale(suiting: high, unit: unit)
        return PlotAxis(
            label: "\(label) (\(FigureText.printed(scale.symbol)))", isLogarithmic: false,
            low: low - span * 0.03, high: high + span * 0.03,
            step: step(upTo: span * scale.factor) / scale.factor, factor: scale.factor,
            format: "%g")
    }

    /// Rows from the top down, without numbers.
    static func rows(_ count: Int) -> PlotAxis {
        PlotAxis(
            label: "", isLogarithmic: false, low: -0.5, high: Double(count) - 0.5, step: 1,
            factor: 1, format: "")
    }

    /// 1, 2 or 5 times a power of ten, so that four to nine of them reach `high`.
    static func step(upTo high: Double) -> Double {
        var power = 1.0
        while power * 10 <= high { power *= 10 }
        while power > high { power /= 10 }
        // `high` lies from one to ten powers.
        switch high / power {
        case ..<1.6: return power / 5
        case ..<4: return power / 2
        case ..<8: return power
        default: return power * 2
        }
    }
}

/// Axes side by side: a part of a picture with a title and a range of its own.
struct PlotPanel {
    /// What is written above it.
    let title: String
    /// Pixels from axis to axis.
    let height: Double
    let x: PlotAxis
    let y: PlotAxis

    /// The block that lists `panels`.
    static func block(_ panels: [PlotPanel]) -> PlotData.Block {
        PlotData.Block(
            name: "panels",
            columns: ["number", "height", "title"] + PlotAxis.columns("x")
                + PlotAxis.columns("y"),
            rows: panels.enumerated().map { index, panel in
                [.number(Double(index)), .number(panel.height), .text(panel.title)]
                    + panel.x.cells + panel.y.cells
            })
    }

    /// Pixels that a panel takes with its title and what is written at its axis.
    var room: Double { height + PlotPanel.surrounding }

    private static let surrounding = 78.0
}
