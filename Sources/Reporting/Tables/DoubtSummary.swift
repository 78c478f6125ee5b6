import Measurement
import Runs

/// The figures in doubt, those of one metric that are doubted for one reason in one row: a noisy
/// run of thousands of figures is doubted in a few ways, and the figures carry their own marks.
struct DoubtSummary {
    /// Statistics of one metric, at one or many points of the workload's parameters.
    struct Row: Equatable {
        let workload: String
        let metric: String
        let profile: String
        /// Such as `p99`, in the order of the result files.
        let statistics: [String]
        /// Why.
        let reason: String
        /// The parameters at which it is so.
        fileprivate(set) var points: [ParameterSet]
        /// At how many points the metric was measured.
        let measured: Int

        /// The parameters of the one point, or how many of all there are.
        var place: String {
            if measured == points.count && measured > 1 { return "all \(measured) points" }
            guard points.count > 1 else {
                return points.first.map { $0.description.replacing(";", with: "; ") } ?? ""
            }
            return "\(points.count) of \(measured) points"
        }
    }

    /// In the order of the figures that come first in each.
    private(set) var rows: [Row] = []

    /// What is in doubt of `figures`, which are in the order of result files; that too few samples
    /// carry a percentile is no doubt about it, as it is not told. O(n).
    init(_ figures: [Figure]) {
        var points: [Series: Set<ParameterSet>] = [:]
        for figure in figures { points[Series(figure), default: []].insert(figure.parameters) }
        var places: [Kind: Int] = [:]
        for doubt in DoubtSummary.doubts(of: figures) {
            let series = Series(doubt.first)
            let kind = Kind(
                series: series, statistics: doubt.statistics, reason: doubt.first.quality)
            if let place = places[kind] {
                rows[place].points.append(doubt.first.parameters)
                continue
            }
            places[kind] = rows.count
            rows.append(
                Row(
                    workload: series.workload, metric: series.metric, profile: series.profile,
                    statistics: doubt.statistics, reason: doubt.first.quality,
                    points: [doubt.first.parameters], measured: points[series]?.count ?? 0))
        }
    }

    /// The statistics of one figure that are doubted for one reason.
    private static func doubts(of figures: [Figure]) -> [(first: Figure, statistics: [String])] {
        var doubts: [(first: Figure, statistics: [String])] = []
        for figure in figures
        where figure.quality != "ok" && !figure.quality.hasPrefix("n too small") {
            if let last = doubts.last, last.first.key == figure.key,
                last.first.quality == figure.quality
            {
                doubts[doubts.count - 1].statistics.append(figure.statistic)
            } else {
                doubts.append((figure, [figure.statistic]))
            }
        }
        return doubts
    }

    /// A metric at all points of its workload.
    private struct Series: Hashable {
        let workload: String
        let metric: String
        let profile: String

        init(_ figure: Figure) {
            (workload, metric, profile) = (figure.workload, figure.metric, figure.profile)
        }
    }

    private struct Kind: Hashable {
        let series: Series
        let statistics: [String]
        let reason: String
    }
}
