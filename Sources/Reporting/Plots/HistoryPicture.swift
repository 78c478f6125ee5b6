import Foundation
import Measurement
import Quantities
public import Regression
import Runs
public import Statistics

/// Figures over the runs of one machine as a picture: a panel for each figure, its points with their
/// intervals, the levels between the places where it changed, and the commits of each change.
public struct HistoryPicture: Sendable {
    /// A figure's history and the interval of each of its points.
    public struct Series: Sendable {
        let history: MetricHistory
        let intervals: [ConfidenceInterval?]

        /// - Parameter intervals: one for each point; `nil` where there is none.
        public init(_ history: MetricHistory, intervals: [ConfidenceInterval?]) {
            precondition(
                intervals.count == history.points.count,
                "\(intervals.count) intervals for \(history.points.count) points")
            self.history = history
            self.intervals = intervals
        }
    }

    /// How many panels a picture has at most.
    public static let mostPanels = 6

    let plot: Plot

    /// Of `histories` those that a picture shows: the ones that changed first, otherwise in order.
    public static func chosen(_ histories: [MetricHistory]) -> [MetricHistory] {
        let changed = histories.filter { !$0.changes.isEmpty }
        let level = histories.filter { $0.changes.isEmpty }
        let kept = Set((changed + level).prefix(mostPanels).map(\.identity))
        return histories.filter { kept.contains($0.identity) }
    }

    /// The picture of `series`.
    ///
    /// - Parameters:
    ///   - series: at most `mostPanels`, each with a point at least.
    ///   - runs: all runs of the history, oldest first: the positions of the points.
    ///   - total: how many figures there are, drawn or not.
    ///   - machine: the machine in one line.
    public init(_ series: [Series], runs: [String], total: Int, machine: String) {
        precondition(
            !series.isEmpty && series.count <= HistoryPicture.mostPanels,
            "\(series.count) histories for 1 to \(HistoryPicture.mostPanels) panels")
        let places = Dictionary(
            runs.enumerated().map { ($0.element, Double($0.offset + 1)) },
            uniquingKeysWith: { first, _ in first })
        let panels = series.map { HistoryPanel($0, places: places, runs: runs.count) }
        let curves = panels.enumerated().map { index, panel in panel.curve(number: index) }
        let sentence = HistoryPicture.sentence(series, total: total)
        let points = series.flatMap(\.history.points).sorted { $0.start < $1.start }
        let frame = PlotFrame(
            title: sentence,
            facts: [
                "Points: the median of the processes' medians with its 95 % interval over them. "
                    + "Lines: the medians between the places where E-divisive means finds a "
                    + "change. \(runs.count) runs"
                    + (series.count < total ? "; \(series.count) of \(total) figures." : ".")
            ],
            foot: [
                DisplayText.clean(machine),
                "runs \(points.first?.run ?? "") to \(points.last?.run ?? "")",
            ])
        var data = frame.data(
            kind: .history,
            panels: panels.map { $0.panel(of: series.count) }, curves: curves)
        PlotCurve.append(curves, columns: ["run", "value", "low", "high"], to: &data)
        data.append(
            PlotData.Block(
                name: "levels", columns: ["panel", "from", "to", "median", "way", "change"],
                rows: panels.enumerated().flatMap { $1.levels(number: $0) }))
        plot = Plot(
            name: "history", title: sentence, workload: series[0].history.identity.key.workload,
            .history, data)
    }

    /// Draws the picture into the file `path`, which must end in `.svg` or `.png`.
    public func draw(to path: String, with gnuplot: Gnuplot) throws(ReportingError) {
        let ending = path.hasSuffix(".png") ? "png" : "svg"
        let directory = "\(NSTemporaryDirectory())/nilometer-history-\(UUID().uuidString)"
        let set = PlotSet(plots: [plot])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try set.write(to: directory)
        try set.draw(in: directory, with: gnuplot)
        do {
            let drawn = URL(fileURLWithPath: "\(directory)/\(plot.picture.name).\(ending)")
            try Data(contentsOf: drawn).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .cannotWrite(path: path, errno: 0, reason: error.localizedDescription)
        }
    }

    private static func sentence(_ series: [Series], total: Int) -> String {
        let changes = series.flatMap { one in
            one.history.changes.map { (one.history.identity, $0) }
        }
        guard
            let (identity, change) = changes.max(by: { size($0.1) < size($1.1) })
        else {
            return series.count == 1
                ? "\(HistoryPanel.name(of: series[0].history)): no change was found."
                : "No change was found in \(total) figures."
        }
        let name = "\(identity.key.workload) \(identity.key.metric)"
        let text = HistoryPanel.text(of: change)
        return changes.count == 1
            ? "\(name) changed: \(text)."
            : "\(changes.count) changes, the largest in \(name): \(text)."
    }

