import Pharaoh
import Quantities
import Randomness
import Testing

/// Both kinds of generators on a scripted clock, as one thread sees them.
@Suite struct ScarabGeneratorTests {
    /// One of the two.
    enum Kind: CaseIterable { case one, many }

    /// A generator of either kind, so that each test is made once.
    struct Subject: ~Copyable {
        private var one: ScarabGenerator<ScriptedClock>?
        private let many: SharedScarabGenerator<ScriptedClock>?

        init(
            _ kind: Kind, _ lease: ScarabLease, _ clock: ScriptedClock,
            machines: Range<Int> = 5..<6, patience: Nanoseconds = .milliseconds(20)
        ) throws(ScarabError) {
            switch kind {
            case .one:
                one = try lease.generator(machines: machines, clock: clock, patience: patience)
                many = nil
            case .many:
                one = nil
                many = try lease.sharedGenerator(
                    machines: machines, clock: clock, patience: patience)
            }
        }

        mutating func next() throws(ScarabError) -> ScarabID {
            if let many { return try many.next() }
            guard let id = try one?.next() else { preconditionFailure("no generator") }
            return id
        }

        mutating func take(_ count: Int) throws(ScarabError) -> ScarabRun {
            if let many { return try many.take(upTo: count) }
            guard let run = try one?.take(upTo: count) else { preconditionFailure("no generator") }
            return run
        }
    }

    private let layout = ScarabLayout.standard
    private let limit = MemoryLimit()
    private let lease: ScarabLease
    private let clock: ScriptedClock
    /// Milliseconds since 1970 at which the clock begins: 1000 of the epoch.
    private let start = ScarabLayout.standard.epoch + 1000

    init() throws {
        lease = try ScarabLease(limit: limit, reached: 0, layout: .standard)
        clock = ScriptedClock(start)
    }

    private func fields(_ id: ScarabID) -> ScarabFields { layout.fields(of: id) }

