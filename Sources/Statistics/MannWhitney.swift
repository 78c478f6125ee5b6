/// The Mann-Whitney U test of whether values of one set tend to be larger than those of another.
///
/// Exact for sets without ties of up to 40 values each, the normal approximation with tie and
/// continuity correction otherwise. The values must be independent: give it one figure a fork, not
/// the samples of one process. Sources: Mann and Whitney, Annals of Mathematical Statistics 18,
/// 1947; Lehmann, "Nonparametrics", 1.3 (ties).
public struct MannWhitney: Hashable, Sendable {
    /// What is taken for unlikely under the null hypothesis of equal distributions.
    public enum Alternative: String, Hashable, Codable, Sendable {
        /// The first set differs from the second, either way.
        case different
        /// The first set tends to be larger.
        case greater
        /// The first set tends to be smaller.
        case less
    }

    /// Pairs in which the first set's value is the larger; ties count one half.
    public let u: Double
    /// `u` as a share of all pairs, 0 to 1: the chance that a value of the first set exceeds one of
    /// the second. One half means no tendency.
    public let superiority: Double
    /// The p-value.
    public let significance: Double
    /// Whether the p-value comes from the exact distribution.
    public let isExact: Bool

    static let exactLimit = 40

    /// The test of `first` against `second`; O(n log n), and O(n²m²) where exact.
    ///
    /// - Precondition: neither is empty; all values finite.
    public init(
        _ first: [Double], _ second: [Double], alternative: Alternative = .different
    ) {
        requireFinite(first)
        requireFinite(second)
        let pairs = Double(first.count) * Double(second.count)
        let ties = tieRuns((first + second).sorted())
        u = MannWhitney.statistic(first.sorted(), second.sorted())
        superiority = u / pairs
        isExact = ties.isEmpty && max(first.count, second.count) <= MannWhitney.exactLimit
        let upper: (Double) -> Double
        if isExact {
            let law = MannWhitney.exactLaw(first.count, second.count)
            upper = { bound in law[min(Int(bound), law.count)...].reduce(0, +) }
        } else {
            let n = Double(first.count + second.count)
            let tied = ties.reduce(0.0) { sum, run in
                let t = Double(run)
                return sum + t * (t * t - 1)
            }
            let spread = n + 1 - (n > 1 ? tied / (n * (n - 1)) : 0)
            let variance = pairs / 12 * spread
            upper = { bound in
                // All values equal: nothing speaks for a difference.
                guard variance > 0 else { return 1 }
                return StandardNormal.cumulative(
                    -(bound - pairs / 2 - 0.5) / variance.squareRoot())
            }
        }
        switch alternative {
        case .greater: significance = min(upper(u), 1)
        case .less: significance = min(upper(pairs - u), 1)
        case .different: significance = min(2 * upper(max(u, pairs - u)), 1)
        }
    }

    /// U from two ascending arrays, by merging.
    private static func statistic(_ first: [Double], _ second: [Double]) -> Double {
        var (below, upTo) = (0, 0)
        var halves = 0
        for value in first {
            while below < second.count && second[below] < value { below += 1 }
            while upTo < second.count && second[upTo] <= value { upTo += 1 }
            halves += below + upTo
        }
        return Double(halves) / 2
    }

    /// P(U = u) for sets of n and m values without ties.
    ///
    /// The largest value belongs to the first set with probability n/(n + m) and then exceeds all
    /// m of the second: f(n, m, u) = n/(n+m)·f(n−1, m, u−m) + m/(n+m)·f(n, m−1, u). All terms are
    /// positive, so nothing cancels.
    private static func exactLaw(_ n: Int, _ m: Int) -> [Double] {
        var row = Array(repeating: [1.0], count: m + 1)
        for i in 1...n {
            var next: [[Double]] = [[1.0]]
            for j in 1...m {
                var law = Array(repeating: 0.0, count: i * j + 1)
                let share = Double(i) / Double(i + j)
                for (u, probability) in row[j].enumerated() { law[u + j] += share * probability }
                for (u, probability) in next[j - 1].enumerated() {
                    law[u] += (1 - share) * probability
                }
                next.append(law)
            }
            row = next
        }
        return row[m]
    }
}
