import Glibc
import Quantities
import Storage
import StorageFaults
import Synchronization
import TestSupport
import Testing

@testable import Pharaoh

/// How far ahead a horizon is moved, and who moves it.
@Suite struct DurableHorizonTests {
    @Test func `a reach doubles while it lasts for less than four syncs, and halves beyond 64`() {
        var reach = HorizonReach(4, growingTo: 20, surplus: .rest)
        var now: UInt64 = 1000
        func move(after lasted: UInt64) -> UInt64 {
            now += lasted
            reach.adapt(movedAt: now, syncTook: 100)
            now += 100
            return reach.current
        }
        #expect(move(after: 0) == 4)  // the first has nothing to be compared with
        #expect(move(after: 399) == 8)
        #expect(move(after: 400) == 8)
        #expect(move(after: 6400) == 8)
        #expect(move(after: 10) == 16)
        #expect(move(after: 10) == 20)
        #expect(move(after: 10) == 20)
        #expect(move(after: 6500) == 10)
        #expect(move(after: 6500) == 5)
        #expect(move(after: 6500) == 4)
        #expect(move(after: 6500) == 4)
    }

    @Test func `a reach that may not grow stays as it is`() {
        var reach = HorizonReach(4, growingTo: 4, surplus: .rest)
        reach.adapt(movedAt: 0, syncTook: 100)
        reach.adapt(movedAt: 101, syncTook: 100)
        #expect(reach.current == 4)
    }

    @Test func `the surplus is none, half or all but the one that was asked for`() {
        #expect(HorizonReach(6, growingTo: 6, surplus: .none).goal(beyond: 10) == 10)
        #expect(HorizonReach(6, growingTo: 6, surplus: .half).goal(beyond: 10) == 13)
        #expect(HorizonReach(6, growingTo: 6, surplus: .rest).goal(beyond: 10) == 15)
        #expect(HorizonReach(6, growingTo: 6, surplus: .rest).goal(beyond: .max) == .max)
    }

    private func source(
        _ mode: ObeliskMode, on machine: SimulatedFileSystem, startingAt first: UInt64 = 0
    ) throws -> ObeliskSource<SimulatedOperations> {
        try ObeliskSource(
            ObeliskFile(
                path: "counter", creation: .init(first: first),
                operations: SimulatedOperations(on: machine)), mode: mode)
    }

    private func syncs(_ machine: SimulatedFileSystem) -> Int {
        machine.trace.count { $0.operation == .sync }
    }

    @Test func `a reservation of n is one sync for n values, and no more than n are ahead`() throws
    {
        let machine = SimulatedFileSystem()
        let source = try source(.reserve(.values(8)), on: machine)
        let before = syncs(machine)
        for expected in 0..<UInt64(64) {
            #expect(try source.next() == expected)
            let size = try #require(machine.state.image(at: "counter")?.size)
            let ahead = size - ObeliskMark.blockSize - expected
            #expect((1...8).contains(ahead))
        }
        #expect(syncs(machine) - before == 8)
    }

    @Test func `each value has a sync of its own`() throws {
        let machine = SimulatedFileSystem()
        let source = try source(.each, on: machine)
        let before = syncs(machine)
        for expected in 0..<UInt64(5) { #expect(try source.next() == expected) }
        #expect(syncs(machine) - before == 5)
    }

    @Test func `one caller has no more than the reservation ahead`() throws {
        let machine = SimulatedFileSystem()
        let source = try ObeliskSource(
            ObeliskFile(
                path: "counter", creation: .init(), operations: SimulatedOperations(on: machine)),
            forOne: .values(10))
        #expect(source.blockSize == 10)
        #expect(try source.take(source.blockSize) == 0)
        #expect(source.horizon.position == 10)
        #expect(try source.take(source.blockSize) == 10)
        #expect(source.horizon.position == 20)
    }

    @Test func `an error of the device reaches the caller, and the values are skipped`() throws {
        let machine = SimulatedFileSystem()
        let source = try source(.reserve(.values(4)), on: machine)
        machine.faults.inject(.error(ErrorNumber(code: ENOSPC)), on: .truncate)
        #expect(throws: ObeliskError.self) { try source.next() }
        #expect(try source.next() == 1)
    }

    @Test func `after a failed sync only what was durable is given out`() throws {
        let machine = SimulatedFileSystem()
        let source = try source(.reserve(.values(2)), on: machine)
        #expect(try source.next() == 0)
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
        #expect(try source.next() == 1)
        #expect(throws: ObeliskError.self) { try source.next() }
        machine.faults.heal()
        #expect {
            try source.next()
        } throws: { error in
            guard case .file(.poisoned) = error as? ObeliskError else { return false }
            return true
        }
        #expect(source.horizon.poison != nil)
    }

