import Measurement
import Runs

/// The reasons to doubt figures of a workload, and at how many of its points they hold: a noisy
/// run of thousands of figures is doubted in a few ways, and the figures carry their own marks.
struct DoubtSummary {
    /// One reason that holds for figures of one workload under one profile.
    struct Row {
        let workload: String
        let profile: String
        /// Why.
        let reason: String
        /// The metrics that it concerns, in the order of result files.
        fileprivate(set) var metrics: [String]
        /// The parameters at which it holds, in that order.
        fileprivate(set) var points: [ParameterSet]
        /// At how many points the workload was measured.
        let measured: Int

        /// The parameters of the one point, or how many of all there are.
        var place: String {
            if points.count == measured, measured > 1 { return "all \(measured) points" }
            guard points.count == 1 else { return "\(points.count) of \(measured) points" }
            return points[0].description.replacing(";", with: "; ")
        }
    }

    /// In the order of the figures that come first in each.
    private(set) var rows: [Row] = []
    /// How many figures are in doubt.
    private(set) var count = 0

    /// What is in doubt of `figures`, which are in the order of result files. That too few samples
    /// carry a percentile is no doubt about it: it is not told. O(n).
    init(_ figures: [Figure]) {
        var measured: [Series: Set<ParameterSet>] = [:]
        for figure in figures { measured[Series(figure), default: []].insert(figure.parameters) }
        var places: [Kind: Int] = [:]
        var seen: Set<Point> = []
        for figure in figures {
            let reasons = figure.doubts.filter { !$0.hasPrefix("n too small") }
            if !reasons.isEmpty { count += 1 }
            for reason in reasons {
                let kind = Kind(series: Series(figure), reason: reason)
                let place = places[kind] ?? rows.count
                if place == rows.count {
                    places[kind] = place
                    rows.append(
                        Row(
                            workload: figure.workload, profile: figure.profile, reason: reason,
                            metrics: [], points: [],
                            measured: measured[kind.series]?.count ?? 0))
                }
                if !rows[place].metrics.contains(figure.metric) {
                    rows[place].metrics.append(figure.metric)
                }
                if seen.insert(Point(row: place, parameters: figure.parameters)).inserted {
                    rows[place].points.append(figure.parameters)
                }
            }
        }
    }

    /// The figures of one workload under one profile.
    private struct Series: Hashable {
        let workload: String
        let profile: String

        init(_ figure: Figure) { (workload, profile) = (figure.workload, figure.profile) }
    }

    private struct Kind: Hashable {
        let series: Series
        let reason: String
    }

    private struct Point: Hashable {
        let row: Int
        let parameters: ParameterSet
    }
}
