import Quantities
import Storage

/// A number on the device beyond which nobody gets before it has been moved.
package protocol DurableLimit: AnyObject, Sendable {
    /// Waits until `number` is below the limit.
    func cover(_ number: UInt64) throws(ObeliskError)
    /// Ends it.
    func close() throws(ObeliskError)
}

extension DurableHorizon: DurableLimit where Operations: ~Copyable {}

/// The time that IDs may have, reserved ahead in a file: what keeps them from repeating after a
/// crash, a restart or a step of the clock, whichever way it goes.
///
/// No ID is made of a time that has not been reserved durably before, and a generator starts above
/// everything that was ever reserved. The file is an `Obelisk` that counts spans of 64 ms, so that it
/// needs a sync in each `window` of use, not for an ID; a thread of the lease's own makes it ahead of
/// the time when somebody would have to wait. One that is not in use syncs nothing.
///
///     let lease = try ScarabLease(path: "ids")
///     var ids = try lease.generator(machine: 7)
///     let id = try ids.next()
///
/// After a crash the first ID may have to wait for what was reserved to pass: at most the window and
/// 64 ms. The same goes for closing and opening again within that time.
///
/// The lease also hands out the numbers of machines, each to one generator at a time. Who gives
/// which numbers to which process is up to the operator: two processes with files of their own and
/// the same number make the same IDs. A file that is removed, or replaced by an older copy, protects
/// nothing.
///
/// Any thread may call anything at any time.
public final class ScarabLease: @unchecked Sendable {
    // Sendable: `assignments` is used under `lock` alone, and nothing else changes.

    /// How IDs are made up.
    public let layout: ScarabLayout

    /// How many milliseconds a number of the limit stands for, as a power of two: with one for each,
    /// the file would seem to be of terabytes.
    static let unitShift: UInt64 = 6

    private let limit: any DurableLimit
    private let lock = WaitLock()
    private var assignments: Assignments

    private struct Assignments {
        /// The machines that generators have, in no order.
        var taken: [Range<Int>] = []
        /// The earliest time that a new generator may use.
        var floor: UInt64
    }

    /// Opens the lease at `path`, or makes it if `creation` says so.
    ///
    /// - Parameters:
    ///   - path: where the file is; it belongs to one process at a time.
    ///   - layout: how IDs are made up; that of a file that is there must be the same.
    ///   - window: how much time is reserved at once, 64 ms to an hour: the longer, the fewer syncs,
    ///     and the longer a wait after a crash.
    ///   - creation: whether the file may be there already.
    /// - Throws: `ScarabError.lease`, with what kept the file from being opened; `.leaseBeyondTime`
    ///   when it has reserved time that no ID can have.
    public convenience init(
        path: String, layout: ScarabLayout = .standard,
        window: Nanoseconds = .milliseconds(256), creation: AppendFile.Creation = .ifMissing
    ) throws(ScarabError) {
        let horizon: DurableHorizon<SystemOperations>
        do throws(ObeliskError) {
            let file = try ObeliskFile(
                path: path, purpose: layout.purpose, creation: .init(creation),
                operations: SystemOperations(because: .asked))
            horizon = DurableHorizon(file, rule: Self.rule(window: window, isAhead: true))
        } catch {
            throw .lease(error)
        }
        try self.init(limit: horizon, reached: horizon.position, layout: layout, path: path)
        do throws(ObeliskError) {
            // Last: whoever has started it has to close the horizon.
            try horizon.startThread(at: path)
        } catch {
            throw .lease(error)
        }
    }

    /// A lease over `limit`, which was found at `reached`.
    ///
    /// - Parameter path: what errors call it.
    /// - Throws: `ScarabError.leaseBeyondTime` when no ID can have the times beyond it.
    package init(
        limit: any DurableLimit, reached: UInt64, layout: ScarabLayout, path: String = "a limit"
    ) throws(ScarabError) {
        guard reached <= layout.lastTime >> Self.unitShift else {
            let (high, low) = reached.multipliedFullWidth(by: 1 << Self.unitShift)
            throw .leaseBeyondTime(
                path: path, reserved: high == 0 ? low : .max, last: layout.lastTime)
        }
        self.limit = limit
        self.layout = layout
        assignments = Assignments(floor: reached << Self.unitShift)
    }

