/// The samples of one process as sorted distinct values with their counts.
///
/// Made from raw samples or from a histogram's buckets; a quantile or a bootstrap over it costs by
/// the number of distinct values, not of samples, so that a histogram of 10⁹ values is as cheap as
/// its few thousand buckets.
public struct SampleDistribution: Hashable, Sendable {
    /// The distinct values, ascending.
    public let values: [Double]
    /// `cumulative[i]` samples lie below `values[i]`; one longer than `values`.
    let cumulative: [Int]

    /// Of raw samples in any order; O(n log n).
    ///
    /// - Precondition: at least one sample, all finite.
    public init(_ samples: [Double]) {
        requireFinite(samples)
        var values: [Double] = []
        var cumulative: [Int] = [0]
        values.reserveCapacity(samples.count)
        cumulative.reserveCapacity(samples.count + 1)
        for sample in samples.sorted() {
            if sample == values.last {
                cumulative[cumulative.count - 1] += 1
            } else {
                cumulative.append(cumulative[cumulative.count - 1] + 1)
                values.append(sample)
            }
        }
        self.values = values
        self.cumulative = cumulative
    }

    /// Of distinct values in ascending order with how often each was seen.
    ///
    /// - Precondition: at least one value; values finite and strictly ascending; counts positive.
    public init(counts: [(value: Double, count: Int)]) {
        requireFinite(counts.map(\.value))
        var cumulative: [Int] = [0]
        cumulative.reserveCapacity(counts.count + 1)
        for (index, entry) in counts.enumerated() {
            precondition(entry.count > 0, "value \(entry.value) has count \(entry.count)")
            precondition(
                index == 0 || counts[index - 1].value < entry.value,
                "value \(index) (\(entry.value)) is not above the one before it")
            cumulative.append(cumulative[index] + entry.count)
        }
        values = counts.map(\.value)
        self.cumulative = cumulative
    }

    /// The number of samples.
    public var count: Int { cumulative[cumulative.count - 1] }
    /// The smallest value.
    public var minimum: Double { values[0] }
    /// The largest value.
    public var maximum: Double { values[values.count - 1] }

    /// How many samples have the value at `index` of `values`.
    public func count(at index: Int) -> Int { cumulative[index + 1] - cumulative[index] }

    /// The sample at `rank` (from 0) in ascending order; O(log of the distinct values).
    ///
    /// - Precondition: `0 <= rank < count`.
    public func orderStatistic(_ rank: Int) -> Double {
        precondition(rank >= 0 && rank < count, "rank \(rank) of \(count) samples")
        if values.count == count { return values[rank] }
        // The last value that has no more than `rank` samples below it.
        var (low, high) = (0, values.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if cumulative[middle] <= rank { low = middle } else { high = middle }
        }
        return values[low]
    }

    /// The type 7 quantile (see `Quantile`); O(log of the distinct values).
    ///
    /// - Precondition: `0 <= probability <= 1`.
    public func quantile(_ probability: Double) -> Double {
        let position = Quantile.Position(of: probability, among: count)
        let lower = orderStatistic(position.rank)
        guard position.fraction > 0 else { return lower }
        return Quantile.interpolate(
            lower, orderStatistic(position.rank + 1), position.fraction)
    }

    /// The quantile at one half.
    public var median: Double { quantile(0.5) }

    /// The arithmetic mean.
    public var mean: Double { centralMoment(1, about: 0) }

    /// The median absolute deviation from the median; O(d log d) for d distinct values.
    public var medianAbsoluteDeviation: Double {
        let center = median
        var deviations = values.indices.map {
            (value: abs(values[$0] - center), count: count(at: $0))
        }
        deviations.sort { $0.value < $1.value }
        var distinct: [(value: Double, count: Int)] = []
        for deviation in deviations {
            if let last = distinct.last, last.value == deviation.value {
                distinct[distinct.count - 1].count += deviation.count
            } else {
                distinct.append(deviation)
            }
        }
        return SampleDistribution(counts: distinct).median
    }

    /// The figure that `statistic` names.
    public func value(of statistic: Statistic) -> Double {
        switch statistic {
        case .mean: mean
        case .quantile(let probability): quantile(probability)
        }
    }

    /// The mean `order`-th power of the distance from `center`.
    func centralMoment(_ order: Int, about center: Double) -> Double {
        var sum = CompensatedSum()
        for index in values.indices {
            var power = 1.0
            for _ in 0..<order { power *= values[index] - center }
            sum.add(power * Double(count(at: index)))
        }
        return sum.value / Double(count)
    }
}
