import Randomness

/// Permutation tests: how often chance alone, by shuffling labels or signs, gives a statistic as
/// far from zero as the one observed.
///
/// All arrangements are tried where there are no more than `permutations`; otherwise that many are
/// drawn, and the p-value counts the observed arrangement among them, (1 + hits)/(1 + draws), so
/// that it is never zero. Sources: Fisher 1935; Phipson and Smyth, "Permutation p-values should
/// never be zero", 2010. The values must be independent: give it one figure a fork.
public struct PermutationTest: Hashable, Sendable {
    /// The most arrangements to try.
    public var permutations: Int
    /// Determines the arrangements that are drawn.
    public var seed: Seed

    /// A test with these settings.
    ///
    /// - Precondition: at least 20 permutations.
    public init(seed: Seed, permutations: Int = 10_000) {
        precondition(permutations >= 20, "\(permutations) permutations: at least 20 are needed")
        self.seed = seed
        self.permutations = permutations
    }

    /// What a test found.
    public struct Outcome: Hashable, Sendable {
        /// The statistic of the data as observed.
        public let observed: Double
        /// The two-sided p-value.
        public let significance: Double
        /// Arrangements that were tried, the observed one included where all were.
        public let arrangements: Int
        /// Whether all arrangements were tried.
        public let isExact: Bool
    }

    /// Whether two independent sets differ, by a statistic that is near zero when they do not; for
    /// example the difference of their medians.
    ///
    /// - Precondition: neither is empty; all values finite.
    /// - Complexity: O(permutations · cost of the statistic).
    public func difference(
        of first: [Double], from second: [Double],
        by statistic: (ArraySlice<Double>, ArraySlice<Double>) -> Double
    ) -> Outcome {
        requireFinite(first)
        requireFinite(second)
        var pooled = first + second
        let cut = first.count
        let observed = statistic(pooled[..<cut], pooled[cut...])
        let all = combinations(pooled.count, cut)
        guard let all, all <= permutations else {
            var generator = seed.generator()
            return drawn(observed) {
                pooled = pooled.shuffled(by: &generator)
                return statistic(pooled[..<cut], pooled[cut...])
            }
        }
        let values = pooled
        var chosen = Array(0..<cut)
        var (hits, arrangements) = (0, 0)
        repeat {
            pooled = PermutationTest.arrange(values, first: chosen)
            let value = statistic(pooled[..<cut], pooled[cut...])
            hits += isAsFar(value, observed) ? 1 : 0
            arrangements += 1
        } while PermutationTest.advance(&chosen, below: values.count)
        return Outcome(
            observed: observed, significance: Double(hits) / Double(arrangements),
            arrangements: arrangements, isExact: true)
    }

    /// Whether paired differences are centred on zero, by flipping their signs; the statistic is
    /// their mean.
    ///
    /// - Precondition: not empty; all values finite.
    public func center(ofPaired differences: [Double]) -> Outcome {
        requireFinite(differences)
        let count = Double(differences.count)
        let observed = differences.reduce(0, +) / count
        guard differences.count < 62, 1 << differences.count <= permutations else {
            var generator = seed.generator()
            return drawn(observed) {
                var sum = 0.0
                for difference in differences {
                    sum += generator.next() >> 63 == 0 ? difference : -difference
                }
                return sum / count
            }
        }
        let arrangements = 1 << differences.count
        var hits = 0
        for signs in 0..<arrangements {
            var sum = 0.0
            for (index, difference) in differences.enumerated() {
                sum += signs >> index & 1 == 0 ? difference : -difference
            }
            hits += isAsFar(sum / count, observed) ? 1 : 0
        }
        return Outcome(
            observed: observed, significance: Double(hits) / Double(arrangements),
            arrangements: arrangements, isExact: true)
    }

    private func drawn(_ observed: Double, _ statistic: () -> Double) -> Outcome {
        var hits = 0
        for _ in 0..<permutations { hits += isAsFar(statistic(), observed) ? 1 : 0 }
        return Outcome(
            observed: observed, significance: Double(hits + 1) / Double(permutations + 1),
            arrangements: permutations, isExact: false)
    }

    /// Rounding must not split arrangements whose statistics are equal on paper.
    private func isAsFar(_ value: Double, _ observed: Double) -> Bool {
        abs(value) >= abs(observed) * (1 - 1e-12)
    }

    /// n over k; nil above the permutations allowed.
    private func combinations(_ n: Int, _ k: Int) -> Int? {
        var result = 1.0
        for index in 0..<min(k, n - k) { result *= Double(n - index) / Double(index + 1) }
        let rounded = result.rounded()
        return rounded <= Double(permutations) ? Int(rounded) : nil
    }

    private static func arrange(_ values: [Double], first chosen: [Int]) -> [Double] {
        var (head, tail): ([Double], [Double]) = ([], [])
        var next = 0
        for (index, value) in values.enumerated() {
            if next < chosen.count && chosen[next] == index {
                head.append(value)
                next += 1
            } else {
                tail.append(value)
            }
        }
        return head + tail
    }

    /// The next combination in lexicographic order; false after the last.
    private static func advance(_ chosen: inout [Int], below count: Int) -> Bool {
        let size = chosen.count
        guard let pivot = chosen.indices.last(where: { chosen[$0] < count - size + $0 }) else {
            return false
        }
        chosen[pivot] += 1
        for index in chosen.indices where index > pivot { chosen[index] = chosen[index - 1] + 1 }
        return true
    }
}
