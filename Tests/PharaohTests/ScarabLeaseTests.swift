import Quantities
import Randomness
import Storage
import StorageFaults
import Synchronization
import TestSupport
import Testing

@testable import Pharaoh

/// Leases on files of the machine, and generators that threads share.
@Suite struct ScarabLeaseTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.file("ids") }

    @Test func `IDs of a lease that is opened again are above those of before`() throws {
        var last = ScarabID(rawValue: 0)
        for _ in 0..<3 {
            let lease = try ScarabLease(path: path, window: .milliseconds(64))
            var ids = try lease.generator(machine: 7)
            for _ in 0..<100 {
                let id = try ids.next()
                #expect(id > last)
                last = id
            }
            try lease.close()
        }
    }

    @Test func `a lease of another layout is refused`() throws {
        try ScarabLease(path: path).close()
        let other = try ScarabLayout(time: 41, machine: 10, sequence: 12)
        #expect(throws: ScarabError.lease(.otherPurpose(path: path))) {
            _ = try ScarabLease(path: path, layout: other)
        }
        #expect(throws: ObeliskError.otherPurpose(path: path)) { _ = try Obelisk(path: path) }
    }

    @Test func `a lease has one holder`() throws {
        let lease = try ScarabLease(path: path)
        #expect(throws: ScarabError.lease(.file(.locked(path: path)))) {
            _ = try ScarabLease(path: path)
        }
        try lease.close()
    }

    @Test func `after it is closed, no more time is to be had`() throws {
        let lease = try ScarabLease(path: path, window: .milliseconds(64))
        let clock = ScriptedClock(ScarabLayout.standard.epoch + 1000)
        var ids = try lease.generator(machines: 0..<1, clock: clock)
        _ = try ids.next()
        try lease.close()
        clock.step(10_000)
        #expect(throws: ScarabError.lease(.file(.closed(path: path)))) { try ids.next() }
    }

    @Test func `threads that share a generator get IDs that are unique and rise for each`() throws {
        let lease = try ScarabLease(path: path)
        let shared = try lease.sharedGenerator(machines: 0..<64, clock: TickingWallClock())
        let (threads, each) = (4, 20_000)
        let collected = Guarded<[ScarabID]>([])
        let disorder = Atomic(0)
        let callers = (0..<threads).map { number in
            TestThread {
                var own: [ScarabID] = []
                do throws(ScarabError) {
                    while own.count < each {
                        let run = try shared.take(upTo: number == 0 ? 100 : 1)
                        if let last = own.last, run.first <= last {
                            disorder.add(1, ordering: .relaxed)
                        }
                        own += Array(run)
                    }
                } catch {
                    Issue.record("\(error)")
                }
                collected.withLock { $0 += own }
            }
        }
        for caller in callers { caller.join() }
        let ids = collected.withLock { $0 }
        #expect(Set(ids).count == ids.count)
        #expect(ids.count >= threads * each)
        #expect(disorder.load(ordering: .relaxed) == 0)
    }

    @Test func `threads with generators of their own get IDs that are unique`() throws {
        let lease = try ScarabLease(path: path)
        let collected = Guarded<[ScarabID]>([])
        let callers = (0..<4).map { number in
            TestThread {
                var own: [ScarabID] = []
                do throws(ScarabError) {
                    var ids = try lease.generator(
                        machines: 2 * number..<2 * number + 2, clock: TickingWallClock())
                    for _ in 0..<20_000 { own.append(try ids.next()) }
                } catch {
                    Issue.record("\(error)")
                }
                collected.withLock { $0 += own }
            }
        }
        for caller in callers { caller.join() }
        let ids = collected.withLock { $0 }
        #expect(ids.count == 80_000)
        #expect(Set(ids).count == ids.count)
    }

    @Test func `a sync pays for a window, not for an ID`() throws {
        let machine = SimulatedFileSystem()
        let file = try ObeliskFile(
            path: "ids", creation: .init(), operations: SimulatedOperations(on: machine))
        let horizon = DurableHorizon(
            file, rule: ScarabLease.rule(window: .milliseconds(640), isAhead: false))
        let lease = try ScarabLease(limit: horizon, reached: 0, layout: .standard)
        let clock = ScriptedClock(ScarabLayout.standard.epoch + 6400)
        var ids = try lease.generator(machines: 0..<1, clock: clock)
        let before = machine.trace.count { $0.operation == .sync }
        for _ in 0..<6400 {
            _ = try ids.next()
            clock.step(1)
        }
        let syncs = machine.trace.count { $0.operation == .sync } - before
        #expect(syncs == 10)
    }

    @Test func `the clocks of the machine tell about the same time`() {
        let (precise, ticking) = (WallClock(), TickingWallClock())
        let hint = ticking.hint()
        let now = precise.now()
        #expect(hint <= ticking.now())
        #expect(ticking.now() - now < 60_000_000_000)
        #expect(now > ScarabLayout.standard.epoch * 1_000_000)
    }
}
