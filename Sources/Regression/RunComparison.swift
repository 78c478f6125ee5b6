import Foundation
import Glibc
import Measurement
import Runs
import Synchronization

/// Two sides, metric by metric: what `compare` and `regress` say.
///
/// Figures belong together when workload, parameters, profile, metric, statistic and unit agree.
/// Metrics without a better are not compared. All comparisons are one `ComparisonFamily`.
public struct RunComparison: Sendable {
    /// How the forks of the sides belong together.
    public enum Design: String, Codable, Sendable {
        /// They ran apart: whatever drifted between the runs is in the comparison.
        case independent
        /// They took turns, and are compared pair by pair.
        case paired
    }

    /// Which metrics are compared.
    public enum Scope: Sendable {
        /// All but what counters counted, which explain, and `relative`: a ratio of two contenders
        /// of one run, both of which are compared, and which gets worse for the one when the other
        /// gets better.
        case figures
        /// Instructions alone.
        case instructions

        func includes(_ figure: ForkedFigure) -> Bool {
            switch self {
            case .figures:
                figure.better != nil && !figure.isCount && figure.identity.key.metric != "relative"
            case .instructions: figure.countsInstructions && figure.better != nil
            }
        }
    }

    /// The base.
    public let base: MeasuredSide
    /// The new side.
    public let new: MeasuredSide
    /// How their forks belong together.
    public let design: Design
    /// What was asked for.
    public let rule: ComparisonRule
    /// The metrics by severity; within a status by how far they moved.
    public let metrics: [ComparedMetric]
    /// In what the sides differ although they were compared: somebody forced it.
    public let forced: [Comparability.Difference]
    /// What a reader should know of the comparison as a whole.
    public let notes: [String]

    /// Compares the sides.
    ///
    /// - Parameters:
    ///   - forced: differences that were overridden; empty when the sides are comparable.
    ///   - notes: what else a reader should know.
    /// - Complexity: that of `Comparison`, a metric.
    public init(
        base: MeasuredSide, new: MeasuredSide, rule: ComparisonRule,
        design: Design = .independent, scope: Scope = .figures,
        forced: [Comparability.Difference] = [], notes: [String] = []
    ) {
        self.base = base
        self.new = new
        self.rule = rule
        self.design = design
        self.forced = forced
        self.notes = notes + base.remarks + new.remarks
        let old = Dictionary(
            uniqueKeysWithValues: base.figures.filter(scope.includes).map { ($0.identity, $0) })
        let fresh = Dictionary(
            uniqueKeysWithValues: new.figures.filter(scope.includes).map { ($0.identity, $0) })
        let identities = Set(old.keys).union(fresh.keys).sorted()
        // Bootstraps take long, and those of one metric know nothing of another's.
        let found = Mutex([ComparedMetric?](repeating: nil, count: identities.count))
        DispatchQueue.concurrentPerform(iterations: identities.count) { index in
            let identity = identities[index]
            guard let better = (fresh[identity] ?? old[identity])?.better else { return }
            let metric = ComparedMetric(
                base: old[identity], new: fresh[identity], better: better, rule: rule,
                design: design)
            found.withLock { $0[index] = metric }
        }
        var compared = found.withLock { $0.compactMap(\.self) }
        let family = ComparisonFamily(compared.map(\.comparison)).comparisons
        for (index, corrected) in family.enumerated() {
            compared[index].comparison = corrected
            guard corrected.status == .regressed else { continue }
            compared[index].explanation = Explanation(of: compared[index], base: base, new: new)
        }
        metrics = RunComparison.ordered(compared)
    }

    /// The metrics that came to `status`, in the order of the report.
    public func metrics(_ status: ComparisonStatus) -> [ComparedMetric] {
        metrics.filter { $0.status == status }
    }

    /// How many came to each status, most severe first, zeros included.
    public var counts: [(status: ComparisonStatus, count: Int)] {
        ComparisonStatus.bySeverity.map { status in (status, metrics(status).count) }
    }

    /// `12 metrics: 1 regressed, 11 unchanged`.
    public var summary: String {
        let told = counts.filter { $0.count > 0 }.map { "\($0.count) \($0.status.rawValue)" }
        guard !told.isEmpty else { return "no metric in common or otherwise: nothing to compare" }
        let noun = metrics.count == 1 ? "metric" : "metrics"
        return "\(metrics.count) \(noun): \(told.joined(separator: ", "))"
    }

    private static func ordered(_ metrics: [ComparedMetric]) -> [ComparedMetric] {
        func distance(_ metric: ComparedMetric) -> Double {
            guard let ratio = metric.ratio, ratio > 0 else { return 0 }
            return abs(log(ratio))
        }
        return metrics.sorted { left, right in
            if left.status != right.status {
                return left.status.severityRank < right.status.severityRank
            }
            let (near, far) = (distance(left), distance(right))
            return near == far ? left.identity < right.identity : near > far
        }
    }
}
