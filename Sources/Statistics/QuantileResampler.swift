import Randomness

/// Replicates of a pooled quantile without drawing the samples one by one.
///
/// Only the number of resampled values on either side of a pivot matters to an order statistic.
/// Given how many resampled values of a fork lie in a range of values, the number of them below a
/// pivot is binomial; so the search for the wanted rank descends a binary tree over the pooled
/// values, drawing one binomial a fork and level. The replicate has exactly the distribution that
/// drawing all samples would give, at O(forks · log values) instead of O(samples).
///
/// A pivot divides one range of the tree alone, so what share of a fork's samples in the range lies
/// below it is worked out once for all replicates.
struct QuantileResampler: ForkResampler {
    let probability: Double
    let sampleCounts: [Int]
    private let forks: [SampleDistribution]
    /// All forks' samples; its values are those of the tree.
    private let all: SampleDistribution
    /// For each value as a pivot and each fork, the share of the fork's samples in the pivot's range
    /// that lie below the pivot; not a number where it has none there. Made for the first replicate.
    private var shares: [Double] = []
    /// How many resampled values of each fork lie in the range, and how many of these below its pivot;
    /// kept to avoid allocation, as is the half that was set aside.
    private var draws: [Int]
    private var drawsBelow: [Int]
    private var aside: [Int]

    init(_ distributions: [SampleDistribution], probability: Double) {
        precondition(!distributions.isEmpty, "at least one fork is needed")
        self.probability = probability
        forks = distributions
        sampleCounts = distributions.map(\.count)
        all = SampleDistribution(pooling: distributions)
        draws = Array(repeating: 0, count: distributions.count)
        drawsBelow = draws
        aside = draws
    }

    mutating func point() -> Double { all.quantile(probability) }

    mutating func pooled(_ multiplicities: [Int]) -> Double {
        SampleDistribution(pooling: forks, multiplicities: multiplicities).quantile(probability)
    }

    mutating func replicate(
        _ multiplicities: [Int], by generator: inout Xoshiro256StarStar
    ) -> Double {
        if shares.isEmpty { shares = makeShares() }
        var total = 0
        for fork in draws.indices {
            draws[fork] = multiplicities[fork] * sampleCounts[fork]
            total += draws[fork]
        }
        let position = Quantile.Position(of: probability, among: total)
        var rank = position.rank
        var (low, high) = (0, all.values.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            let below = divide(at: middle, by: &generator)
            if position.fraction > 0 && rank == below - 1 {
                // The two neighbours lie on either side: each is found in its own half.
                for fork in draws.indices { aside[fork] = draws[fork] - drawsBelow[fork] }
                swap(&draws, &drawsBelow)
                let lower = orderStatistic(rank, low: low, high: middle, by: &generator)
                swap(&draws, &aside)
                let upper = orderStatistic(0, low: middle, high: high, by: &generator)
                return Quantile.interpolate(lower, upper, position.fraction)
            }
            if rank < below {
                swap(&draws, &drawsBelow)
                high = middle
            } else {
                rank -= below
                keepUpper()
                low = middle
            }
        }
        return all.values[low]
    }

    /// The influence of a sample on a quantile takes two values, so its skewness is known:
    /// a = (2p − 1) / 6√(np(1 − p)).
    mutating func accelerationWithinFork() -> Double {
        let variance = Double(sampleCounts[0]) * probability * (1 - probability)
        return variance > 0 ? (2 * probability - 1) / (6 * variance.squareRoot()) : 0
    }

    private mutating func orderStatistic(
        _ wanted: Int, low: Int, high: Int, by generator: inout Xoshiro256StarStar
    ) -> Double {
        var (rank, low, high) = (wanted, low, high)
        while high - low > 1 {
            let middle = (low + high) / 2
            let below = divide(at: middle, by: &generator)
            if rank < below {
                swap(&draws, &drawsBelow)
                high = middle
            } else {
                rank -= below
                keepUpper()
                low = middle
            }
        }
        return all.values[low]
    }

    /// Draws how many resampled values of each fork lie below the pivot; returns their sum.
    private mutating func divide(
        at pivot: Int, by generator: inout Xoshiro256StarStar
    ) -> Int {
        var below = 0
        let row = pivot * draws.count
        for fork in draws.indices {
            let drawn = generator.nextBinomial(
                trials: draws[fork], probability: shares[row + fork])
            drawsBelow[fork] = drawn
            below += drawn
        }
        return below
    }

    private mutating func keepUpper() {
        for fork in draws.indices { draws[fork] -= drawsBelow[fork] }
    }

    /// The table of `shares`: first how many of a fork's samples lie below each value, then, from the
    /// leaves of the tree up, since a range's ends are the pivots above it, their shares in the range.
    private func makeShares() -> [Double] {
        let values = all.values
        let count = forks.count
        var table = [Double](repeating: 0, count: (values.count + 1) * count)
        for (fork, own) in forks.enumerated() {
            var place = 0
            for (index, value) in values.enumerated() {
                table[index * count + fork] = Double(own.cumulative[place])
                if place < own.values.count, own.values[place] == value { place += 1 }
            }
            table[values.count * count + fork] = Double(own.count)
        }
        QuantileResampler.divide(&table, 0, values.count, forks: count)
        return table
    }

    private static func divide(_ table: inout [Double], _ low: Int, _ high: Int, forks: Int) {
        guard high - low > 1 else { return }
        let middle = (low + high) / 2
        divide(&table, low, middle, forks: forks)
        divide(&table, middle, high, forks: forks)
        for fork in 0..<forks {
            let start = table[low * forks + fork]
            table[middle * forks + fork] =
                (table[middle * forks + fork] - start) / (table[high * forks + fork] - start)
        }
    }
}
