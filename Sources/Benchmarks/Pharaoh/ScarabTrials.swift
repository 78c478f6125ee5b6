import Pharaoh
import Quantities
import Randomness
import Storage
import StorageFaults
import Synchronization

/// A clock that trials set. Waiting moves it on.
final class TrialClock: ScarabClock {
    private let time: Atomic<UInt64>

    init(_ milliseconds: UInt64) { time = Atomic(milliseconds * 1_000_000) }

    var idsPerReading: Int { 1 }
    func now() -> UInt64 { time.load(ordering: .relaxed) }
    func hint() -> UInt64 { now() }
    func nap(_ nanoseconds: UInt64) { time.add(nanoseconds, ordering: .relaxed) }

    var milliseconds: UInt64 { now() / 1_000_000 }

    /// Moves it by so many milliseconds, back as well.
    func step(_ milliseconds: Int64) {
        time.store(
            UInt64(Int64(self.milliseconds) + milliseconds) * 1_000_000, ordering: .relaxed)
    }
}

/// A machine that makes IDs, and may crash.
protocol IDMachine: AnyObject {
    var clock: TrialClock { get }
    /// The next ID; `nil` when there is none now.
    func next() -> ScarabID?
    /// Ends it and starts it again; the clock goes on.
    func restart(_ generator: inout Xoshiro256StarStar) throws
}

/// The engine's generator under a lease on a simulated file system.
final class LeasedMachine: IDMachine {
    let clock: TrialClock
    private let number: Int
    private let machine = SimulatedFileSystem()
    private var ids: ScarabGenerator<TrialClock>?

    init(_ number: Int, _ clock: TrialClock) throws {
        self.number = number
        self.clock = clock
        try start()
    }

    func next() -> ScarabID? { try? ids?.next() }

    func restart(_ generator: inout Xoshiro256StarStar) throws {
        let survival = Crash.Survival.chosen(Seed(generator.next()))
        machine.crash(
            generator.next(below: 2) == 0 ? .kill : .powerCut(.reordered, survival))
        try start()
    }

    private func start() throws {
        // The old lease's file leads nowhere after a crash; its generator is given up first.
        ids = nil
        let horizon = DurableHorizon(
            try ObeliskFile(
                path: "ids", creation: ObeliskCreation(),
                operations: SimulatedOperations(on: machine)),
            rule: ScarabLease.rule(window: .milliseconds(256), isAhead: false))
        let lease = try ScarabLease(
            limit: horizon, reached: horizon.position, layout: .standard)
        ids = try lease.generator(machines: number..<number + 1, clock: clock)
    }
}

/// The generator of the document without its file: a number that runs on through the milliseconds
/// and is cut to 13 bits, beside the time as the clock has it.
final class PublishedMachine: IDMachine {
    let clock: TrialClock
    private let number: Int
    private var sequence = 0

    init(_ number: Int, _ clock: TrialClock) {
        self.number = number
        self.clock = clock
    }

    func next() -> ScarabID? {
        defer { sequence += 1 }
        return ScarabLayout.standard.id(
            of: ScarabFields(
                time: clock.milliseconds - ScarabLayout.standard.epoch, machine: number,
                sequence: sequence & 8191))
    }

    func restart(_ generator: inout Xoshiro256StarStar) { sequence = 0 }
}

/// What came of a trial.
struct IDCount {
    private var seen: Set<ScarabID> = []
    /// IDs that had been made before.
    private(set) var repeated = 0

    mutating func note(_ id: ScarabID?) {
        if let id, !seen.insert(id).inserted { repeated += 1 }
    }
}

/// Trials of machines that make IDs.
enum ScarabTrials {
    /// Milliseconds since 1970 at which trials begin.
    static let start = ScarabLayout.standard.epoch + 1_000_000

    /// More IDs than a millisecond has: 20 000 in each of three.
    static func exhaustion(_ machine: any IDMachine) -> IDCount {
        var count = IDCount()
        for _ in 0..<3 {
            for _ in 0..<20_000 { count.note(machine.next()) }
            machine.clock.step(1)
        }
        return count
    }

    /// A clock that is set back, by up to 50 ms, and catches up.
    static func setBack(
        _ machine: any IDMachine, _ generator: inout Xoshiro256StarStar
    ) -> IDCount {
        var count = IDCount()
        for _ in 0..<60 {
            for _ in 0...generator.next(below: 6000) { count.note(machine.next()) }
            machine.clock.step(
                generator.next(below: 2) == 0
                    ? Int64(generator.next(below: 60)) : -Int64(generator.next(below: 50)))
        }
        return count
    }

    /// Restarts within the millisecond, and while the clock is set back.
    static func restarts(
        _ machine: any IDMachine, _ generator: inout Xoshiro256StarStar
    ) throws -> IDCount {
        var count = IDCount()
        for _ in 0..<300 {
            for _ in 0...generator.next(below: 40) { count.note(machine.next()) }
            machine.clock.step([0, 0, 1, -5, 300][Int(generator.next(below: 5))])
            try machine.restart(&generator)
        }
        return count
    }

    /// Machines whose clocks differ by up to ten seconds.
    static func skewed(
        _ machines: [any IDMachine], _ generator: inout Xoshiro256StarStar
    ) -> (count: IDCount, inversions: Int) {
        var count = IDCount()
        for machine in machines { machine.clock.step(Int64(generator.next(below: 10_001))) }
        var (inversions, last) = (0, ScarabID(rawValue: 0))
        for _ in 0..<20_000 {
            let id = machines[Int(generator.next(below: UInt64(machines.count)))].next()
            count.note(id)
            if let id {
                if id < last { inversions += 1 }
                last = id
            }
            for machine in machines { machine.clock.step(1) }
        }
        return (count, inversions)
    }

    /// IDs of one machine that are smaller than the one before, at 20 000 a millisecond.
    static func inversions(_ machine: any IDMachine) -> Int {
        var (inversions, last) = (0, ScarabID(rawValue: 0))
        for _ in 0..<3 {
            for _ in 0..<20_000 {
                guard let id = machine.next() else { continue }
                if id < last { inversions += 1 }
                last = id
            }
            machine.clock.step(1)
        }
        return inversions
    }
}
