import Glibc
import Quantities
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Pharaoh

/// Something that gives out numbers that no two callers may get.
private protocol NumberSource: Sendable {
    func next() throws -> UInt64
}

/// What many threads share: numbers that come twice between them are found, also where nobody could
/// but on purpose have them meet.
@Suite struct SharedUseTests {
    private let directory = TemporaryDirectory()

    /// How many of the numbers that two threads take come twice.
    private static func repeats(of source: some NumberSource, each: Int) -> Int {
        let collected = Guarded<[UInt64]>([])
        let threads = (0..<2).map { _ in
            TestThread {
                var own: [UInt64] = []
                do {
                    for _ in 0..<each { own.append(try source.next()) }
                } catch {
                    Issue.record("\(error)")
                }
                collected.withLock { $0 += own }
            }
        }
        for thread in threads { thread.join() }
        let numbers = collected.withLock { $0 }
        return numbers.count - Set(numbers).count
    }

    /// Where two threads wait for each other, again and again.
    private final class Meeting: Sendable {
        private let arrived = Atomic(0)

        func pass() {
            let all = (arrived.add(1, ordering: .acquiringAndReleasing).oldValue / 2 + 1) * 2
            while arrived.load(ordering: .acquiring) < all { sched_yield() }
        }
    }

    /// A planted defect: the next number is read, and written when another thread has read it too.
    private final class ReadAndWritten: NumberSource {
        private let number = Atomic<UInt64>(0)
        private let meeting = Meeting()

        func next() -> UInt64 {
            let number = number.load(ordering: .relaxed)
            meeting.pass()
            self.number.store(number + 1, ordering: .relaxed)
            meeting.pass()
            return number
        }
    }

    /// A planted defect: two generators that each begin where the other does, with one machine's number.
    private final class SameMachine: NumberSource {
        private let generators: [SharedScarabGenerator<ScriptedClock>]
        private let turn = Atomic(0)

        init(clock: ScriptedClock) throws {
            generators = try (0..<2).map { _ in
                try ScarabLease(limit: MemoryLimit(), reached: 0, layout: .standard)
                    .sharedGenerator(machines: 3..<4, clock: clock)
            }
        }

        func next() throws -> UInt64 {
            let turn = turn.add(1, ordering: .relaxed).oldValue
            return try generators[turn % 2].next().rawValue
        }
    }

    private struct Sequencer: NumberSource {
        let numbers: SharedObelisk
        func next() throws -> UInt64 { try numbers.next() }
    }

    private struct Generator<Clock: ScarabClock>: NumberSource {
        let ids: SharedScarabGenerator<Clock>
        func next() throws -> UInt64 { try ids.next().rawValue }
    }

    /// A clock at which two callers meet whenever they look: both have read the generator's word by
    /// then, and neither has changed it.
    private final class MeetingClock: ScarabClock {
        let idsPerReading = 1
        private let meeting = Meeting()
        private let looks = Atomic(0)
        private let meetings: Int

        init(meetings: Int) { self.meetings = meetings }

        func now() -> UInt64 {
            // Who lost looks again, alone: only the first looks are meetings.
            if looks.add(1, ordering: .relaxed).oldValue < 2 * meetings { meeting.pass() }
            return (ScarabLayout.standard.epoch + 1000) * 1_000_000
        }

        func hint() -> UInt64 { 0 }
    }

    @Test func `numbers that are repeated between threads are found`() throws {
        #expect(Self.repeats(of: ReadAndWritten(), each: 100) == 100)
        let clock = ScriptedClock(ScarabLayout.standard.epoch + 1000)
        #expect(Self.repeats(of: try SameMachine(clock: clock), each: 100) == 100)
    }

    @Test(arguments: [
        ObeliskMode.group(maxDelay: .zero), .group(maxDelay: nil), .reserve(.values(8)),
        .reserve(.values(64, ahead: true)),
    ])
    func `a sequencer repeats none`(mode: ObeliskMode) throws {
        let numbers = try SharedObelisk(path: directory.file("counter"), mode: mode)
        #expect(Self.repeats(of: Sequencer(numbers: numbers), each: 200) == 0)
    }

    @Test func `a generator repeats none, though callers meet between its word's two sides`() throws
    {
        let lease = try ScarabLease(limit: MemoryLimit(), reached: 0, layout: .standard)
        let ids = try lease.sharedGenerator(
            machines: 3..<4, clock: MeetingClock(meetings: 1000))
        #expect(Self.repeats(of: Generator(ids: ids), each: 3000) == 0)
    }
}
