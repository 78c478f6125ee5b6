/// One stretch of reading a counter without pause, and the readings that came late.
///
/// The buffer is allocated once; the loop allocates nothing and calls nothing but `read`. What it
/// saw is accounted for twice: the differences between neighbouring readings must come to the
/// difference between the first and the last.
struct GapScan {
    /// What a stretch came to, in ticks.
    struct Stretch {
        /// From the first reading to the last.
        var length: UInt64 = 0
        /// How many readings followed the first.
        var readings = 0
        /// The sum of the differences that were no gaps.
        var quiet: UInt64 = 0
        /// The sum of the differences that were.
        var inGaps: UInt64 = 0
        /// How many differences were gaps.
        var gaps = 0
        /// The longest difference, gap or not.
        var longest: UInt64 = 0
        /// How often a reading was before the one before it: counters of cores that disagree.
        var backwards = 0
    }

    /// The lengths of the last stretch's gaps in ticks are its first ``Stretch/gaps`` values.
    private(set) var lengths: [UInt64]

    /// Ticks that a stretch lasts, and above which a difference is a gap.
    private let span: UInt64
    private let threshold: UInt64

    /// Stretches of `span` ticks, in which a difference above `threshold` ticks is a gap. All gaps
    /// but the last lie within the span, so that its number of thresholds bounds their number.
    init(span: UInt64, threshold: UInt64) {
        precondition(threshold > 0, "any difference would be a gap")
        self.span = span
        self.threshold = threshold
        lengths = [UInt64](repeating: 0, count: Int(span / threshold) + 2)
    }

    /// Reads until the span is over.
    @inline(__always)
    mutating func run(_ read: () -> UInt64) -> Stretch {
        var found = Stretch()
        let start = read()
        var previous = start
        repeat {
            let now = read()
            let difference = now &- previous
            previous = now
            found.readings += 1
            if difference <= threshold {
                found.quiet &+= difference
                if difference > found.longest { found.longest = difference }
            } else if Int64(bitPattern: difference) < 0 {
                found.quiet &+= difference
                found.backwards += 1
            } else {
                lengths[found.gaps] = difference
                found.gaps += 1
                found.inGaps &+= difference
                if difference > found.longest { found.longest = difference }
            }
        } while previous &- start < span
        found.length = previous &- start
        precondition(
            found.quiet &+ found.inGaps == found.length,
            "\(found.quiet) quiet ticks and \(found.inGaps) in gaps are not \(found.length)")
        return found
    }
}
