import Measurement
import Runs

/// The figures of one workload under one profile, a row for each metric and set of parameters.
struct FigureGroup {
    /// The figures of one metric under one set of parameters.
    struct Row {
        let key: FigureKey
        /// Who was measured and what else tells this row from the others.
        let label: String
        /// The figure that stands for the metric: the median, or what was computed.
        let headline: Figure?
        /// The percentiles and the maximum of a distribution, by statistic.
        let tail: [String: Figure]
        /// The metric over the floor beneath it.
        let floorRatio: Figure?
        /// The contender over the one it is compared with, paired.
        let relative: Figure?

        /// The reasons to doubt the headline and what stands beside it, each once.
        var headlineDoubts: [String] {
            Row.doubts(of: [headline, floorRatio, relative].compactMap(\.self))
        }

        /// The reasons to doubt the percentiles, each once. That too few samples carry one is said
        /// by the dash in its place.
        var tailDoubts: [String] {
            Row.doubts(of: Row.tailStatistics.compactMap { tail[$0] })
                .filter { !$0.hasPrefix("n too small") }
        }

        /// The parts of the figures' qualities that are not `ok`.
        private static func doubts(of figures: [Figure]) -> [String] {
            var reasons: [String] = []
            for reason in figures.flatMap(\.doubts) where !reasons.contains(reason) {
                reasons.append(reason)
            }
            return reasons
        }

        /// The statistics of a distribution, in the order of columns.
        static let tailStatistics = ["p50", "p90", "p99", "p99.9", "p99.99", "max"]
    }

    /// The least cost that was possible while a workload was measured, by placement.
    struct Floor {
        let placement: String?
        let figures: [Figure]
    }

    let workload: String
    let profile: String
    /// Parameters that all rows have in common.
    let common: [ParameterSet.Pair]
    let rows: [Row]
    let floors: [Floor]

    /// Metrics that are shown beside the one they belong to, not in rows of their own.
    static let companions: Set<String> = ["floor-ratio", "relative"]

    /// Whether `metric` says something about another one, or about the machine beneath it, and is
    /// not what its workload is about.
    static func isCompanion(_ metric: String) -> Bool {
        companions.contains(metric) || metric == "floor" || metric.hasPrefix("floor-")
    }

    /// The groups of `figures`, in the order of the run.
    static func groups(of figures: [Figure], order: RunOrder) -> [FigureGroup] {
        order.workloads(figures.map(\.workload)).flatMap { workload in
            let own = figures.filter { $0.workload == workload }
            return Set(own.map(\.profile)).sorted().map { profile in
                FigureGroup(
                    own.filter { $0.profile == profile }, workload: workload, profile: profile,
                    order: order)
            }
        }
    }

    private init(_ figures: [Figure], workload: String, profile: String, order: RunOrder) {
        self.workload = workload
        self.profile = profile
        let byKey = Dictionary(grouping: figures, by: \.key)
        let plain = Set(byKey.keys.map(\.metric).filter { !FigureGroup.isCompanion($0) })
        let principal = order.principalMetric(of: workload, among: plain)
        let keys = order.sorted(
            byKey.keys.filter { key in
                if FigureGroup.companions.contains(key.metric), let principal {
                    return byKey[key.with(metric: principal)] == nil
                }
                return key.metric != "floor" || plain.isEmpty
            }, of: workload)
        let common = FigureGroup.commonPairs(of: keys)
        self.common = common
        rows = keys.map { key in
            let companion = { (metric: String) -> Figure? in
                guard key.metric == principal else { return nil }
                return byKey[key.with(metric: metric)]?.first { $0.statistic == "median" }
            }
            return Row(
                key: key, label: FigureGroup.label(of: key, without: common),
                headline: byKey[key]?.first { ["median", "exact"].contains($0.statistic) },
                tail: FigureGroup.tail(of: byKey[key] ?? []),
                floorRatio: companion("floor-ratio"), relative: companion("relative"))
        }
        floors = plain.isEmpty ? [] : FigureGroup.floors(of: figures, order: order)
    }

    /// The parameters that all of `keys` have with one value.
    static func commonPairs(of keys: [FigureKey]) -> [ParameterSet.Pair] {
        guard let first = keys.first else { return [] }
        return first.remainingParameters.pairs.filter { pair in
            keys.allSatisfy { $0.parameters[pair.key] == pair.value }
        }
    }

    /// The contender and the parameters that are not in `common`.
    static func label(of key: FigureKey, without common: [ParameterSet.Pair]) -> String {
        let varying = key.remainingParameters.pairs.filter { !common.contains($0) }
        return ([key.contender].compactMap(\.self) + varying.map { "\($0.key)=\($0.value)" })
            .joined(separator: " ")
    }

    /// The percentiles, and the maximum where there are percentiles. A metric that was sampled as
    /// well has a maximum of its samples too: the one meant here counts as many values as the
    /// percentiles do.
    private static func tail(of figures: [Figure]) -> [String: Figure] {
        guard let percentile = figures.first(where: { $0.statistic.hasPrefix("p") }) else {
            return [:]
        }
        var tail: [String: Figure] = [:]
        for figure in figures
        where Row.tailStatistics.contains(figure.statistic)
            && figure.samples == percentile.samples
        {
            tail[figure.statistic] = figure
        }
        return tail
    }

    /// `floor: smt 27 ns, l3 66 to 68 ns`; `nil` when no floor was measured.
    var floorText: String? {
        let parts = floors.compactMap { floor -> String? in
            let values = floor.figures.compactMap(\.value)
            guard let least = values.min(), let greatest = values.max() else { return nil }
            let unit = floor.figures.first?.unit ?? ""
            let scale = FigureText.scale(suiting: least, unit: unit)
            let low = FigureText(value: least, unit: unit, scale: scale)
            let high = FigureText(value: greatest, unit: unit, scale: scale)
            let range = low.value == high.value ? "\(low)" : "\(low.value ?? "") to \(high)"
            return [floor.placement, range].compactMap(\.self).joined(separator: " ")
        }
        return parts.isEmpty ? nil : "floor: " + parts.joined(separator: ", ")
    }

    private static func floors(of figures: [Figure], order: RunOrder) -> [Floor] {
        let medians = figures.filter { $0.metric == "floor" && $0.statistic == "median" }
        let placed = Dictionary(grouping: medians, by: \.key.placement)
        let named = order.placements(placed.keys.compactMap(\.self))
        return ([nil] + named.map(Optional.some)).compactMap { placement in
            placed[placement].map { Floor(placement: placement, figures: $0) }
        }
    }
}

extension FigureKey {
    /// The same key for another metric.
    func with(metric: String) -> FigureKey {
        FigureKey(workload: workload, parameters: parameters, profile: profile, metric: metric)
    }
}
