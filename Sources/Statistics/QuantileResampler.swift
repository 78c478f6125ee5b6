import Randomness

/// Replicates of a pooled quantile without drawing the samples one by one.
///
/// Only the number of resampled values on either side of a pivot matters to an order statistic.
/// Given how many resampled values of a fork lie in a range of values, the number of them below a
/// pivot is binomial; so the search for the wanted rank descends a binary tree over the pooled
/// values, drawing one binomial a fork and level. The replicate has exactly the distribution that
/// drawing all samples would give, at O(forks · log values) instead of O(samples).
struct QuantileResampler: ForkResampler {
    let probability: Double
    let sampleCounts: [Int]
    /// All forks' distinct values, ascending.
    private let values: [Double]
    private let forks: [RankedFork]
    /// The descent's state and the half that was set aside; kept to avoid allocation.
    private var active: [Share] = []
    private var aside: [Share] = []

    /// A fork's distinct values as positions among the pooled ones.
    private struct RankedFork {
        let positions: [Int32]
        let cumulative: [Int]

        /// The first of the fork's values in `low..<high` that lies at `pivot` or above.
        func firstIndex(atOrAbove pivot: Int32, low: Int, high: Int) -> Int {
            var (low, high) = (low, high)
            while low < high {
                let middle = (low + high) / 2
                if positions[middle] < pivot { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// A fork's part in the range being searched: its values there, and how many resampled
    /// values fell among them.
    private struct Share {
        let fork: Int
        var low: Int
        var high: Int
        var draws: Int
        /// The split at the current pivot: values below it and draws below it.
        var pivotIndex = 0
        var drawsBelow = 0
    }

    init(_ distributions: [SampleDistribution], probability: Double) {
        precondition(!distributions.isEmpty, "at least one fork is needed")
        self.probability = probability
        sampleCounts = distributions.map(\.count)
        var pooled: [Double] = []
        for value in distributions.flatMap(\.values).sorted() where value != pooled.last {
            pooled.append(value)
        }
        precondition(pooled.count < Int(Int32.max), "\(pooled.count) distinct values")
        values = pooled
        forks = distributions.map { distribution in
            var position = 0
            let positions = distribution.values.map { value in
                while pooled[position] < value { position += 1 }
                return Int32(position)
            }
            return RankedFork(positions: positions, cumulative: distribution.cumulative)
        }
    }

    mutating func pooled(_ multiplicities: [Int]) -> Double {
        quantile(multiplicities) { draws, below, all in draws / all * below }
    }

    mutating func replicate(
        _ multiplicities: [Int], by generator: inout Xoshiro256StarStar
    ) -> Double {
        quantile(multiplicities) { draws, below, all in
            generator.nextBinomial(trials: draws, probability: Double(below) / Double(all))
        }
    }

    /// The influence of a sample on a quantile takes two values, so its skewness is known:
    /// a = (2p − 1) / 6√(np(1 − p)).
    mutating func accelerationWithinFork() -> Double {
        let variance = Double(sampleCounts[0]) * probability * (1 - probability)
        return variance > 0 ? (2 * probability - 1) / (6 * variance.squareRoot()) : 0
    }

    /// `split(draws, below, all)` says how many of a share's draws fall below the pivot when
    /// `below` of its `all` samples do.
    private mutating func quantile(
        _ multiplicities: [Int], split: (Int, Int, Int) -> Int
    ) -> Double {
        active.removeAll(keepingCapacity: true)
        var total = 0
        for fork in forks.indices where multiplicities[fork] > 0 {
            let draws = multiplicities[fork] * sampleCounts[fork]
            total += draws
            active.append(
                Share(fork: fork, low: 0, high: forks[fork].positions.count, draws: draws))
        }
        let position = Quantile.Position(of: probability, among: total)
        var rank = position.rank
        var (low, high) = (0, values.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            let below = divide(at: middle, split: split)
            if position.fraction > 0 && rank == below - 1 {
                // The two neighbours lie on either side: each is found in its own half.
                setUpperAside()
                keepLower()
                let lower = orderStatistic(rank, low: low, high: middle, split: split)
                swap(&active, &aside)
                let upper = orderStatistic(0, low: middle, high: high, split: split)
                return Quantile.interpolate(lower, upper, position.fraction)
            }
            if rank < below {
                keepLower()
                high = middle
            } else {
                rank -= below
                keepUpper()
                low = middle
            }
        }
        return values[low]
    }

    private mutating func orderStatistic(
        _ wanted: Int, low: Int, high: Int, split: (Int, Int, Int) -> Int
    ) -> Double {
        var (rank, low, high) = (wanted, low, high)
        while high - low > 1 {
            let middle = (low + high) / 2
            let below = divide(at: middle, split: split)
            if rank < below {
                keepLower()
                high = middle
            } else {
                rank -= below
                keepUpper()
                low = middle
            }
        }
        return values[low]
    }

    /// Splits every share at the pivot; returns the draws below it.
    private mutating func divide(at pivot: Int, split: (Int, Int, Int) -> Int) -> Int {
        var below = 0
        for index in active.indices {
            let share = active[index]
            let fork = forks[share.fork]
            let cut = fork.firstIndex(atOrAbove: Int32(pivot), low: share.low, high: share.high)
            let start = fork.cumulative[share.low]
            let drawsBelow = split(
                share.draws, fork.cumulative[cut] - start, fork.cumulative[share.high] - start)
            active[index].pivotIndex = cut
            active[index].drawsBelow = drawsBelow
            below += drawsBelow
        }
        return below
    }

    private mutating func keepLower() {
        var kept = 0
        for index in active.indices where active[index].drawsBelow > 0 {
            var share = active[index]
            share.high = share.pivotIndex
            share.draws = share.drawsBelow
            active[kept] = share
            kept += 1
        }
        active.removeLast(active.count - kept)
    }

    private mutating func keepUpper() {
        var kept = 0
        for index in active.indices where active[index].draws > active[index].drawsBelow {
            var share = active[index]
            share.low = share.pivotIndex
            share.draws -= share.drawsBelow
            active[kept] = share
            kept += 1
        }
        active.removeLast(active.count - kept)
    }

    private mutating func setUpperAside() {
        aside.removeAll(keepingCapacity: true)
        for share in active where share.draws > share.drawsBelow {
            var upper = share
            upper.low = share.pivotIndex
            upper.draws -= share.drawsBelow
            aside.append(upper)
        }
    }
}
