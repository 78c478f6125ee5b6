import Measurement
import Runs
import Statistics

extension ForkedFigure {
    /// The percentiles of distributions that are compared, where every fork has the samples that
    /// carry them. More would weaken the correction for many comparisons and say little else.
    public static let percentiles: [(name: String, percentile: Double)] =
        FigureDerivation.percentiles.filter { ["p50", "p99", "p99.9"].contains($0.name) }

    /// The figures of `run` in order: metrics that have a better, and what counters counted.
    /// Warm-up and forks that were set aside are left out. A percentile is one value a fork.
    ///
    /// - Complexity: O(samples · log samples).
    public static func all(of run: Run) -> [ForkedFigure] {
        let standing = run.standing
        let doubts = FigureDoubts(run.manifest.forks)
        return (series(of: standing, doubts) + tails(of: standing, doubts))
            .sorted { $0.identity < $1.identity }
    }

    private struct Place: Hashable {
        let key: FigureKey
        let unit: String
    }

    private static func series(of run: Run, _ doubts: FigureDoubts) -> [ForkedFigure] {
        var found: [Place: [Int: (skipped: Int, values: [Double])]] = [:]
        for one in run.samples {
            let values = one.samples.filter(\.isFinite)
            if values.isEmpty { continue }
            found[Place(key: one.key, unit: one.unit), default: [:]][
                one.fork, default: (one.warmup.count, [])
            ].values += values
        }
        return found.sorted { $0.key.key < $1.key.key }.compactMap { place, forks in
            guard let metric = run.manifest.specification(of: place.key) else { return nil }
            let better = BetterDirection(metric.better)
            guard better != nil || isCount(place.key.metric) else { return nil }
            let isExact = metric.kind == .exact
            return ForkedFigure(
                identity: FigureIdentity(
                    key: place.key, statistic: isExact ? "exact" : "median", unit: place.unit),
                better: better, isExact: isExact,
                forks: forks.sorted { $0.key < $1.key }.map { number, taken in
                    Fork(
                        number: number, values: taken.values,
                        doubts: doubts.reasons(about: place.key, fork: number),
                        skipped: taken.skipped)
                })
        }
    }

    private static func tails(of run: Run, _ doubts: FigureDoubts) -> [ForkedFigure] {
        var found: [FigureKey: [Run.Distribution]] = [:]
        for one in run.distributions { found[one.key, default: []].append(one) }
        return found.sorted { $0.key < $1.key }.flatMap { key, parts in
            guard let metric = run.manifest.specification(of: key),
                let better = BetterDirection(metric.better)
            else { return [ForkedFigure]() }
            return percentiles.compactMap { name, percentile in
                let needed = Quantile.sampleCountNeeded(forProbability: percentile / 100)
                let forks = parts.sorted { $0.fork < $1.fork }.compactMap { part -> Fork? in
                    guard part.distribution.count >= UInt64(needed),
                        let value = part.distribution.nanoseconds(atPercentile: percentile)
                    else { return nil }
                    return Fork(
                        number: part.fork, values: [value],
                        doubts: doubts.reasons(about: key, fork: part.fork))
                }
                guard forks.count == parts.count else { return nil }
                return ForkedFigure(
                    identity: FigureIdentity(key: key, statistic: name, unit: "ns"),
                    better: better, isExact: false, forks: forks)
            }
        }
    }
}

/// The doubts that forks gave about figures.
struct FigureDoubts {
    private struct Place: Hashable {
        let metric: String
        let parameters: ParameterSet
        let fork: Int
    }

    private var reasons: [Place: [String]] = [:]

    init(_ forks: [Manifest.ForkSummary]) {
        for fork in forks {
            for doubt in fork.doubts {
                let place = Place(
                    metric: doubt.metric, parameters: doubt.parameters, fork: fork.fork)
                if reasons[place]?.contains(doubt.reason) == true { continue }
                reasons[place, default: []].append(doubt.reason)
            }
        }
    }

    func reasons(about key: FigureKey, fork: Int) -> [String] {
        reasons[Place(metric: key.metric, parameters: key.parameters, fork: fork)] ?? []
    }
}
