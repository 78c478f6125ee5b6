import Measurement
import Quantities
public import Runs

/// The profiles of a run side by side: for each metric of a workload a row, for each profile a
/// column with the median, its interval, and the ratio to the first profile's; above them what the
/// profiles set, and beneath each median its tail where there is one.
///
/// The ratio is of two figures that were measured in turns but not paired; `≈` before it says that
/// their intervals overlap, so that no difference is shown.
public struct ProfileTable: Sendable {
    /// The rows of one workload.
    public struct Group: Sendable {
        /// The workload.
        public let workload: String
        /// The profiles, in the order of the run.
        public let profiles: [String]
        /// Parameters that the profiles give: the name, and the value under each.
        let settings: [(name: String, values: [String])]
        let rows: [Row]
    }

    /// One metric with one set of parameters.
    struct Row: Sendable {
        let label: String
        let placement: String?
        let metric: String
        /// The figure of each profile; `nil` where it has none.
        let figures: [Figure?]
    }

    /// The workloads that more than one profile measured, in the order of the run.
    public let groups: [Group]

    /// The table of `figures`, which come from the run that `manifest` describes.
    public init(_ figures: [Figure], manifest: Manifest) {
        let order = RunOrder(manifest)
        let named = PlotSentence.distinct(
            manifest.profiles.map(\.name) + manifest.workloads.map(\.profile))
        let byWorkload = Dictionary(grouping: figures, by: \.workload)
        groups = order.workloads(figures.map(\.workload)).compactMap { workload in
            ProfileTable.group(byWorkload[workload] ?? [], workload, named, order)
        }
    }

    private static func group(
        _ figures: [Figure], _ workload: String, _ named: [String], _ order: RunOrder
    ) -> Group? {
        let present = Set(figures.map(\.profile))
        let profiles = named.filter(present.contains)
        guard profiles.count > 1 else { return nil }
        let shown = figures.filter {
            ["median", "exact", tail].contains($0.statistic) && !isLeftOut($0.metric)
        }
        let given = ProfileSettings(of: shown.map(\.key))
        // The same metric and parameters under whatever profile: under the first one's name, and
        // without what the profiles themselves set.
        let bySubject = Dictionary(grouping: shown) {
            given.strippedKey(of: $0.key).under(profiles[0])
        }
        let keys = order.sorted(bySubject.keys, of: workload)
        let common = FigureGroup.commonPairs(of: keys)
        let rows = keys.flatMap { key -> [Row] in
            [["median", "exact"], [tail]].compactMap { statistics in
                let own = (bySubject[key] ?? []).filter { statistics.contains($0.statistic) }
                let each = profiles.map { profile in own.first { $0.profile == profile } }
                guard each.count(where: { $0?.value != nil }) > 1 else { return nil }
                return Row(
                    label: FigureGroup.label(of: key, without: common), placement: key.placement,
                    metric: statistics == [tail] ? "\(key.metric) \(tail)" : key.metric,
                    figures: each)
            }
        }
        guard !rows.isEmpty else { return nil }
        return Group(
            workload: workload, profiles: profiles, settings: given.rows(under: profiles),
            rows: rows)
    }

    /// The tail that stands beneath a median.
    private static let tail = "p99"

    /// Ratios are about contenders and floors about the machine; neither is what a profile buys.
    private static func isLeftOut(_ metric: String) -> Bool { FigureGroup.isCompanion(metric) }

    /// The text for a terminal, each line ended by a line feed; empty where no workload was
    /// measured under several profiles.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        groups.map { group in
            var table = TextTable(
                [
                    .init(heading: "profiles side by side", least: 16),
                    .init(heading: "placement"), .init(heading: "metric", least: 10),
                ] + group.profiles.map { .init(heading: DisplayText.clean($0), least: 18) })
            for setting in group.settings {
                table.append(
                    [
                        .init(text: DisplayText.clean(setting.name)), .init(text: ""),
                        .init(text: "set"),
                    ] + setting.values.map { .init(text: DisplayText.clean($0)) })
            }
            for row in group.rows {
                table.append(
                    [
                        .init(text: DisplayText.clean(row.label)),
                        .init(text: DisplayText.clean(row.placement ?? "")),
                        .init(text: DisplayText.clean(row.metric)),
                    ] + row.cells.map { .init(text: $0.description, part: .figure) })
            }
            let lines =
                [style(.title, DisplayText.clean(group.workload))]
                + table.withoutEmptyColumns().lines(width: width, style: style)
                + [style(.note, ProfileTable.legend(group.profiles[0]))]
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    /// What the ratios are of.
    static func legend(_ first: String) -> String {
        "×: figure over that of \(DisplayText.clean(first)); ≈: their intervals overlap"
    }
}

extension ProfileTable.Row {
    /// A profile's figure, in the unit of all, and its ratio to the first profile's.
    struct Cell: CustomStringConvertible {
        let figure: FigureText
        let value: Double?
        let ratio: String

        /// `123 ns [118, 130] ×1.04`.
        var description: String {
            [figure.description, ratio].filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    /// A cell for each profile.
    var cells: [Cell] {
        let unit = figures.lazy.compactMap(\.self).first?.unit ?? ""
        let scale = FigureText.commonScale(
            of: figures.compactMap { $0?.value }, unit: unit)
        return figures.indices.map { index in
            let own = figures[index]
            return Cell(
                figure: own.map { FigureText($0, scale: scale) }
                    ?? FigureText(value: nil, unit: unit),
                value: own?.value, ratio: index == 0 ? "" : ratio(of: own))
        }
    }

    private func ratio(of figure: Figure?) -> String {
        guard let first = figures[0], let base = first.value, base != 0, let figure,
            let value = figure.value
        else { return "" }
        let text = "×\(FigureText.threeDigits(value / base))"
        guard let low = first.ciLow, let high = first.ciHigh, let ownLow = figure.ciLow,
            let ownHigh = figure.ciHigh
        else { return text }
        return ownLow <= high && low <= ownHigh ? "≈ " + text : text
    }
}

extension FigureKey {
    /// The same key under another profile.
    func under(_ profile: String) -> FigureKey {
        FigureKey(workload: workload, parameters: parameters, profile: profile, metric: metric)
    }
}
