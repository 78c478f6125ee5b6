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

    /// Of all samples of `parts` together, those of each as often as `multiplicities` say (once, where it
    /// is `nil`); O(d log p) for d distinct values in p parts.
    ///
    /// - Precondition: at least one part, and one that counts; as many multiplicities, none negative.
    public init(pooling parts: [SampleDistribution], multiplicities: [Int]? = nil) {
        precondition(
            multiplicities == nil || multiplicities?.count == parts.count,
            "\(multiplicities?.count ?? 0) multiplicities of \(parts.count) parts")
        var rest = parts.enumerated().compactMap { index, part -> SampleDistribution? in
            let times = multiplicities?[index] ?? 1
            precondition(times >= 0, "part \(index) counts \(times) times")
            return times == 0 ? nil : part.repeated(times)
        }
        precondition(!rest.isEmpty, "no part of \(parts.count) counts")
        // Neighbours in pairs, so that equal values keep the order of the parts.
        while rest.count > 1 {
            rest = stride(from: 0, to: rest.count, by: 2).map { index in
                index + 1 < rest.count ? rest[index].merged(with: rest[index + 1]) : rest[index]
            }
        }
        self = rest[0]
    }

    private init(values: [Double], cumulative: [Int]) {
        self.values = values
        self.cumulative = cumulative
    }

    /// Every sample `times` times.
    private func repeated(_ times: Int) -> SampleDistribution {
        guard times > 1 else { return self }
        return SampleDistribution(values: values, cumulative: cumulative.map { $0 * times })
    }

    private func merged(with other: SampleDistribution) -> SampleDistribution {
        var values: [Double] = []
        var cumulative: [Int] = [0]
        values.reserveCapacity(self.values.count + other.values.count)
        cumulative.reserveCapacity(self.values.count + other.values.count + 1)
        var (left, right) = (0, 0)
        while left < self.values.count || right < other.values.count {
            let isLeft =
                right == other.values.count
                || left < self.values.count && self.values[left] <= other.values[right]
            let value = isLeft ? self.values[left] : other.values[right]
            if isLeft { left += 1 }
            if right < other.values.count, other.values[right] == value { right += 1 }
            values.append(value)
            cumulative.append(self.cumulative[left] + other.cumulative[right])
        }
        return SampleDistribution(values: values, cumulative: cumulative)
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

    /// The median absolute deviation from the median; O(d) for d distinct values.
    public var medianAbsoluteDeviation: Double {
        let center = median
        // On either side of the median deviations ascend: they are merged.
        var below = (values.firstIndex { $0 > center } ?? values.count) - 1
        var above = below + 1
        var distinct: [(value: Double, count: Int)] = []
        distinct.reserveCapacity(values.count)
        while below >= 0 || above < values.count {
            let near = below >= 0 ? center - values[below] : .infinity
            let far = above < values.count ? values[above] - center : .infinity
            let index = near <= far ? below : above
            if near <= far { below -= 1 } else { above += 1 }
            let deviation = min(near, far)
            if distinct.last?.value == deviation {
                distinct[distinct.count - 1].count += count(at: index)
            } else {
                distinct.append((deviation, count(at: index)))
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
