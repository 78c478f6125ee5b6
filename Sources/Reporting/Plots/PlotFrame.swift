/// What is written around a picture, broken into lines, and the room it takes.
///
/// All sizes are pixels of a picture that is 1000 wide, at the text sizes of `plots/style.gp`.
struct PlotFrame {
    let title: [String]
    let subtitle: [String]
    let foot: [String]

    /// - Parameters:
    ///   - title: a sentence that says what is seen.
    ///   - facts: what holds for all of the picture: parameters, statistics, how to read it.
    ///   - foot: where it comes from: the machine and the run.
    init(title: String, facts: [String], foot: [String]) {
        self.title = PlotFrame.lines(title, width: 112)
        subtitle = facts.flatMap { PlotFrame.lines($0, width: 146) }
        self.foot = foot.flatMap { PlotFrame.lines($0, width: 158) }
    }

    /// Height of what is above the panels.
    var top: Double { 18 + 24 * Double(title.count) + 17 * Double(subtitle.count) }

    /// Height of what is beneath them.
    var bottom: Double { 12 + 15 * Double(foot.count) }

    /// A data file with the blocks about the picture, its panels and its curves.
    ///
    /// - Parameter leastLegend: pixels that the legend needs for what the template adds to it.
    func data(
        kind: PlotKind, panels: [PlotPanel], curves: [PlotCurve] = [], leastLegend: Double = 0
    ) -> PlotData {
        let height = top + panels.reduce(0) { $0 + $1.room } + bottom
        var data = PlotData(about: [
            ("kind", .text(kind.rawValue)),
            ("title", .text(title.joined(separator: "\n"))),
            ("subtitle", .text(subtitle.joined(separator: "\n"))),
            ("foot", .text(foot.joined(separator: "\n"))),
            ("title-lines", .number(Double(title.count))),
            ("top", .number(top)),
            ("bottom", .number(bottom)),
            ("height", .number(height)),
            ("right", .number(max(leastLegend, PlotCurve.legendWidth(curves)))),
        ])
        data.append(PlotPanel.block(panels))
        if !curves.isEmpty { data.append(PlotCurve.block(curves)) }
        return data
    }

    private static func lines(_ text: String, width: Int) -> [String] {
        DisplayText.wrapped(DisplayText.clean(text), to: width)
    }
}
