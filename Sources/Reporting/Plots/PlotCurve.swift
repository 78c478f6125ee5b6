/// A line through points, with an entry in the legend of its panel.
struct PlotCurve {
    /// Index of the panel.
    let panel: Int
    /// Colour and shape, from 1.
    let style: Int
    /// Who or what it is.
    let name: String
    /// What is added to the name in the legend, such as the number of samples.
    let note: String
    /// The points, in the columns of their kind.
    let rows: [[PlotData.Cell]]

    /// What the legend says.
    var legend: String {
        let name = DisplayText.shortened(DisplayText.clean(name), to: 26)
        return [name, note].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// The block that lists `curves`.
    static func block(_ curves: [PlotCurve]) -> PlotData.Block {
        PlotData.Block(
            name: "curves", columns: ["number", "panel", "style", "legend"],
            rows: curves.enumerated().map { index, curve in
                [
                    .number(Double(index)), .number(Double(curve.panel)),
                    .number(Double(curve.style)), .text(curve.legend),
                ]
            })
    }

    /// Adds a block for each of `curves` to `data`.
    static func append(_ curves: [PlotCurve], columns: [String], to data: inout PlotData) {
        for (index, curve) in curves.enumerated() {
            data.append(
                PlotData.Block(name: "curve \(index)", columns: columns, rows: curve.rows))
        }
    }

    /// Pixels that the legend of `curves` takes beside the panels.
    static func legendWidth(_ curves: [PlotCurve]) -> Double {
        let longest = curves.map { DisplayText.width($0.legend) }.max() ?? 0
        return min(360, max(130, 76 + 6.8 * Double(longest)))
    }

    /// Pixels that a panel of curves needs so that its legend fits beside it.
    static func height(of panel: Int, in curves: [PlotCurve], least: Double) -> Double {
        max(least, 18 * Double(curves.count { $0.panel == panel }) + 10)
    }
}
