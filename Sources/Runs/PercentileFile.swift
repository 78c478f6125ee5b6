public import Measurement
import Quantities

/// A latency distribution as text in HdrHistogram's percentile format (`.hgrm`), which its own
/// plotter and other tools read.
///
/// Values are nanoseconds with three decimals. Where HdrHistogram prints a row for each step of
/// percentile, this prints one for each recorded bucket: the differences of the third column are
/// the buckets' counts, and nothing is lost. Values that were too large to record count towards
/// the percentiles and are named in a footer line of their own, which other tools skip as the
/// comment that it is.
///
/// Source: `AbstractHistogram.outputPercentileDistribution` of HdrHistogram for Java.
public struct PercentileFile: Sendable {
    /// The distribution.
    public let distribution: LatencyDistribution

    /// The file of `distribution`.
    public init(_ distribution: LatencyDistribution) { self.distribution = distribution }

    /// Why a text is not such a file.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        /// The file, as the caller names it.
        public let file: String
        /// The line, from 1.
        public let line: Int
        /// What was found and what was expected.
        public let reason: String
        /// `FILE:LINE: reason`.
        public var description: String { "\(file):\(line): \(reason)" }
    }

    /// The text of the file. Complexity: linear in the recorded buckets.
    public var text: String {
        let buckets = distribution.buckets
        let total = distribution.count
        var text = PercentileFile.heading
        var below: UInt64 = 0
        for bucket in buckets {
            below += bucket.count
            text += PercentileFile.row(bucket.picoseconds, below: below, total: total)
        }
        return text + PercentileFile.footer(of: buckets, overflow: distribution.overflow)
    }

    private static let heading =
        "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"

    private static func row(_ picoseconds: UInt64, below: UInt64, total: UInt64) -> String {
        let percentile = Double(below) / Double(total)
        let start =
            column(nanoseconds(picoseconds), 12) + " "
            + Presentation.fixed(percentile, decimals: 12) + " " + column("\(below)", 10)
        guard below < total else { return start + "\n" }
        // From the counts: 1 − percentile would lose digits in the far tail.
        let inverse = Double(total) / Double(total - below)
        return start + " " + column(Presentation.fixed(inverse, decimals: 2), 14) + "\n"
    }

    private static func footer(
        of buckets: [LatencyDistribution.Bucket], overflow: UInt64
    ) -> String {
        let moments = Moments(buckets)
        let total = buckets.reduce(0) { $0 + $1.count } + overflow
        var text =
            "#[Mean    = \(column(Presentation.fixed(moments.mean, decimals: 3), 12)), "
            + "StdDeviation   = \(column(Presentation.fixed(moments.deviation, decimals: 3), 12))]\n"
            + "#[Max     = \(column(nanoseconds(buckets.last?.picoseconds ?? 0), 12)), "
            + "Total count    = \(column("\(total)", 12))]\n"
            + "#[Buckets = \(column("\(Layout.buckets)", 12)), "
            + "SubBuckets     = \(column("\(Layout.subBuckets)", 12))]\n"
        if overflow > 0 { text += "#[Overflow = \(column("\(overflow)", 11))]\n" }
        return text
    }

    private static func nanoseconds(_ picoseconds: UInt64) -> String {
        let fraction = "\(picoseconds % 1000)"
        return "\(picoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction
    }

    private static func column(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// How HdrHistogram divides the range of a `LatencyDistribution`: three significant digits
    /// from 1 ps on, in buckets that double, of 2048 values each (the lower half of all but the
    /// first is covered by the one before).
    enum Layout {
        static let subBuckets: UInt64 = 2048

        static let buckets: Int = {
            var count = 1
            var covered = subBuckets
            while covered <= LatencyDistribution.highestTrackable {
                covered <<= 1
                count += 1
            }
            return count
        }()

        /// How many values share the bucket whose greatest is `value`.
        static func size(ofBucketEndingAt value: UInt64) -> UInt64 {
            guard value >= subBuckets else { return 1 }
            return 1 << UInt64(63 - value.leadingZeroBitCount - 10)
        }
    }

    /// Mean and standard deviation in nanoseconds, each value taken as the middle of its bucket,
    /// as HdrHistogram does.
    private struct Moments {
        var mean = 0.0
        var deviation = 0.0

        init(_ buckets: [LatencyDistribution.Bucket]) {
            let total = Double(buckets.reduce(0) { $0 + $1.count })
            guard total > 0 else { return }
            let middles = buckets.map { bucket in
                let size = Layout.size(ofBucketEndingAt: bucket.picoseconds)
                return Double(bucket.picoseconds - (size - 1) + size / 2) / 1000
            }
            for (bucket, middle) in zip(buckets, middles) {
                mean += middle * (Double(bucket.count) / total)
            }
            var sum = 0.0
            for (bucket, middle) in zip(buckets, middles) {
                sum += (middle - mean) * (middle - mean) * Double(bucket.count)
            }
            deviation = (sum / total).squareRoot()
        }
    }
}
