import Foundation
import Measurement
import Randomness
import Statistics
import Synchronization

/// Turns samples and distributions into figures: the same input gives the same rows, byte for
/// byte.
public struct FigureDerivation: Sendable {
    /// The percentiles of a distribution, and the name that each has in the statistic column.
    public static let percentiles: [(name: String, percentile: Double)] = [
        ("p50", 50), ("p90", 90), ("p99", 99), ("p99.5", 99.5), ("p99.9", 99.9),
        ("p99.99", 99.99),
    ]

    private let manifest: Manifest
    private let estimator: Estimator
    private let aside: SetAsideForks
    private let doubts: DoubtIndex

    /// A derivation for the run that `manifest` describes. The bootstrap is seeded by the run.
    public init(_ manifest: Manifest) {
        self.manifest = manifest
        aside = SetAsideForks(manifest)
        doubts = DoubtIndex(manifest)
        estimator = Estimator(seed: Seed(manifest.seed).derived(for: "figures"))
    }

    /// The figures of a run, in the order of their keys.
    public func figures(
        samples: [SampleSeries], distributions: [Run.Distribution]
    ) -> [Figure] {
        let bySeries = series(in: samples)
        var byDistribution: [FigureKey: [Run.Distribution]] = [:]
        for one in distributions where !aside.contain(one.fork, of: one.key) {
            byDistribution[one.key, default: []].append(one)
        }
        let keys = Set(bySeries.keys).union(byDistribution.keys).sorted()
        let (series, recorded) = (bySeries, byDistribution)
        // Bootstraps take long, and those of one key know nothing of another's: as many at a time as
        // there are processors.
        let found = Mutex([[Figure]](repeating: [], count: keys.count))
        DispatchQueue.concurrentPerform(iterations: keys.count) { index in
            let key = keys[index]
            let sampled = series[key].map {
                figures(of: key, $0, hasDistribution: recorded[key] != nil)
            }
            let own = (sampled ?? []) + (recorded[key].map { figures(of: key, $0) } ?? [])
            found.withLock { $0[index] = own }
        }
        return found.withLock { $0.flatMap(\.self) }
    }

    /// The samples of a figure, by the forks that took them.
    private struct SampledSeries {
        let unit: String
        var forks: [Int: [Double]] = [:]
    }

    /// The samples that count, by what they are of.
    private func series(in samples: [SampleSeries]) -> [FigureKey: SampledSeries] {
        var found: [FigureKey: SampledSeries] = [:]
        for one in samples where !one.samples.isEmpty && !aside.contain(one.fork, of: one.key) {
            found[one.key, default: SampledSeries(unit: one.unit)]
                .forks[one.fork, default: []] += one.samples
        }
        return found
    }

    private func figures(
        of key: FigureKey, _ series: SampledSeries, hasDistribution: Bool
    ) -> [Figure] {
        let forks = series.forks.sorted { $0.key < $1.key }.map(\.value)
        var row = Row(
            run: manifest.run, key: key, unit: series.unit,
            samples: forks.reduce(0) { $0 + $1.count },
            forks: forks.count, doubts: doubts.reasons(about: key))
        let kind = specification(of: key)?.kind
        if kind == .exact { return [exact(row, forks.flatMap { $0 })] }
        let sorted = forks.map { SampleDistribution($0) }
        let all = SampleDistribution(pooling: sorted)
        let estimate: (Statistic) -> Estimate
        if kind == .seeded {
            row.sampled = "seeds"
            let seeds = forks.flatMap { $0 }
            estimate = { [estimator] in estimator.estimate($0, ofIndependent: seeds) }
        } else {
            estimate = { [estimator] in estimator.estimate($0, of: sorted) }
        }
        let figures = [
            row.figure("median", estimate(.median)), row.figure("mean", estimate(.mean)),
            row.figure("mad", value: all.medianAbsoluteDeviation),
        ]
        // Extremes of window means say nothing where single operations were recorded too.
        if hasDistribution { return figures }
        return figures + [
            row.figure("min", value: all.minimum), row.figure("max", value: all.maximum),
        ]
    }

    private func exact(_ row: Row, _ values: [Double]) -> Figure {
        guard values.allSatisfy({ $0 == values[0] }) else {
            return row.doubting("forks disagree on an exact figure").figure("exact", value: nil)
        }
        return row.figure("exact", value: values[0])
    }

    private func figures(of key: FigureKey, _ parts: [Run.Distribution]) -> [Figure] {
        let forks = parts.sorted { $0.fork < $1.fork }.map(\.distribution)
        let merged = LatencyDistribution(merging: forks)
        let inNanoseconds = forks.map(\.buckets).filter { !$0.isEmpty }.map { buckets in
            SampleDistribution(
                counts: buckets.map { (Double($0.picoseconds) / 1000, Int($0.count)) })
        }
        var row = Row(
            run: manifest.run, key: key, unit: "ns", samples: Int(merged.count),
            forks: forks.count, doubts: doubts.reasons(about: key))
        if merged.overflow > 0 { row = row.doubting("histogram overflowed: \(merged.overflow)") }
        var figures: [Figure] = []
        for (name, percentile) in FigureDerivation.percentiles {
            let needed = Quantile.sampleCountNeeded(forProbability: percentile / 100)
            guard merged.count >= UInt64(needed),
                let value = merged.nanoseconds(atPercentile: percentile)
            else {
                figures.append(
                    row.doubting("n too small: needs \(needed)").figure(name, value: nil))
                continue
            }
            let estimate = estimator.estimate(.quantile(percentile / 100), of: inNanoseconds)
            figures.append(row.figure(name, estimate, value: value))
        }
        figures.append(row.figure("min", value: merged.nanoseconds(atPercentile: 0)))
        figures.append(row.figure("max", value: merged.nanoseconds(atPercentile: 100)))
        return figures
    }

    private func specification(of key: FigureKey) -> MetricSpecification? {
        manifest.specification(of: key)
    }
}

/// What the rows of one key share.
private struct Row {
    let run: String
    let key: FigureKey
    let unit: String
    let samples: Int
    let forks: Int
    var doubts: [String]
    /// What the sampling units are.
    var sampled = "processes"

    func doubting(_ reason: String) -> Row {
        var copy = self
        copy.doubts.append(reason)
        return copy
    }

    func figure(_ statistic: String, value: Double?) -> Figure {
        figure(statistic, value: value, interval: nil, doubts: doubts)
    }

    /// The row of an estimate; `value` overrides its point estimate, where a histogram gives it.
    func figure(_ statistic: String, _ estimate: Estimate, value: Double? = nil) -> Figure {
        let point = value ?? estimate.value
        // Two units say that they differ, not by how much others would: Student's interval from
        // two is so wide that it misleads more than its absence.
        guard estimate.forkCount != 2 else {
            return figure(
                statistic, value: point, interval: nil,
                doubts: doubts + ["two \(sampled) only: too few for an interval"])
        }
        return figure(
            statistic, value: point, interval: estimate.interval?.extended(toHold: point),
            doubts: doubts + estimate.caveats.map(\.description))
    }

    private func figure(
        _ statistic: String, value: Double?, interval: ConfidenceInterval?, doubts: [String]
    ) -> Figure {
        Figure(
            run: run, workload: key.workload, parameters: key.parameters, profile: key.profile,
            metric: key.metric, unit: unit, statistic: statistic, value: value,
            ciLow: interval?.low, ciHigh: interval?.high, confidence: interval?.confidence,
            samples: samples, forks: forks,
            quality: doubts.isEmpty ? "ok" : doubts.joined(separator: "; "))
    }
}
