import Measurement
import Randomness
import Runs
import Statistics

/// One figure over the runs of one machine, oldest first, with the places where it changed.
public struct MetricHistory: Encodable, Sendable {
    /// What one run said of it.
    public struct Point: Encodable, Hashable, Sendable {
        /// The run.
        public let run: String
        /// When it began, ISO 8601 in UTC.
        public let start: String
        /// The commit that was measured; `nil` when it was not known.
        public let commit: String?
        /// The median of the forks' medians.
        public let value: Double
        /// How many forks said it.
        public let forks: Int
    }

    /// A place from which on the figure differs.
    public struct Change: Encodable, Hashable, Sendable {
        /// The last run before.
        public let before: Point
        /// The first run after.
        public let after: Point
        /// Median of the points after it, up to the next change, over that of those before, down to
        /// the one before; `nil` where that has no ratio.
        public let ratio: Double?
        /// The permutation p-value, of this series alone.
        public let significance: Double
        /// `significance`, corrected for every place that was tested in any series of the history.
        public let adjustedSignificance: Double
        /// Whether the figure got worse; `nil` where it cannot be said that the level moved (the spread
        /// did): medians of two segments always differ by a little, so it takes a Mann-Whitney test.
        public let isWorse: Bool?

        /// `1a2b3c4..5d6e7f8`; runs by name where commits are unknown.
        public var range: String {
            "\(before.commit ?? before.run)..\(after.commit ?? after.run)"
        }

        private enum CodingKeys: String, CodingKey {
            case before, after, ratio, significance
            case adjustedSignificance = "adjusted_significance"
            case isWorse = "is_worse"
        }
    }

    /// What it is of.
    public let identity: FigureIdentity
    /// Which way it gets better.
    public let better: BetterDirection
    /// The points, oldest first.
    public let points: [Point]
    /// Runs between the first and the last point that do not have the figure.
    public let gaps: [String]
    /// Its changes in order of time.
    public let changes: [Change]

    private enum CodingKeys: String, CodingKey { case identity, better, points, gaps, changes }

    /// The fewest points in which a change can be found.
    public static let fewestPoints = 2 * ChangePointDetector(seed: Seed(1)).shortestSegment

    /// The history of `points`.
    ///
    /// - Parameters:
    ///   - gaps: runs that lack the figure.
    ///   - found: its change points in order of place.
    init(
        identity: FigureIdentity, better: BetterDirection, points: [Point], gaps: [String],
        found: [ChangeFamily.Found]
    ) {
        self.identity = identity
        self.better = better
        self.points = points
        self.gaps = gaps
        let bounds = [0] + found.map(\.point.index) + [points.count]
        changes = found.enumerated().map { number, change in
            let place = change.point.index
            let old = points[bounds[number]..<place].map(\.value)
            let fresh = points[place..<bounds[number + 2]].map(\.value)
            let (before, after) = (Quantile.median(of: old), Quantile.median(of: fresh))
            return Change(
                before: points[place - 1], after: points[place],
                ratio: before > 0 && after > 0 ? after / before : nil,
                significance: change.point.significance,
                adjustedSignificance: change.adjustedSignificance,
                isWorse: MetricHistory.moved(Array(old), Array(fresh))
                    ? (after > before) == (better == .lower) : nil)
        }
    }

    /// Whether values after a change tend to be larger, or smaller, than those before.
    private static func moved(_ old: [Double], _ fresh: [Double]) -> Bool {
        Quantile.median(of: old) != Quantile.median(of: fresh)
            && MannWhitney(old, fresh).significance <= levelSignificance
    }

    /// That something changed was found before, at a stricter level.
    private static let levelSignificance = 0.05

    /// The histories of every figure whose metric `matches`, of sides in any order. Changes are
    /// significant among all of them: see `ChangeFamily`.
    ///
    /// - Parameter matches: whether a workload and metric, `ring.lookup.time`, are asked for.
    /// - Complexity: that of the detector, a figure.
    public static func all(
        of sides: [MeasuredSide], matching matches: (String) -> Bool = { _ in true },
        detector: ChangePointDetector = ChangePointDetector(seed: Seed(1))
    ) -> [MetricHistory] {
        let ordered = sides.sorted { ($0.start, $0.run) < ($1.start, $1.run) }
        var found: [FigureIdentity: (better: BetterDirection, places: [Int: ForkedFigure])] = [:]
        for (index, side) in ordered.enumerated() {
            for figure in side.figures where !figure.isCount {
                guard let better = figure.better, matches(name(of: figure.identity)) else {
                    continue
                }
                found[figure.identity, default: (better, [:])].places[index] = figure
            }
        }
        let figures = found.sorted { $0.key < $1.key }
        let series = figures.map { _, entry in
            entry.places.sorted { $0.key < $1.key }.map { Point($0.value, of: ordered[$0.key]) }
        }
        let family = ChangeFamily(of: series.map { $0.map(\.value) }, by: detector)
        return figures.enumerated().map { number, figure in
            let places = figure.value.places.keys.sorted()
            let span = (places.first ?? 0)...(places.last ?? 0)
            let gaps = span.filter { figure.value.places[$0] == nil }.map { ordered[$0].run }
            return MetricHistory(
                identity: figure.key, better: figure.value.better, points: series[number],
                gaps: gaps, found: family.changes[number])
        }
    }

    /// What patterns of metrics are matched with: `WORKLOAD.METRIC`.
    public static func name(of identity: FigureIdentity) -> String {
        "\(identity.key.workload).\(identity.key.metric)"
    }
}

extension MetricHistory.Point {
    init(_ figure: ForkedFigure, of side: MeasuredSide) {
        self.init(
            run: side.run, start: side.start, commit: side.commit, value: figure.center,
            forks: figure.forks.count)
    }
}
