import Quantities
import Synchronization

/// Makes IDs for many threads.
///
/// What holds for `ScarabGenerator` holds here: IDs are unique among all callers, and each caller's
/// rise. All of it is one word: the next ID, its time in the high bits and its number in the low ones,
/// moved on by compare and exchange. Where callers are many and fast, one generator for each, with
/// machines of its own, or runs of many IDs, cost less than the word that they share.
///
/// Any thread may call anything at any time. Its machines can be had again when it is dropped.
public final class SharedScarabGenerator<Clock: ScarabClock>: Sendable {
    private let clock: Clock
    private let lease: ScarabLease
    private let machines: Range<Int>
    private let patience: UInt64
    /// How many IDs there are in a millisecond.
    private let capacity: UInt64
    /// The next ID. When the last of a millisecond is gone it is the first of the next one, which
    /// nobody may have before the clock says so: only of an ID that is not the first of its time is
    /// it known that its time has come.
    private let upcoming: LonelyWord

    init(
        _ lease: ScarabLease, machines: Range<Int>, from least: UInt64, clock: Clock,
        patience: Nanoseconds
    ) {
        precondition(
            patience.rawValue >= 0 && patience.rawValue < 1e18, "a wait of \(patience)")
        self.lease = lease
        self.machines = machines
        self.clock = clock
        self.patience = UInt64(patience.rawValue)
        capacity = UInt64(machines.count * lease.layout.idsPerMillisecond)
        upcoming = LonelyWord(lease.layout.first(at: least, machine: machines.lowerBound))
    }

    deinit {
        let next = upcoming.word.load(ordering: .relaxed)
        let time = lease.layout.time(of: next)
        lease.give(back: machines, before: isFirst(next) ? time : time + 1)
    }

    /// The next ID.
    ///
    /// - Throws: `ScarabError.clockBehind` when the generator's patience ends, `.outOfTime`, or
    ///   `.lease`. No ID was made then, and the call may be repeated.
    public func next() throws(ScarabError) -> ScarabID { try take(upTo: 1).first }

    /// The next IDs, at least one and at most `count`, which is positive: as many as their
    /// millisecond has left.
    ///
    /// - Throws: as `next`.
    public func take(upTo count: Int) throws(ScarabError) -> ScarabRun {
        precondition(count > 0, "\(count) IDs")
        let layout = lease.layout
        var patience = self.patience
        while true {
            // Nothing is handed over but the number itself, so that no order is needed.
            let found = upcoming.word.load(ordering: .relaxed)
            let now = clock.now()
            let (time, current) = (layout.time(of: found), layout.time(at: now))
            var first = found
            if current > Int64(time) {
                try lease.checkRange(of: UInt64(current))
                first = layout.first(at: UInt64(current), machine: machines.lowerBound)
            } else if current < Int64(time), isFirst(found) {
                patience = try clock.wait(
                    layout.wait(for: time, from: now), within: patience, of: self.patience)
                continue
            }
            let granted = layout.time(of: first)
            // A time that the clock gave was looked at; one that was used before may be the last.
            try lease.checkRange(of: granted)
            try lease.cover(granted)
            let left = capacity - number(of: first)
            let taken = min(UInt64(count), left)
            let next =
                taken < left
                ? first + taken : layout.first(at: granted + 1, machine: machines.lowerBound)
            let outcome = upcoming.word.compareExchange(
                expected: found, desired: next, ordering: .relaxed)
            if outcome.exchanged { return ScarabRun(first: first, count: Int(taken)) }
        }
    }

    /// How many IDs of the same time come before this one.
    private func number(of id: UInt64) -> UInt64 {
        id
            - lease.layout.first(
                at: lease.layout.time(of: id), machine: machines.lowerBound)
    }

    private func isFirst(_ id: UInt64) -> Bool { number(of: id) == 0 }
}
