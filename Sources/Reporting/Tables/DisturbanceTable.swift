import Counters
import Measurement
import Quantities
public import Runs

/// What disturbed the measuring processes, a row for each workload.
public struct DisturbanceTable: Sendable {
    static let headings = [
        "disturbed by", "processes", "off cpu /s", "moved", "major faults", "stolen",
        "longest gap beside", "repeated",
    ]

    private let summaries: [DisturbanceSummary]

    /// The table of the run that `manifest` describes.
    public init(_ manifest: Manifest) { summaries = DisturbanceSummary.all(of: manifest) }

    /// The cells of the table under ``headings``, a row for each workload.
    var rows: [[String]] {
        let profiles = Set(summaries.map(\.profile))
        return summaries.map { summary in
            let profile = profiles.count > 1 ? " (\(summary.profile))" : ""
            return [DisplayText.clean(summary.workload + profile)]
                + DisturbanceTable.cells(of: summary)
        }
    }

    /// The text, each line ended by a line feed; empty when no process told.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        guard !summaries.isEmpty else { return "" }
        var table = TextTable(
            DisturbanceTable.headings.enumerated().map { index, heading in
                .init(
                    heading: heading, alignment: index == 0 ? .left : .right,
                    least: index == 0 ? 20 : nil)
            })
        for row in rows { table.append(row.map { .init(text: $0) }) }
        return table.withoutEmptyColumns().lines(width: width, style: style)
            .joined(separator: "\n") + "\n"
    }

    private static func cells(of summary: DisturbanceSummary) -> [String] {
        let events = summary.events
        let seconds = summary.time / 1e9
        let share = { (time: Double) in
            FigureText(value: time / summary.time * 100, unit: "percent").description
        }
        return [
            "\(summary.forks)",
            Presentation.significant(Double(events.involuntarySwitches) / seconds, digits: 2),
            events.migrations.map { "\($0)" } ?? "not counted", "\(events.majorFaults)",
            events.stolenTime.map(share) ?? "unknown",
            summary.worstGap.map(DisturbanceTable.gap) ?? "",
            summary.setAside > 0 ? "\(summary.setAside)" : "",
        ]
    }

    private static func gap(_ reading: ForkNoise.Reading) -> String {
        let length = Nanoseconds(reading.longestGap)
        return reading.cause.map { "\(length) \($0.rawValue)" } ?? "none"
    }
}