    @Test func `a closed one gives out nothing, not even what it has reserved`() throws {
        let machine = SimulatedFileSystem()
        let source = try source(.reserve(.values(100)), on: machine)
        #expect(try source.next() == 0)
        try source.horizon.close()
        #expect(throws: ObeliskError.file(.closed(path: "counter"))) { try source.next() }
        #expect(throws: ObeliskError.file(.closed(path: "counter"))) {
            try source.horizon.close()
        }
    }

    @Test func `a counter that is used up does not wrap, however often it is asked`() throws {
        let machine = SimulatedFileSystem()
        let most = ObeliskFile<SimulatedOperations>.most
        let source = try source(.reserve(.values(4)), on: machine, startingAt: most - 10)
        #expect(try source.next() == most - 10)
        for _ in 0..<1000 {
            #expect(throws: ObeliskError.usedUp(path: "counter")) { try source.take(1 << 40) }
        }
    }

    /// What callers of a sequencer get of which the first one's value is being synced and `callers` more
    /// come meanwhile, of whom so many wait for the next sync. Two values were given out before.
    private func crowd(
        _ mode: ObeliskMode, _ callers: Int, waiting: Int, on machine: SimulatedFileSystem,
        meanwhile: (ObeliskSource<GatedOperations>) -> [TestThread] = { _ in [] }
    ) throws -> [Result<UInt64, ObeliskError>] {
        let gate = SyncGate()
        let source = try ObeliskSource(
            ObeliskFile(
                path: "counter", creation: .init(), operations: GatedOperations(on: machine, gate)),
            mode: mode)
        for expected in UInt64(0)..<2 { #expect(try source.next() == expected) }
        let answers = Guarded<[Result<UInt64, ObeliskError>]>([])
        let call: @Sendable () -> Void = {
            let answer = Result { () throws(ObeliskError) in try source.next() }
            answers.withLock { $0.append(answer) }
        }
        gate.shut()
        let first = TestThread(call)
        gate.awaitSync()
        let others = (0..<callers).map { _ in TestThread(call) }
        while source.horizon.waiters < waiting { sched_yield() }
        let helpers = meanwhile(source)
        gate.open()
        for thread in [first] + others + helpers { thread.join() }
        return answers.withLock { $0 }
    }

    private func values(_ answers: [Result<UInt64, ObeliskError>]) -> [UInt64] {
        answers.compactMap { try? $0.get() }.sorted()
    }

    @Test func `all who come during a sync share the next one`() throws {
        let machine = SimulatedFileSystem()
        let answers = try crowd(.group(maxDelay: .zero), 7, waiting: 7, on: machine)
        #expect(values(answers) == Array(2..<10))
        // The maker's, those of two callers, the first one's, the others', and that of the mark when it is
        // closed.
        #expect(syncs(machine) == 6)
    }

    @Test func `all who find a reservation used up share the next one`() throws {
        let machine = SimulatedFileSystem()
        // One of them is content with what the first one's sync makes durable.
        let answers = try crowd(.reserve(.values(2)), 7, waiting: 6, on: machine)
        #expect(values(answers).count == 8)
        #expect(Set(values(answers)).count == 8)
    }

    /// For the sync under way, to lead the next one, and for that.
    @Test func `whoever waits when it is closed is told, whatever for`() throws {
        let machine = SimulatedFileSystem()
        let answers = try crowd(.reserve(.values(2)), 7, waiting: 6, on: machine) { source in
            let closer = TestThread { #expect(throws: Never.self) { try source.horizon.close() } }
            while source.horizon.position != 0 { sched_yield() }
            return [closer]
        }
        #expect(
            answers == Array(repeating: .failure(.file(.closed(path: "counter"))), count: 8))
    }

    @Test func `whoever waits when a sync fails is told, whatever for`() throws {
        let machine = SimulatedFileSystem()
        let answers = try crowd(.reserve(.values(2)), 7, waiting: 6, on: machine) { _ in
            machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
            return []
        }
        #expect(answers.count == 8 && values(answers).isEmpty)
    }
}
