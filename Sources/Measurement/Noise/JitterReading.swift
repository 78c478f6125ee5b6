/// What a spinning thread saw of the machine's noise on one core.
public struct JitterReading: Codable, Sendable {
    /// The gaps of one cause.
    public struct Share: Codable, Hashable, Sendable {
        /// The likely cause.
        public let cause: JitterCause
        /// How many gaps it explains.
        public let gaps: Int
        /// The longest of them, in nanoseconds.
        public let longest: Double
        /// The time lost in them, in nanoseconds.
        public let lost: Double
    }

    /// The hardware thread that was probed, by the kernel's number.
    public let processingUnit: Int
    /// For how long it was watched, in nanoseconds: the loop alone, without the book-keeping
    /// between its slices.
    public let duration: Double
    /// From the probe's start to its end, in nanoseconds.
    public let elapsed: Double
    /// The median difference between two readings, in nanoseconds.
    public let loopCost: Double
    /// Above which a difference is a gap, in nanoseconds.
    public let threshold: Double
    /// How many readings were taken.
    public let readings: Int
    /// How many of them came late.
    public let gaps: Int
    /// The longest difference between two readings, in nanoseconds: a gap where there is any.
    public let longestGap: Double
    /// The likely cause of the longest gap; `nil` where there was no gap.
    public let longestCause: JitterCause?
    /// The time lost in gaps, in nanoseconds: their lengths, less a reading's cost each.
    public let lost: Double
    /// The lost time as a share of the duration, from 0 to 1.
    public let lostShare: Double
    /// What explains the gaps, the most time lost first.
    public let causes: [Share]
    /// What the kernel counted meanwhile.
    public let events: JitterEvents
    /// The lengths of the gaps.
    public let lengths: LatencyDistribution
    /// How often the counter went backwards: cores whose counters disagree.
    public let backwards: Int

    /// Gaps in a second.
    public var gapRate: Double { duration > 0 ? Double(gaps) / duration * 1e9 : 0 }
}

/// What the slices of a probe come to.
struct JitterTally {
    var duration = 0.0
    var readings = 0
    var longest = 0.0
    var backwards = 0
    var gaps: [GapAttribution.Gap] = []
    var slices: [GapAttribution.SliceEvents] = []

    /// The reading of a core, from the slices and from what was counted over all of them.
    func reading(
        processingUnit: Int, elapsed: Double, loopCost: Double, threshold: Double,
        events: JitterEvents
    ) -> JitterReading {
        let causes = GapAttribution.causes(of: gaps, slices: slices, events: events)
        var lengths = LatencyDistribution()
        for gap in gaps { lengths.record(nanoseconds: gap.length) }
        let lost = gaps.reduce(0) { $0 + max(0, $1.length - loopCost) }
        let longestIndex = gaps.indices.max { gaps[$0].length < gaps[$1].length }
        let shares = JitterCause.allCases.compactMap { cause -> JitterReading.Share? in
            let mine = gaps.indices.filter { causes[$0] == cause }.map { gaps[$0].length }
            guard let longest = mine.max() else { return nil }
            return JitterReading.Share(
                cause: cause, gaps: mine.count, longest: longest,
                lost: mine.reduce(0) { $0 + max(0, $1 - loopCost) })
        }
        return JitterReading(
            processingUnit: processingUnit, duration: duration, elapsed: elapsed,
            loopCost: loopCost, threshold: threshold, readings: readings, gaps: gaps.count,
            longestGap: longest, longestCause: longestIndex.map { causes[$0] }, lost: lost,
            lostShare: duration > 0 ? lost / duration : 0,
            causes: shares.sorted { $0.lost > $1.lost }, events: events, lengths: lengths,
            backwards: backwards)
    }
}
