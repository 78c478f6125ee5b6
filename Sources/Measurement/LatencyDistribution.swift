import Histogram

/// Times per operation in an HdrHistogram with three significant digits, kept in picoseconds so
/// that sub-nanosecond differences between short operations survive.
///
/// What times are recorded into has a place for every value, 340 kB; what is read back or added up has
/// the buckets that hold something.
public struct LatencyDistribution: Sendable {
    /// A recorded bucket: the highest value equivalent to it and how many values fell there.
    public struct Bucket: Codable, Hashable, Sendable {
        /// Highest equivalent value in picoseconds.
        public let picoseconds: UInt64
        /// Number of values.
        public let count: UInt64

        /// A bucket that ends at `picoseconds`.
        public init(picoseconds: UInt64, count: UInt64) {
            self.picoseconds = picoseconds
            self.count = count
        }
    }

    /// Times above this, in picoseconds, are counted as overflow, never capped: 1 000 s.
    public static let highestTrackable: UInt64 = 1_000_000_000_000_000

    /// What is recorded into; `nil` as long as nothing was recorded into what was read.
    private var histogram: Histogram<UInt64>?
    /// Where there is no histogram: its buckets, ascending, none of them empty.
    private var known: [Bucket] = []
    /// Values that were too large to record.
    public private(set) var overflow: UInt64 = 0

    /// A distribution without values, to record into.
    public init() { histogram = LatencyDistribution.emptyHistogram() }

    /// The distribution with these buckets, in whatever order.
    ///
    /// - Complexity: O(n log n) in their number.
    public init(buckets: [Bucket], overflow: UInt64) {
        known = LatencyDistribution.sum(
            of: buckets.lazy.filter { $0.picoseconds < LatencyDistribution.firstOverflow }
                .map {
                    Bucket(
                        picoseconds: LatencyDistribution.end(ofBucketWith: $0.picoseconds),
                        count: $0.count)
                })
        self.overflow = buckets.reduce(overflow) { sum, bucket in
            bucket.picoseconds < LatencyDistribution.firstOverflow ? sum : sum + bucket.count
        }
    }

    /// The distribution of all values of `parts`.
    ///
    /// - Complexity: O(n log n) in the number of their buckets.
    public init(merging parts: some Sequence<LatencyDistribution>) {
        var buckets: [Bucket] = []
        for part in parts {
            buckets += part.buckets
            overflow += part.overflow
        }
        known = LatencyDistribution.sum(of: buckets)
    }

    /// Records a time. Complexity: O(1), without allocation but for the first into one that was read.
    public mutating func record(nanoseconds: Double) {
        precondition(nanoseconds >= 0, "a time cannot be negative, got \(nanoseconds) ns")
        record(picoseconds: UInt64((nanoseconds * 1000).rounded()), count: 1)
    }

    private mutating func record(picoseconds: UInt64, count: UInt64) {
        if histogram == nil { beginRecording() }
        if histogram?.record(picoseconds, count: count) != true { overflow += count }
    }

    private mutating func beginRecording() {
        histogram = LatencyDistribution.emptyHistogram()
        let held = known
        known = []
        for bucket in held { record(picoseconds: bucket.picoseconds, count: bucket.count) }
    }

    /// Adds all values of `other`.
    public mutating func merge(_ other: LatencyDistribution) {
        if histogram == nil {
            known = LatencyDistribution.sum(of: known + other.buckets)
        } else if let whole = other.histogram {
            histogram?.add(whole)
        } else {
            for bucket in other.known {
                record(picoseconds: bucket.picoseconds, count: bucket.count)
            }
        }
        overflow += other.overflow
    }

    /// How many values were recorded, overflow included.
    public var count: UInt64 { tracked + overflow }

    /// How many were not too large.
    private var tracked: UInt64 {
        histogram?.totalCount ?? known.reduce(0) { $0 + $1.count }
    }

    /// The time in nanoseconds that `percentile` per cent of the values do not exceed, within
    /// 0.1 %; `nil` when the distribution is empty or the percentile lies in the overflow.
    public func nanoseconds(atPercentile percentile: Double) -> Double? {
        precondition((0...100).contains(percentile), "percentile \(percentile) is not in 0...100")
        let tracked = tracked
        guard tracked > 0 else { return nil }
        let rank = percentile / 100 * Double(tracked + overflow)
        guard rank <= Double(tracked) else { return nil }
        let share = min(100, rank / Double(tracked) * 100)
        // The end of the bucket, also for the largest value: what a file of buckets gives back.
        let value =
            histogram.map { $0.highestEquivalentForValue($0.valueAtPercentile(share)) }
            ?? knownValue(atPercentile: share, of: tracked)
        return Double(value) / 1000
    }

    /// The end of the bucket in which the histogram would find that percentile.
    private func knownValue(atPercentile percentile: Double, of total: UInt64) -> UInt64 {
        // One unit in the last place less, so that rounding does not run over into the next bucket.
        let share = max(percentile.nextDown, 0)
        let wanted = max(1, UInt64((share * Double(total) / 100).rounded(.up)))
        var sum: UInt64 = 0
        for bucket in known {
            sum += bucket.count
            if sum >= wanted { return bucket.picoseconds }
        }
        return known.last?.picoseconds ?? 0
    }

    /// The buckets that hold values, in ascending order.
    public var buckets: [Bucket] {
        histogram.map { histogram in
            histogram.recordedValues().map {
                Bucket(picoseconds: $0.value, count: UInt64($0.count))
            }
        } ?? known
    }
}

extension LatencyDistribution {
    /// Bits of the significant digits: values of as many are told apart.
    private static let significantBits = 11
    /// The first value that has no place in a histogram up to `highestTrackable`, in picoseconds.
    private static let firstOverflow: UInt64 = 1 << 50

    private static func emptyHistogram() -> Histogram<UInt64> {
        Histogram(
            lowestDiscernibleValue: 1, highestTrackableValue: highestTrackable,
            numberOfSignificantValueDigits: .three)
    }

    /// The highest value that a histogram does not tell apart from `value`.
    private static func end(ofBucketWith value: UInt64) -> UInt64 {
        let shift = max(0, UInt64.bitWidth - value.leadingZeroBitCount - significantBits)
        return value | ((1 << UInt64(shift)) - 1)
    }

    /// Ascending, one of each, those of no values left out.
    private static func sum(of buckets: some Sequence<Bucket>) -> [Bucket] {
        var sums: [Bucket] = []
        for bucket in buckets.sorted(by: { $0.picoseconds < $1.picoseconds })
        where bucket.count > 0 {
            if let last = sums.last, last.picoseconds == bucket.picoseconds {
                sums[sums.count - 1] = Bucket(
                    picoseconds: last.picoseconds, count: last.count + bucket.count)
            } else {
                sums.append(bucket)
            }
        }
        return sums
    }
}

extension LatencyDistribution: Codable {
    private enum CodingKeys: String, CodingKey { case buckets, overflow }

    /// Decodes the recorded buckets.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            buckets: try container.decode([Bucket].self, forKey: .buckets),
            overflow: try container.decode(UInt64.self, forKey: .overflow))
    }

    /// Encodes the recorded buckets.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(buckets, forKey: .buckets)
        try container.encode(overflow, forKey: .overflow)
    }
}
