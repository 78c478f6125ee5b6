import Measurement
import Quantities
public import Runs

/// The figures of a run as text for a terminal: a table for each workload and profile, the
/// figures in doubt marked, the doubts listed beneath.
///
/// A metric of samples has a row with its median and interval; a metric kept as a distribution has
/// one with its percentiles, in a table of its own. The ratio to the floor and the paired ratio to
/// the contender of reference stand beside the metric that the workload is about.
public struct FigureTable: Sendable {
    /// The greatest width of a line, in cells, that a table is fitted to.
    public static let usualWidth = 110

    private let groups: [FigureGroup]

    /// A table of `figures`, which come from the run that `manifest` describes.
    public init(_ figures: [Figure], manifest: Manifest) {
        groups = FigureGroup.groups(of: figures, order: RunOrder(manifest))
    }

    /// The text, each line ended by a line feed; empty without figures.
    ///
    /// - Parameters:
    ///   - width: lines are fitted to it, in cells, by cutting names with `…`; below the usual
    ///     width the figures themselves may need more.
    ///   - style: how the parts look.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        precondition(width >= 80, "a table needs 80 cells at least, got \(width)")
        var doubts = DoubtList()
        var blocks = groups.map { block(for: $0, width: width, style: style, &doubts) }
        if !doubts.reasons.isEmpty {
            blocks.append(FigureTable.legend(of: doubts, width: width, style: style))
        }
        return blocks.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private func block(
        for group: FigureGroup, width: Int, style: TextStyle, _ doubts: inout DoubtList
    ) -> [String] {
        var lines = FigureTable.heading(of: group, width: width, style: style)
        let medians = FigureTable.medians(of: group, &doubts)
        if !medians.rows.isEmpty {
            lines += medians.withoutEmptyColumns().lines(width: width, style: style)
        }
        let tails = FigureTable.tails(of: group, &doubts)
        if !tails.rows.isEmpty {
            lines += tails.withoutEmptyColumns().lines(width: width, style: style)
            if tails.rows.contains(where: { row in row.contains { $0.text == "–" } }) {
                lines.append(style(.note, "–: too few samples carry this percentile"))
            }
        }
        if let floor = group.floorText {
            lines += DisplayText.wrapped(DisplayText.clean(floor), to: width)
                .map { style(.note, $0) }
        }
        return lines
    }

    private static func heading(
        of group: FigureGroup, width: Int, style: TextStyle
    ) -> [String] {
        let title = DisplayText.truncated(DisplayText.clean(group.workload), to: width)
        let facts = DisplayText.clean(
            (group.common.map { "\($0.key)=\($0.value)" } + ["profile \(group.profile)"])
                .joined(separator: "  "))
        let room = width - DisplayText.width(title) - 2
        if DisplayText.width(facts) <= room {
            return [style(.title, title) + "  " + style(.note, facts)]
        }
        return [style(.title, title)]
            + DisplayText.wrapped(facts, to: width - 2).map { "  " + style(.note, $0) }
    }

    private static func labelHeading(of group: FigureGroup) -> String {
        let named = group.rows.contains { $0.key.contender != nil }
        let plain = group.rows.contains { row in
            row.key.remainingParameters.pairs.contains { !group.common.contains($0) }
        }
        return named ? (plain ? "contender, parameters" : "contender") : "parameters"
    }

    private static func medians(
        of group: FigureGroup, _ doubts: inout DoubtList
    ) -> TextTable {
        var table = TextTable([
            .init(heading: labelHeading(of: group), least: 21), .init(heading: "placement"),
            .init(heading: "metric", least: 10), .init(heading: "median", alignment: .right),
            .init(heading: "95 % interval"), .init(heading: "unit"),
            .init(heading: "÷ floor", alignment: .right),
            .init(heading: "relative", alignment: .right), .init(heading: "doubt"),
        ])
        for row in group.rows {
            guard let headline = row.headline else { continue }
            let scale = scale(for: headline, in: group)
            let text = FigureText(headline, scale: scale)
            let ratio = row.floorRatio.map { FigureText($0).value ?? "–" }
            let relative = row.relative.map { relativeText($0) }
            table.append(
                [
                    .init(text: row.label), .init(text: row.key.placement ?? ""),
                    .init(text: row.key.metric), .init(text: text.value ?? "–", part: .figure),
                    .init(text: text.interval ?? (headline.statistic == "exact" ? "exact" : "")),
                    .init(text: text.unit),
                    .init(text: ratio ?? ""), .init(text: relative ?? ""),
                    .init(text: doubts.marks(for: row.headlineDoubts), part: .doubt),
                ].map(clean))
        }
        return table
    }

    private static func tails(of group: FigureGroup, _ doubts: inout DoubtList) -> TextTable {
        var table = TextTable(
            [
                .init(heading: labelHeading(of: group), least: 21), .init(heading: "placement"),
                .init(heading: "metric", least: 10),
            ]
                + FigureGroup.Row.tailStatistics.map { .init(heading: $0, alignment: .right) }
                + [.init(heading: "unit"), .init(heading: "doubt")])
        for row in group.rows where !row.tail.isEmpty {
            let figures = FigureGroup.Row.tailStatistics.compactMap { row.tail[$0] }
            let values = figures.compactMap(\.value)
            let unit = figures.first?.unit ?? ""
            let scale = FigureText.commonScale(of: values, unit: unit)
            let cells = FigureGroup.Row.tailStatistics.map { statistic -> TextTable.Cell in
                guard let figure = row.tail[statistic] else { return .init(text: "") }
                guard let value = figure.value else { return .init(text: "–") }
                let factor = scale?.factor ?? 1
                return .init(text: FigureText.threeDigits(value * factor), part: .figure)
            }
            table.append(
                ([
                    .init(text: row.label), .init(text: row.key.placement ?? ""),
                    .init(text: row.key.metric),
                ] + cells + [
                    .init(text: FigureText.printed(scale?.symbol ?? unit)),
                    .init(text: doubts.marks(for: row.tailDoubts), part: .doubt),
                ]).map(clean))
        }
        return table
    }

    /// One scale for a metric within a group, so that its column can be read downwards.
    private static func scale(for figure: Figure, in group: FigureGroup) -> Presentation.Scale? {
        let values = group.rows.filter { $0.key.metric == figure.metric }
            .compactMap { $0.headline?.value }
        return FigureText.commonScale(of: values, unit: figure.unit)
    }

    /// A ratio with the greater distance to an end of its interval: `0.97 ±0.02`.
    static func relativeText(_ figure: Figure) -> String {
        let text = FigureText(figure)
        guard let printed = text.value, let value = figure.value else { return "–" }
        guard let low = figure.ciLow, let high = figure.ciHigh else { return printed }
        let reach = max(high - value, value - low)
        let decimals = printed.split(separator: ".").dropFirst().first?.count ?? 0
        return "\(printed) ±\(Presentation.fixed(reach, decimals: decimals))"
    }

    private static func clean(_ cell: TextTable.Cell) -> TextTable.Cell {
        .init(text: DisplayText.clean(cell.text), part: cell.part)
    }

    private static func legend(
        of doubts: DoubtList, width: Int, style: TextStyle
    ) -> [String] {
        doubts.reasons.enumerated().flatMap { index, reason in
            let mark = "!\(index + 1)"
            let indent = DisplayText.width(mark) + 2
            let lines = DisplayText.wrapped(DisplayText.clean(reason), to: width - indent)
            return lines.enumerated().map { number, line in
                let start = number == 0 ? mark + "  " : String(repeating: " ", count: indent)
                return style(.doubt, start + line)
            }
        }
    }
}
