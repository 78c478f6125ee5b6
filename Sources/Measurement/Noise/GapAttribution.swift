/// Finds the likely cause of each gap.
///
/// What is counted for the thread is known for every slice: a slice with k switches explains its k
/// longest gaps. Of those that an involuntary switch explains, the longest are laid at the group's
/// quota as far as the time for which it held the process back reaches. What is counted for the
/// core is known for the whole probe: stolen time explains the longest of the remaining gaps as far
/// as it reaches, interrupts the shortest, one each. The rest is unknown, and said to be.
struct GapAttribution {
    /// A late reading.
    struct Gap: Hashable {
        /// From the reading before it, in nanoseconds.
        var length: Double
        /// The number of the slice that it fell into.
        var slice: Int
    }

    /// What was counted for the thread in a slice in which anything was.
    struct SliceEvents: Hashable {
        /// The number of the slice.
        var slice: Int
        /// Times the thread was taken off its core.
        var involuntary: Int
        /// Times it gave the core up.
        var voluntary: Int
        /// Whether it ended on another core.
        var migrated: Bool
    }

    /// The longest gap, in nanoseconds, that an interrupt is held responsible for. A handler and
    /// the deferred work behind it take microseconds, seldom more than some tens; a longer gap
    /// beside an interrupt is more likely the hypervisor's, and is left unknown.
    static let longestInterrupt = 200e3

    /// The shortest gap, in nanoseconds, that stolen time is held responsible for while interrupts
    /// could be: a hypervisor that runs something else lets it run for longer.
    static let shortestTheft = 100e3

    /// How much stolen time may go uncounted: one clock tick of `/proc/stat`, in nanoseconds.
    static let stealGrain = 10e6

    /// How much longer a gap may be than the time for which the group was held back, in nanoseconds:
    /// once it may run again, a thread waits for its turn.
    static let throttleGrain = 1e6

    /// The cause of each gap, in the order of `gaps`.
    static func causes(
        of gaps: [Gap], slices: [SliceEvents], events: JitterEvents
    ) -> [JitterCause] {
        var causes = [JitterCause](repeating: .unknown, count: gaps.count)
        attributeSlices(gaps, slices, &causes)
        attributeThrottling(gaps, events, &causes)
        let byLength = gaps.indices.filter { causes[$0] == .unknown }
            .sorted { (gaps[$0].length, $0) > (gaps[$1].length, $1) }
        attributeTotals(gaps, byLength, events, &causes)
        return causes
    }

    private static func attributeSlices(
        _ gaps: [Gap], _ slices: [SliceEvents], _ causes: inout [JitterCause]
    ) {
        var next = 0
        for events in slices {
            while next < gaps.count, gaps[next].slice < events.slice { next += 1 }
            var end = next
            while end < gaps.count, gaps[end].slice == events.slice { end += 1 }
            let longestFirst = (next..<end).sorted { gaps[$0].length > gaps[$1].length }
            // A thread that is moved is switched as well: the move is the better account of it.
            let moves = events.migrated ? 1 : 0
            let kinds =
                [JitterCause](repeating: .migrated, count: moves)
                + [JitterCause](
                    repeating: .preempted, count: max(0, events.involuntary - moves))
                + [JitterCause](repeating: .waited, count: events.voluntary)
            for (gap, cause) in zip(longestFirst, kinds) { causes[gap] = cause }
            next = end
        }
    }

    private static func attributeThrottling(
        _ gaps: [Gap], _ events: JitterEvents, _ causes: inout [JitterCause]
    ) {
        guard var left = events.throttled else { return }
        let longestFirst = gaps.indices.filter { causes[$0] == .preempted }
            .sorted { (gaps[$0].length, $0) > (gaps[$1].length, $1) }
        for gap in longestFirst where left > 0 && gaps[gap].length <= left + throttleGrain {
            causes[gap] = .throttled
            left -= gaps[gap].length
        }
    }

    private static func attributeTotals(
        _ gaps: [Gap], _ longestFirst: [Int], _ events: JitterEvents,
        _ causes: inout [JitterCause]
    ) {
        var rest = longestFirst[...]
        if let stolen = events.stolen, stolen > 0 {
            var left = stolen + stealGrain
            while let gap = rest.first, gaps[gap].length <= left,
                gaps[gap].length >= shortestTheft
            {
                causes[gap] = .stolen
                left -= gaps[gap].length
                rest.removeFirst()
            }
        }
        var interrupts = events.interruptCount ?? 0
        while interrupts > 0, let gap = rest.popLast() {
            guard gaps[gap].length <= longestInterrupt else { break }
            causes[gap] = .interrupt
            interrupts -= 1
        }
    }
}
