import Glibc
import Quantities
import Storage
import StorageFaults
import Synchronization
import TestSupport
import Testing

@testable import Pharaoh

/// Tasks that wait for a horizon, which a thread moves for all of them.
@Suite(.timeLimit(.minutes(5))) struct HorizonTaskTests {
    private func source(
        _ mode: ObeliskMode, on machine: SimulatedFileSystem, _ gate: SyncGate = SyncGate(),
        startingAt first: UInt64 = 0
    ) throws -> ObeliskSource<GatedOperations> {
        try ObeliskSource(
            ObeliskFile(
                path: "counter", creation: .init(first: first),
                operations: GatedOperations(on: machine, gate)), mode: mode)
    }

    private func syncs(_ machine: SimulatedFileSystem) -> Int {
        machine.trace.count { $0.operation == .sync }
    }

    /// What tasks get that come while the sync for one before them goes on, and wait for the next one.
    private func crowd(
        of callers: Int, at source: ObeliskSource<GatedOperations>, _ gate: SyncGate,
        meanwhile: () async -> [TestThread] = { [] }
    ) async -> [Result<UInt64, ObeliskError>] {
        let given = Guarded(0)
        let call: @Sendable () async -> Result<UInt64, ObeliskError> = {
            do throws(ObeliskError) {
                let number = try await source.next()
                given.withLock { $0 += 1 }
                return .success(number)
            } catch {
                return .failure(error)
            }
        }
        gate.shut()
        let first = Task(operation: call)
        await yield { gate.hasWaiter }
        let others = (0..<callers).map { _ in Task(operation: call) }
        await yield { source.horizon.waiters >= callers }
        let helpers = await meanwhile()
        #expect(given.withLock { $0 } == 0, "a number before its sync")
        gate.open()
        var answers = [await first.value]
        for other in others { answers.append(await other.value) }
        for helper in helpers { helper.join() }
        return answers
    }

    private func values(_ answers: [Result<UInt64, ObeliskError>]) -> [UInt64] {
        answers.compactMap { try? $0.get() }.sorted()
    }

    @Test func `tasks that come during a sync share the next one`() async throws {
        let (machine, gate) = (SimulatedFileSystem(), SyncGate())
        let source = try source(.group(maxDelay: .zero), on: machine, gate)
        let before = syncs(machine)
        #expect(values(await crowd(of: 7, at: source, gate)) == Array(0..<8))
        #expect(syncs(machine) - before == 2)
    }

    @Test func `tasks and threads share syncs, whoever leads`() async throws {
        let (machine, gate) = (SimulatedFileSystem(), SyncGate())
        let source = try source(.group(maxDelay: nil), on: machine, gate)
        let before = syncs(machine)
        let numbers = Guarded<[UInt64]>([])
        let answers = await crowd(of: 3, at: source, gate) {
            let threads = (0..<3).map { _ in
                TestThread {
                    guard let number = try? source.next() else { return }
                    numbers.withLock { $0.append(number) }
                }
            }
            await yield { source.horizon.waiters >= 6 }
            return threads
        }
        let all = values(answers) + numbers.withLock { $0 }
        #expect(all.sorted() == Array(0..<7))
        #expect(syncs(machine) - before == 2)
    }

    @Test func `tasks that wait when it is closed are told`() async throws {
        let (machine, gate) = (SimulatedFileSystem(), SyncGate())
        let source = try source(.group(maxDelay: .zero), on: machine, gate)
        let answers = await crowd(of: 5, at: source, gate) {
            let closer = TestThread { #expect(throws: Never.self) { try source.horizon.close() } }
            await yield { source.horizon.locked { source.horizon.isClosed } }
            return [closer]
        }
        let closed = ObeliskError.file(.closed(path: "counter"))
        #expect(answers == Array(repeating: .failure(closed), count: 6))
        await #expect(throws: closed) { try await source.next() }
    }

    @Test func `tasks that wait when a sync fails are told, and later ones too`() async throws {
        let (machine, gate) = (SimulatedFileSystem(), SyncGate())
        let source = try source(.group(maxDelay: .zero), on: machine, gate)
        let answers = await crowd(of: 5, at: source, gate) {
            machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
            return []
        }
        #expect(answers.count == 6 && values(answers).isEmpty)
        machine.faults.heal()
        await #expect(throws: ObeliskError.self) { try await source.next() }
    }

    /// Who comes to move the horizon after that, and has waited for its turn, must not take for durable what
    /// the failed sync has left in the file. Who comes first, the thread or the executor's, is not said.
    @Test(arguments: 0..<20)
    func `what a failed sync left in the file is given to nobody`(round: Int) async throws {
        let (machine, gate) = (SimulatedFileSystem(), SyncGate())
        let source = try source(.group(maxDelay: .zero), on: machine, gate)
        let (numbers, ended) = (Guarded<[UInt64]>([]), Guarded(0))
        let call: @Sendable () -> Void = {
            if let number = try? source.next() { numbers.withLock { $0.append(number) } }
            ended.withLock { $0 += 1 }
        }
        gate.shut()
        let first = TestThread(call)
        await yield { gate.hasWaiter }
        let task = Task { try? await source.next() }
        await yield { source.horizon.waiters == 1 }
        // Time for the executor's thread to come to where it waits for the file; without it the test shows less.
        try await Task.sleep(for: .milliseconds(2))
        let second = TestThread(call)
        await yield { source.horizon.waiters == 2 }
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync, after: 1)
        gate.open()
        #expect(await task.value == nil)
        await yield { ended.withLock { $0 } == 2 }
        first.join()
        second.join()
        #expect(numbers.withLock { $0 } == [0])
    }

    @Test func `tasks are told of a full disk, and go on when there is room`() async throws {
        let machine = SimulatedFileSystem()
        let source = try source(.group(maxDelay: .zero), on: machine)
        machine.faults.inject(.error(ErrorNumber(code: ENOSPC)), on: .truncate)
        await #expect(throws: ObeliskError.self) { try await source.next() }
        #expect(try await source.next() == 1)
    }

    @Test func `tasks are told when the last reservation would reach too far`() async throws {
        let machine = SimulatedFileSystem()
        let most = ObeliskFile<SimulatedOperations>.most
        let source = try source(.reserve(.values(4)), on: machine, startingAt: most - 10)
        await #expect(throws: ObeliskError.usedUp(path: "counter")) {
            for _ in 0..<12 { _ = try await source.next() }
        }
    }

    @Test func `with a sync for each, tasks take turns`() async throws {
        let machine = SimulatedFileSystem()
        let source = try source(.each, on: machine)
        let before = syncs(machine)
        let numbers = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<6 { group.addTask { try await source.next() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(0..<6))
        #expect(syncs(machine) - before == 6)
    }

    @Test func `out of a reservation a task need not wait`() async throws {
        let machine = SimulatedFileSystem()
        let source = try source(.reserve(.values(8)), on: machine)
        let before = syncs(machine)
        for expected in 0..<UInt64(16) { #expect(try await source.next() == expected) }
        #expect(try await source.take(4) == 16)
        #expect(syncs(machine) - before == 3)
    }

    @Test func `a counter that is used up tells tasks so`() async throws {
        let machine = SimulatedFileSystem()
        let most = ObeliskFile<SimulatedOperations>.most
        let source = try source(.reserve(.values(4)), on: machine, startingAt: most - 10)
        #expect(try await source.next() == most - 10)
        await #expect(throws: ObeliskError.usedUp(path: "counter")) {
            try await source.take(1 << 40)
        }
    }

    /// On real files, with tasks on the executor, tasks elsewhere and threads.
    @Test(arguments: [ObeliskMode.each, .group(maxDelay: nil), .reserve(.values(3))])
    func `no number comes twice`(mode: ObeliskMode) async throws {
        let directory = TemporaryDirectory()
        let numbers = try SharedObelisk(path: directory.file("counter"), mode: mode)
        let executor = try numbers.executor
        let taken = Guarded<[UInt64]>([])
        let isDone = Guarded(false)
        let thread = TestThread {
            defer { isDone.withLock { $0 = true } }
            for _ in 0..<50 {
                guard let number = try? numbers.next() else { return }
                taken.withLock { $0.append(number) }
            }
        }
        try await withThrowingTaskGroup { group in
            for caller in 0..<8 {
                group.addTask(executorPreference: caller < 4 ? executor : nil) {
                    for _ in 0..<50 {
                        let number = try await numbers.next()
                        taken.withLock { $0.append(number) }
                    }
                }
            }
            try await group.waitForAll()
        }
        await yield { isDone.withLock { $0 } }
        thread.join()
        let all = taken.withLock { $0 }
        #expect(all.count == 450 && Set(all).count == 450)
        try numbers.close()
    }
}
