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
        String(
            decoding: PercentileFile.bytes(of: distribution.buckets, distribution.overflow),
            as: UTF8.self)
    }

    /// The bytes of the file of a distribution with these buckets.
    static func bytes(of buckets: [LatencyDistribution.Bucket], _ overflow: UInt64) -> [UInt8] {
        let total = buckets.reduce(0) { $0 + $1.count } + overflow
        var bytes = Array(heading.utf8)
        bytes.reserveCapacity(bytes.count + 60 * buckets.count + 300)
        var below: UInt64 = 0
        for bucket in buckets {
            below += bucket.count
            append(bucket.picoseconds, below: below, total: total, to: &bytes)
        }
        return bytes + Array(footer(of: buckets, overflow: overflow).utf8)
    }

    static let heading = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"

    private static func append(
        _ picoseconds: UInt64, below: UInt64, total: UInt64, to bytes: inout [UInt8]
    ) {
        bytes.append(thousandths: picoseconds, width: 12)
        bytes.append(UInt8(ascii: " "))
        let percentile = UInt64((Double(below) / Double(total) * 1e12).rounded())
        bytes.append(percentile / 1_000_000_000_000, width: 1)
        bytes.append(UInt8(ascii: "."))
        bytes.append(percentile % 1_000_000_000_000, width: 12, filling: UInt8(ascii: "0"))
        bytes.append(UInt8(ascii: " "))
        bytes.append(below, width: 10)
        if below < total {
            bytes.append(UInt8(ascii: " "))
            // From the counts: 1 − percentile would lose digits in the far tail.
            append(inverse: Double(total) / Double(total - below), to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Adds a number from 1 on with two decimals, as `Presentation.fixed` prints it.
    private static func append(inverse: Double, to bytes: inout [UInt8]) {
        guard inverse < 9e15 else {
            bytes += column(Presentation.fixed(inverse, decimals: 2), 14).utf8
            return
        }
        let hundredths = UInt64((inverse * 100).rounded())
        bytes.append(hundredths / 100, width: 11)
        bytes.append(UInt8(ascii: "."))
        bytes.append(hundredths % 100, width: 2, filling: UInt8(ascii: "0"))
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
