import Histogram

/// Times per operation in an HdrHistogram with three significant digits, kept in picoseconds so
/// that sub-nanosecond differences between short operations survive.
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

    private var histogram: Histogram<UInt64>
    /// Values that were too large to record.
    public private(set) var overflow: UInt64 = 0

    /// A distribution without values.
    public init() {
        histogram = Histogram(
            lowestDiscernibleValue: 1,
            highestTrackableValue: LatencyDistribution.highestTrackable,
            numberOfSignificantValueDigits: .three)
    }

    /// The distribution with these buckets.
    public init(buckets: [Bucket], overflow: UInt64) {
        self.init()
        self.overflow = overflow
        for bucket in buckets { record(picoseconds: bucket.picoseconds, count: bucket.count) }
    }

    /// Records a time. Complexity: O(1), no allocation.
    public mutating func record(nanoseconds: Double) {
        precondition(nanoseconds >= 0, "a time cannot be negative, got \(nanoseconds) ns")
        record(picoseconds: UInt64((nanoseconds * 1000).rounded()), count: 1)
    }

    private mutating func record(picoseconds: UInt64, count: UInt64) {
        if !histogram.record(picoseconds, count: count) { overflow += count }
    }

    /// Adds all values of `other`.
    public mutating func merge(_ other: LatencyDistribution) {
        histogram.add(other.histogram)
        overflow += other.overflow
    }

    /// How many values were recorded, overflow included.
    public var count: UInt64 { histogram.totalCount + overflow }

    /// The time in nanoseconds that `percentile` per cent of the values do not exceed, within
    /// 0.1 %; `nil` when the distribution is empty or the percentile lies in the overflow.
    public func nanoseconds(atPercentile percentile: Double) -> Double? {
        precondition((0...100).contains(percentile), "percentile \(percentile) is not in 0...100")
        guard histogram.totalCount > 0 else { return nil }
        let rank = percentile / 100 * Double(count)
        guard rank <= Double(histogram.totalCount) else { return nil }
        let share = min(100, rank / Double(histogram.totalCount) * 100)
        // The end of the bucket, also for the largest value: what a file of buckets gives back.
        let value = histogram.highestEquivalentForValue(histogram.valueAtPercentile(share))
        return Double(value) / 1000
    }

    /// The buckets that hold values, in ascending order.
    public var buckets: [Bucket] {
        histogram.recordedValues().map { Bucket(picoseconds: $0.value, count: UInt64($0.count)) }
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
