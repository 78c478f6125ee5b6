import Measurement
import Quantities
import Regression
import Runs

/// Histories as text for a terminal: a row a figure, its changes beneath.
public struct HistoryTable: Sendable {
    private let histories: [MetricHistory]

    /// A table of `histories` in their order.
    public init(_ histories: [MetricHistory]) { self.histories = histories }

    /// The text, each line ended by a line feed; empty without histories.
    ///
    /// - Parameters:
    ///   - width: lines are fitted to it, in cells, at least 80.
    ///   - style: how the parts look.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        precondition(width >= 80, "a table needs 80 cells at least, got \(width)")
        guard !histories.isEmpty else { return "" }
        var table = TextTable([
            .init(heading: "metric", least: 24), .init(heading: "parameters", least: 20),
            .init(heading: "runs", alignment: .right), .init(heading: "first", alignment: .right),
            .init(heading: "last", alignment: .right), .init(heading: "trend"),
        ])
        let distinct = DistinctParameters(histories.map(\.identity))
        for history in histories {
            let identity = history.identity
            let statistic = identity.statistic
            let name =
                "\(identity.key.workload) \(identity.key.metric)"
                + (["median", "exact"].contains(statistic) ? "" : " \(statistic)")
            table.append([
                .init(text: DisplayText.clean(name)),
                .init(text: DisplayText.clean(distinct.text(of: identity))),
                .init(text: "\(history.points.count)"),
                .init(text: value(history.points.first, identity.unit), part: .figure),
                .init(text: value(history.points.last, identity.unit), part: .figure),
                .init(text: Sparkline.text(of: history.points.map(\.value))),
            ])
        }
        let rows = table.withoutEmptyColumns().lines(width: width, style: style)
        var lines = [rows[0]]
        for (row, history) in zip(rows.dropFirst(), histories) {
            lines.append(row)
            for remark in remarks(on: history) {
                lines += DisplayText.wrapped(DisplayText.clean(remark), to: width - 4)
                    .map { "    " + style(.note, $0) }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func remarks(on history: MetricHistory) -> [String] {
        var remarks = history.changes.map { change in
            let way = change.isWorse.map { $0 ? "worse" : "better" } ?? "another spread"
            let ratio = change.ratio.map { ", \(ComparisonText.percent($0 - 1)) %" } ?? ""
            let p = Presentation.significant(change.adjustedSignificance, digits: 2)
            return "\(way)\(ratio) from \(change.after.start) on, commits \(change.range) "
                + "(p \(p) among all, \(change.before.run) → \(change.after.run))"
        }
        if history.points.count < MetricHistory.fewestPoints {
            remarks.append(
                "\(history.points.count) of \(MetricHistory.fewestPoints) runs that finding a change needs"
            )
        }
        if !history.gaps.isEmpty {
            remarks.append("not measured in \(history.gaps.joined(separator: ", "))")
        }
        return remarks
    }

    private func value(_ point: MetricHistory.Point?, _ unit: String) -> String {
        FigureText(value: point?.value, unit: unit).description
    }
}

/// A series as one line of blocks, lowest to highest of its own values.
enum Sparkline {
    /// The last `most` of `values`; a series of one level is drawn in the middle.
    static func text(of values: [Double], most: Int = 24) -> String {
        let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        let shown = values.suffix(most)
        guard let low = shown.min(), let high = shown.max() else { return "" }
        return String(
            shown.map { value in
                guard high > low else { return blocks[3] }
                let share = (value - low) / (high - low)
                return blocks[min(7, Int(share * 8))]
            })
    }
}