    @Test(arguments: Kind.allCases)
    func `an ID says when and by whom it was made, and which one it is`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock)
        #expect(fields(try ids.next()) == ScarabFields(time: 1000, machine: 5, sequence: 0))
        #expect(fields(try ids.next()) == ScarabFields(time: 1000, machine: 5, sequence: 1))
        clock.step(3)
        #expect(fields(try ids.next()) == ScarabFields(time: 1003, machine: 5, sequence: 0))
    }

    @Test(arguments: Kind.allCases)
    func `when a millisecond is used up, the next one is waited for`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock)
        var last = try ids.next()
        for _ in 1..<8192 {
            let id = try ids.next()
            #expect(id > last)
            last = id
        }
        #expect(fields(last) == ScarabFields(time: 1000, machine: 5, sequence: 8191))
        #expect(clock.naps == 0)
        #expect(fields(try ids.next()) == ScarabFields(time: 1001, machine: 5, sequence: 0))
        #expect(clock.naps == 1)
        #expect(clock.milliseconds == start + 1)
    }

    @Test(arguments: Kind.allCases)
    func `a clock that stands still is waited for, and then told`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock, patience: .milliseconds(5))
        for _ in 0..<8192 { _ = try ids.next() }
        clock.stop()
        for _ in 0..<3 {
            #expect {
                try ids.next()
            } throws: { error in
                guard case .clockBehind = error as? ScarabError else { return false }
                return true
            }
        }
        #expect(clock.naps == 15)
        clock.set(start + 1)
        #expect(fields(try ids.next()).time == 1001)
    }

    @Test(arguments: Kind.allCases)
    func `a clock that is set back leaves IDs at the highest time seen`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock)
        let before = try ids.next()
        clock.step(-10_000)
        for number in 1..<8192 {
            let id = try ids.next()
            #expect(fields(id) == ScarabFields(time: 1000, machine: 5, sequence: number))
            #expect(id > before)
        }
        // Ten seconds are more than it waits.
        #expect {
            try ids.next()
        } throws: { error in
            guard case .clockBehind(let wait, _) = error as? ScarabError else { return false }
            return wait == .milliseconds(10_001)
        }
        #expect(clock.naps == 0)
        clock.set(start + 1)
        #expect(fields(try ids.next()) == ScarabFields(time: 1001, machine: 5, sequence: 0))
    }

    @Test(arguments: Kind.allCases)
    func `a small step back is waited out`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock)
        for _ in 0..<8192 { _ = try ids.next() }
        clock.step(-10)
        #expect(fields(try ids.next()) == ScarabFields(time: 1001, machine: 5, sequence: 0))
        #expect(clock.milliseconds == start + 1)
    }

    @Test(arguments: Kind.allCases)
    func `no ID comes twice and all rise, whatever the clock does`(kind: Kind) throws {
        var generator = Seed(5).generator()
        var ids = try Subject(kind, lease, clock)
        var last = ScarabID(rawValue: 0)
        var (refused, disorder) = (0, 0)
        for _ in 0..<1000 {
            switch generator.next(below: 10) {
            case 0: clock.step(Int64(generator.next(below: 4)))
            case 1: clock.step(-Int64(generator.next(below: 30)))
            case 2: clock.step(Int64(generator.next(below: 60)))
            default: break
            }
            let count = 1 + Int(generator.next(below: 3000))
            do throws(ScarabError) {
                for id in try ids.take(count) {
                    if id <= last { disorder += 1 }
                    last = id
                }
            } catch {
                refused += 1
            }
        }
        #expect(disorder == 0)
        #expect(refused < 500)
        #expect(last.rawValue > 0)
    }

    @Test(arguments: Kind.allCases)
    func `several machines are so many times the IDs of a millisecond`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock, machines: 4..<7)
        var seen: [ScarabID] = []
        while seen.count < 3 * 8192 { seen += Array(try ids.take(10_000)) }
        #expect(clock.naps == 0)
        #expect(seen == seen.sorted())
        #expect(Set(seen).count == seen.count)
        #expect(seen.allSatisfy { (4..<7).contains(fields($0).machine) && fields($0).time == 1000 })
        #expect(fields(try ids.next()).time == 1001)
    }

    @Test(arguments: Kind.allCases)
    func `a generator of all machines comes to the end of a millisecond`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock, machines: 0..<1024)
        var count = 0
        while count < 1 << 23 { count += try ids.take(1 << 22).count }
        #expect(count == 1 << 23)
        #expect(fields(try ids.next()) == ScarabFields(time: 1001, machine: 0, sequence: 0))
    }

    @Test(arguments: Kind.allCases)
    func `the end of the layout's time is told, and nothing wraps`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock, machines: 0..<1024)
        clock.set(layout.epoch + layout.lastTime - 1)
        let last = try ids.next()
        #expect(fields(last).time == layout.lastTime - 1)
        for step in [Int64(1), 1, 5000] {
            clock.step(step)
            #expect(throws: ScarabError.outOfTime(last: layout.lastTime - 1)) { try ids.next() }
        }
    }

    @Test(arguments: Kind.allCases)
    func `a clock before the epoch makes no ID`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock)
        clock.set(layout.epoch - 1_000_000)
        #expect(throws: ScarabError.self) { try ids.next() }
    }

    @Test(arguments: Kind.allCases)
    func `no ID is made of a time that could not be reserved`(kind: Kind) throws {
        var ids = try Subject(kind, lease, clock)
        _ = try ids.next()
        limit.breakDown()
        clock.step(10_000)
        for _ in 0..<3 {
            #expect(throws: ScarabError.lease(.usedUp(path: "memory"))) { try ids.take(1) }
        }
        #expect(limit.position << 6 <= 2000)
    }

    @Test(arguments: Kind.allCases)
    func `a generator begins above all that was reserved before`(kind: Kind) throws {
        let reached = (1000 + 15) >> 6 as UInt64
        let lease = try ScarabLease(
            limit: MemoryLimit(reached), reached: reached, layout: .standard)
        clock.set(layout.epoch + reached << 6 - 10)
        var ids = try Subject(kind, lease, clock)
        #expect(fields(try ids.next()) == ScarabFields(time: reached << 6, machine: 5, sequence: 0))
        #expect(clock.naps == 1)
    }

    @Test(arguments: Kind.allCases)
    func `a machine belongs to one generator, and its next one begins above it`(
        kind: Kind
    ) throws {
        do {
            var ids = try Subject(kind, lease, clock)
            #expect(throws: ScarabError.machineInUse(4..<6)) {
                _ = try Subject(kind, lease, clock, machines: 4..<6)
            }
            _ = try ids.next()
        }
        var again = try Subject(kind, lease, clock, machines: 4..<6)
        #expect(fields(try again.next()).time == 1001)
    }

    @Test func `a machine that the layout has not is refused`() {
        for range in [-1..<1, 1024..<1025, 0..<1025, 3..<3] {
            #expect(throws: ScarabError.noSuchMachine(range, machines: 1024)) {
                _ = try lease.generator(machines: range, clock: clock)
            }
        }
    }

    @Test func `a sparing clock is read once for its number of IDs, and when its hint changes`()
        throws
    {
        let clock = ScriptedClock(start, idsPerReading: 4)
        var ids = try lease.generator(machines: 0..<1, clock: clock)
        for number in 0..<4 {
            #expect(
                fields(try ids.next()) == ScarabFields(time: 1000, machine: 0, sequence: number))
        }
        clock.step(2)
        #expect(fields(try ids.next()).time == 1002)
    }
}
