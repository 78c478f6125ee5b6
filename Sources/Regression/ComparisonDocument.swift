import Measurement
import Runs

/// A comparison as JSON (`nilometer/comparison/1`).
public struct ComparisonDocument: Encodable, Sendable {
    /// A side without its samples.
    public struct Side: Encodable, Sendable {
        let name: String
        let run: String
        let commit: String?
        let tool: String
        let start: String
        let seed: UInt64
        let method: Int
    }

    /// How many metrics came to a status.
    public struct Count: Encodable, Sendable {
        let status: ComparisonStatus
        let count: Int
    }

    /// A metric's row.
    public struct Row: Encodable, Sendable {
        let workload: String
        let parameters: String
        let profile: String
        let metric: String
        let statistic: String
        let unit: String
        let better: BetterDirection
        let status: ComparisonStatus
        let base: Double?
        let new: Double?
        let ratio: Double?
        let ciLow: Double?
        let ciHigh: Double?
        let significance: Double?
        let adjustedSignificance: Double?
        let spread: Spread?
        let baseForks: Int
        let newForks: Int
        let reasons: [String]
        let explanation: Explanation?

        private enum CodingKeys: String, CodingKey {
            case workload, parameters, profile, metric, statistic, unit, better, status, base, new
            case ratio
            case ciLow = "ci_low"
            case ciHigh = "ci_high"
            case significance = "p"
            case adjustedSignificance = "p_adjusted"
            case spread
            case baseForks = "base_forks"
            case newForks = "new_forks"
            case reasons, explanation
        }

        init(_ metric: ComparedMetric) {
            let key = metric.identity.key
            workload = key.workload
            parameters = key.parameters.description
            profile = key.profile
            self.metric = key.metric
            statistic = metric.identity.statistic
            unit = metric.identity.unit
            better = metric.better
            status = metric.status
            base = metric.base?.center
            new = metric.new?.center
            ratio = metric.ratio
            ciLow = metric.interval?.lowerBound
            ciHigh = metric.interval?.upperBound
            significance = metric.comparison.significance
            adjustedSignificance = metric.comparison.adjustedSignificance
            spread = metric.comparison.spread
            baseForks = metric.base?.forks.count ?? 0
            newForks = metric.new?.forks.count ?? 0
            reasons = metric.comparison.reasons
            explanation = metric.explanation
        }
    }

    let schema = "nilometer/comparison/1"
    let base: Side
    let new: Side
    let design: RunComparison.Design
    let threshold: Double
    let confidence: Double
    /// What the noisier side knows of what its machine can tell from noise; absent when unknown.
    let detectableEffect: DetectableEffect?
    /// Differences that were overridden with `--force`.
    let forced: [Comparability.Difference]
    let notes: [String]
    let counts: [Count]
    let rows: [Row]

    /// The document of `comparison`.
    public init(_ comparison: RunComparison) {
        base = ComparisonDocument.side(comparison.base)
        new = ComparisonDocument.side(comparison.new)
        design = comparison.design
        threshold = comparison.rule.threshold
        confidence = comparison.rule.confidence
        detectableEffect = Comparability.effect(base: comparison.base, new: comparison.new)
        forced = comparison.forced
        notes = comparison.notes
        counts = comparison.counts.map { Count(status: $0.status, count: $0.count) }
        rows = comparison.metrics.map(Row.init)
    }

    private static func side(_ side: MeasuredSide) -> Side {
        Side(
            name: side.name, run: side.run, commit: side.commit, tool: side.tool,
            start: side.start, seed: side.seed, method: side.method)
    }
}