    private static func size(_ change: MetricHistory.Change) -> Double {
        change.ratio.map { max($0, 1 / $0) } ?? 1
    }
}

/// A panel of a picture of histories.
private struct HistoryPanel {
    private let series: HistoryPicture.Series
    private let positions: [Double]
    private let runs: Int
    private var history: MetricHistory { series.history }

    init(_ series: HistoryPicture.Series, places: [String: Double], runs: Int) {
        self.series = series
        self.runs = runs
        positions = series.history.points.map { places[$0.run] ?? .nan }
    }

    /// What is drawn of it: `ring.lookup time, nodes=10`.
    static func name(of history: MetricHistory) -> String {
        let identity = history.identity
        let statistic =
            ["median", "exact"].contains(identity.statistic) ? "" : " \(identity.statistic)"
        let parameters = identity.key.parameters.without("contenders").pairs
            .map { "\($0.key)=\($0.value)" }
        return (["\(identity.key.workload) \(identity.key.metric)\(statistic)"] + parameters)
            .joined(separator: ", ")
    }

    /// `×1.13, worse, commits 1a2b3c4..5d6e7f8`.
    static func text(of change: MetricHistory.Change) -> String {
        let ratio = change.ratio.map { "×\(FigureText.threeDigits($0))" }
        let way = change.isWorse.map { $0 ? "worse" : "better" } ?? "another spread"
        let name = { (point: MetricHistory.Point) in
            DisplayText.clean(point.commit.map { String($0.prefix(7)) } ?? point.run)
        }
        return [ratio, way, "\(name(change.before))..\(name(change.after))"].compactMap(\.self)
            .joined(separator: " ")
    }

    func curve(number: Int) -> PlotCurve {
        let forks = history.points.map(\.forks)
        let range =
            forks.min() == forks.max()
            ? "\(forks.max() ?? 0)" : "\(forks.min() ?? 0) to \(forks.max() ?? 0)"
        return PlotCurve(
            panel: number, style: 1, name: "\(history.points.count) runs",
            note: "\(range) processes each",
            rows: history.points.indices.map { index in
                let point = history.points[index]
                return [
                    .number(positions[index]), .number(point.value),
                    .number(series.intervals[index]?.low ?? point.value),
                    .number(series.intervals[index]?.high ?? point.value),
                ]
            })
    }

    func panel(of count: Int) -> PlotPanel {
        let values =
            history.points.map(\.value)
            + series.intervals.compactMap(\.self).flatMap { [$0.low, $0.high] }
        let low = values.min() ?? 0
        let high = values.max() ?? 1
        // A level series must not look like a mountain range; above there is room for the changes.
        let least = max(high.magnitude * 0.05, .leastNormalMagnitude)
        let missing = max(0, least - (high - low)) / 2
        let (bottom, top) = (low - missing, high + missing)
        let first = history.points.first
        let last = history.points.last
        let day = { (point: MetricHistory.Point?) in
            DisplayText.clean(String((point?.start ?? "").prefix(10)))
        }
        return PlotPanel(
            title: DisplayText.shortened(
                DisplayText.clean(HistoryPanel.name(of: history)), to: 120),
            height: count == 1 ? 320 : 150,
            x: PlotAxis(
                label: "run, oldest first: \(day(first)) to \(day(last))", isLogarithmic: false,
                low: 0.5, high: Double(runs) + 0.5,
                step: max(1, PlotAxis.step(upTo: Double(max(1, runs))).rounded()), factor: 1,
                format: "%g"),
            y: .spanning(
                bottom, top + (top - bottom) * 0.25, unit: history.identity.unit,
                label: history.identity.key.metric))
    }

    /// The medians from change to change, each with the change that it begins with.
    func levels(number: Int) -> [[PlotData.Cell]] {
        let starts = history.changes.compactMap { change in
            history.points.firstIndex { $0.run == change.after.run }
        }
        let bounds = [0] + starts + [history.points.count]
        return (0..<bounds.count - 1).compactMap { level -> [PlotData.Cell]? in
            let range = bounds[level]..<bounds[level + 1]
            guard let first = range.first, let last = range.last else { return nil }
            let change = level > 0 ? history.changes[level - 1] : nil
            let way = change.map { $0.isWorse.map { $0 ? 2.0 : 3 } ?? 8 } ?? 0
            return [
                .number(Double(number)), .number(positions[first] - 0.5),
                .number(positions[last] + 0.5),
                .number(Quantile.median(of: range.map { history.points[$0].value })),
                .number(way), .text(change.map(HistoryPanel.text) ?? ""),
            ]
        }
    }
}