    deinit {
        // Dropped rather than closed: there is nobody left to tell about an error.
        try? limit.close()
    }

    /// How a limit is moved for windows of so much time.
    package static func rule(window: Nanoseconds, isAhead: Bool) -> HorizonRule {
        precondition(
            window >= .milliseconds(64) && window <= .seconds(3600), "a window of \(window)")
        let units = (UInt64(window.rawValue) / 1_000_000 + 63) >> unitShift
        return HorizonRule(
            reach: HorizonReach(units, growingTo: units, surplus: .rest),
            isAhead: isAhead && units > 1)
    }

    /// Closes the file. Generators that go on get errors as soon as they need more time.
    ///
    /// - Throws: `ScarabError.lease`; the file is closed all the same.
    public func close() throws(ScarabError) {
        do throws(ObeliskError) {
            try limit.close()
        } catch {
            throw .lease(error)
        }
    }

    /// Refuses a time that no ID can have.
    ///
    /// The last one that fits is left out, so that what comes after an ID can be told in 64 bits.
    func checkRange(of time: UInt64) throws(ScarabError) {
        guard time < layout.lastTime else { throw .outOfTime(last: layout.lastTime - 1) }
    }

    /// Waits until IDs of the millisecond `time` may be made.
    func cover(_ time: UInt64) throws(ScarabError) {
        do throws(ObeliskError) {
            try limit.cover(time >> Self.unitShift)
        } catch {
            throw .lease(error)
        }
    }

    /// Gives `machines` to a generator, with the earliest time that it may use.
    func take(_ machines: Range<Int>) throws(ScarabError) -> UInt64 {
        guard !machines.isEmpty, machines.lowerBound >= 0, machines.upperBound <= layout.machines
        else { throw .noSuchMachine(machines, machines: layout.machines) }
        lock.lock()
        defer { lock.unlock() }
        guard !assignments.taken.contains(where: { $0.overlaps(machines) }) else {
            throw .machineInUse(machines)
        }
        assignments.taken.append(machines)
        return assignments.floor
    }

    /// Takes `machines` back from a generator that made no ID of `time` or later.
    func give(back machines: Range<Int>, before time: UInt64) {
        lock.lock()
        defer { lock.unlock() }
        assignments.taken.removeAll { $0 == machines }
        assignments.floor = max(assignments.floor, time)
    }
}

extension ScarabLease {
    /// A generator for one thread, with the number `machine`, that reads the wall clock for each ID.
    ///
    /// - Throws: `ScarabError.noSuchMachine`, or `.machineInUse`.
    public func generator(machine: Int) throws(ScarabError) -> ScarabGenerator<WallClock> {
        try generator(machines: machine..<machine + 1, clock: WallClock())
    }

    /// A generator for one thread.
    ///
    /// - Parameters:
    ///   - machines: its numbers, one or more: with each it makes another
    ///     `ScarabLayout.idsPerMillisecond` IDs in a millisecond.
    ///   - clock: what tells it the time.
    ///   - patience: how long a call waits at most for a time that an ID may have.
    /// - Throws: `ScarabError.noSuchMachine`, or `.machineInUse`.
    public func generator<Clock: ScarabClock>(
        machines: Range<Int>, clock: Clock, patience: Nanoseconds = .seconds(1)
    ) throws(ScarabError) -> ScarabGenerator<Clock> {
        ScarabGenerator(
            self, machines: machines, from: try take(machines), clock: clock, patience: patience)
    }

    /// A generator for many threads at once; parameters and errors as of `generator`.
    public func sharedGenerator<Clock: ScarabClock>(
        machines: Range<Int>, clock: Clock = WallClock(), patience: Nanoseconds = .seconds(1)
    ) throws(ScarabError) -> SharedScarabGenerator<Clock> {
        SharedScarabGenerator(
            self, machines: machines, from: try take(machines), clock: clock, patience: patience)
    }
}
