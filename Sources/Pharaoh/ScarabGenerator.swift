import Quantities

/// Makes IDs for one thread.
///
/// They rise, and no two are alike: within a millisecond they are numbered; when its numbers are used
/// up, the next ID waits for the next millisecond; when the clock is set back, IDs keep the highest
/// time seen until its numbers are used up too, and then wait for the clock to come back, no longer
/// than the generator's patience. Across crashes it is the lease that keeps them apart.
///
/// One thread at a time; it may be handed to another. Its machines can be had again when it is
/// dropped.
public struct ScarabGenerator<Clock: ScarabClock>: ~Copyable, Sendable {
    @usableFromInline let clock: Clock
    /// The next ID of the time that was seen last.
    @usableFromInline var upcoming: UInt64
    /// Where the IDs of that time end.
    @usableFromInline var end: UInt64
    /// What the clock's hint was when it was read.
    @usableFromInline var hint: UInt64
    /// How many more IDs may be made before it is read again.
    @usableFromInline var idsToReading: Int

    private let lease: ScarabLease
    private let machines: Range<Int>
    private let patience: UInt64
    /// The earliest time that IDs may have once those at hand are used up.
    private var least: UInt64

    init(
        _ lease: ScarabLease, machines: Range<Int>, from least: UInt64, clock: Clock,
        patience: Nanoseconds
    ) {
        precondition(
            patience.rawValue >= 0 && patience.rawValue < 1e18, "a wait of \(patience)")
        self.lease = lease
        self.machines = machines
        self.least = least
        self.clock = clock
        self.patience = UInt64(patience.rawValue)
        (upcoming, end, hint, idsToReading) = (0, 0, 0, 0)
    }

    deinit { lease.give(back: machines, before: least) }

    /// The next ID.
    ///
    /// - Throws: `ScarabError.clockBehind` when the generator's patience ends, `.outOfTime`, or
    ///   `.lease`. No ID was made then, and the call may be repeated.
    @inlinable @inline(__always)
    public mutating func next() throws(ScarabError) -> ScarabID {
        if idsToReading == 0 || upcoming == end || clock.hint() != hint { try readClock() }
        idsToReading &-= 1
        defer { upcoming &+= 1 }
        return ScarabID(rawValue: upcoming)
    }

    /// The next IDs, at least one and at most `count`, which is positive: as many as their
    /// millisecond has left.
    ///
    /// - Throws: as `next`.
    public mutating func take(upTo count: Int) throws(ScarabError) -> ScarabRun {
        precondition(count > 0, "\(count) IDs")
        try readClock()
        let taken = min(UInt64(count), end - upcoming)
        defer { upcoming += taken }
        return ScarabRun(first: upcoming, count: Int(taken))
    }

    /// Looks what time it is, and sees to it that there is an ID to be had.
    @usableFromInline @inline(never)
    mutating func readClock() throws(ScarabError) {
        let layout = lease.layout
        var patience = self.patience
        while true {
            // Before the reading: a tick in between is noticed by the next call.
            hint = clock.hint()
            let now = clock.now()
            idsToReading = clock.idsPerReading
            if let time = UInt64(exactly: layout.time(at: now)), time >= least {
                return try begin(time)
            }
            // The same millisecond, or the clock was set back.
            if upcoming != end { return }
            patience = try clock.wait(
                layout.wait(for: least, from: now), within: patience, of: self.patience)
        }
    }

    private mutating func begin(_ time: UInt64) throws(ScarabError) {
        let layout = lease.layout
        try lease.checkRange(of: time)
        try lease.cover(time)
        least = time + 1
        upcoming = layout.first(at: time, machine: machines.lowerBound)
        end = upcoming + UInt64(machines.count * layout.idsPerMillisecond)
    }
}

extension ScarabClock {
    /// Waits for `nanoseconds`, and gives what is left of `patience` after that.
    ///
    /// The waits are what is counted, not a clock: this one may stand still.
    func wait(
        _ nanoseconds: Int64, within patience: UInt64, of whole: UInt64
    ) throws(ScarabError) -> UInt64 {
        let wanted = UInt64(max(nanoseconds, 1))
        guard wanted <= patience else {
            throw .clockBehind(
                by: Nanoseconds(Double(wanted)), mayWait: Nanoseconds(Double(whole)))
        }
        nap(wanted)
        return patience - wanted
    }
}
