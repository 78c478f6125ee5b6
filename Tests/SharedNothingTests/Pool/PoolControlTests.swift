import Glibc
import Hardware
import Synchronization
import TestSupport
import Testing

@testable import SharedNothing

@Suite struct PoolControlTests {
    @Test(arguments: Profile.WaitStrategy.allCases)
    func `a paused worker takes no message, answers pings, and goes on`(
        strategy: Profile.WaitStrategy
    ) throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2, strategy))
        _ = try pool.ping(0, timeout: plenty)
        try pool.pause(0)
        while pool.vitals[0].read().phase != .paused { letOthersRun() }
        for number in 0..<5 { try pool.send(.note(number), to: 0) }
        _ = try pool.request(.note(100), to: 1, timeout: plenty)
        _ = try pool.ping(0, timeout: plenty)
        #expect(worker.numbers == [100])
        #expect(pool.statistics[0].queueDepth == 5)
        try pool.resume(0)
        _ = try pool.request(.note(5), to: 0, timeout: plenty)
        #expect(worker.log.entries.filter { $0.worker == 0 }.map(\.number) == [0, 1, 2, 3, 4, 5])
        try pool.stop(within: plenty)
    }

    @Test func `a ping overtakes what waits in the inbox, and tells who does not answer`() throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 1))
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        let error = #expect(throws: PoolError.self) {
            try pool.ping(0, timeout: .milliseconds(1))
        }
        guard case .pingTimedOut(let report)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(report.reading.phase == .handling)
        gate.open()
        _ = try pool.ping(0, timeout: plenty)
        try pool.stop(within: plenty)
        #expect(throws: PoolError.workerStopped(worker: 0)) { try pool.ping(0, timeout: plenty) }
        #expect(throws: PoolError.workerStopped(worker: 0)) { try pool.pause(0) }
        #expect(throws: PoolError.workerStopped(worker: 0)) { try pool.resume(0) }
        #expect(throws: PoolError.workerStopped(worker: 0)) { try pool.restart(0) }
        #expect(throws: PoolError.noSuchWorker(index: 1, count: 1)) { try pool.pause(1) }
    }

    @Test func `a stop goes past a pause`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 1))
        pool.pause()
        while pool.vitals[0].read().phase != .paused { letOthersRun() }
        try pool.send(.note(1), to: 0)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [1])
    }

    @Test func `a tick comes without messages, and between them`() throws {
        let ticks = Atomic(0)
        let worker = Ticking(ticks: Counter(ticks))
        let pool = try WorkerPool(worker, configuration(workers: 1))
        while worker.ticks.count.load(ordering: .relaxed) < 3 { letOthersRun() }
        let seen = worker.ticks.count.load(ordering: .relaxed)
        while worker.ticks.count.load(ordering: .relaxed) == seen { try pool.send(1, to: 0) }
        try pool.stop(within: plenty)
    }

    final class Counter: Sendable {
        let count: Atomic<Int>
        init(_ count: consuming Atomic<Int>) { self.count = count }
    }

    struct Ticking: Worker {
        let ticks: Counter
        var tickInterval: Duration? { .microseconds(100) }

        func start(_ context: borrowing WorkerContext<Int, Void>) -> Int { 0 }
        func handle(_ message: Int, _ sum: inout Int, _ context: borrowing WorkerContext<Int, Void>)
        {
            sum += message
        }
        func tick(_ sum: inout Int, _ context: borrowing WorkerContext<Int, Void>) {
            ticks.count.add(1, ordering: .relaxed)
        }
    }
}

@Suite struct PoolThreadTests {
    /// Not `Sendable`: only the thread that made it may have it.
    final class Owned {
        let thread = currentThread()
        let ends: Log<Bool>
        init(_ ends: Log<Bool>) { self.ends = ends }
        deinit { ends.add(thread == currentThread()) }
    }

    struct Keeper: Worker {
        let places = Log<(worker: Int, isHome: Bool, pu: Int, binding: CPUSet)>()
        let ends = Log<Bool>()

        func start(_ context: borrowing WorkerContext<Int, Void>) -> Owned { Owned(ends) }
        func handle(
            _ message: Int, _ state: inout Owned, _ context: borrowing WorkerContext<Int, Void>
        )
            throws
        {
            if message < 0 { throw Refused(number: message) }
            places.add(
                (
                    context.worker, state.thread == currentThread(), ThreadBinding.currentPU(),
                    try ThreadBinding.bindingOfCurrentThread()
                ))
        }
    }

    @Test func `a state is made, used and destroyed on its worker's thread, also in a restart`()
        throws
    {
        let worker = Keeper()
        let policy = ScriptedPolicy(decisions: [
            .restart(after: .zero, scope: .all, message: .deadLettered)
        ])
        let pool = try WorkerPool(worker, configuration(workers: 2), policy: policy)
        for number in [1, -1, 2] { try pool.send(number, to: 0) }
        try pool.send(3, to: 1)
        try pool.stop(within: plenty)
        #expect(worker.places.entries.count == 3)
        #expect(worker.places.entries.allSatisfy { $0.isHome })
        // Worker 1 is restarted along with worker 0, unless it ended before.
        #expect((3...4).contains(worker.ends.entries.count))
        #expect(worker.ends.entries.allSatisfy { $0 })
    }

    @Test func `pinned workers stay inside the cpuset, each on its own core`() throws {
        let allowed = try ThreadBinding.allowedPUs()
        var configuration = try configuration(workers: min(2, allowed.count))
        configuration.pinning = .core
        configuration.allowsOversubscription = false
        let worker = Keeper()
        let pool = try WorkerPool(worker, configuration)
        try pool.broadcast(1, timeout: plenty)
        try pool.stop(within: plenty)
        for place in worker.places.entries {
            #expect(place.binding.count == 1)
            #expect(place.binding.contains(place.pu))
            #expect(allowed.contains(place.pu))
            #expect(pool.hardwareThreads[place.worker] == place.pu)
        }
        #expect(Set(worker.places.entries.map(\.pu)).count == pool.workerCount)
    }

    @Test func `a cpuset smaller than the machine is what workers are pinned to`() throws {
        let allowed = try ThreadBinding.allowedPUs()
        var configuration = try configuration(workers: 1)
        // As a container's cpuset would leave it: the last core with its last hardware thread.
        let core = try #require(configuration.cores?.last)
        var only = core
        only.pus = CPUSet(core.pus.indexes.suffix(1))
        configuration.cores = [only]
        configuration.pinning = .core
        let worker = Keeper()
        let pool = try WorkerPool(worker, configuration)
        try pool.send(1, to: 0)
        try pool.stop(within: plenty)
        #expect(worker.places.entries.map(\.binding) == [only.pus])
        #expect(allowed.isSuperset(of: only.pus))
        // A core that this process may not use is an error, and no silent elsewhere.
        only.pus = [100_000]
        configuration.cores = [only]
        #expect(throws: PoolError.self) { try WorkerPool(Keeper(), configuration) }
    }

    @Test(arguments: [Profile.WaitStrategy.spinThenYield, .spinThenPark])
    func `one core is enough for workers and their sender`(strategy: Profile.WaitStrategy) throws {
        let allowed = try ThreadBinding.allowedPUs()
        let one = try #require(allowed.first)
        var configuration = try configuration(workers: 3, capacity: 2, strategy)
        var core = try #require(configuration.cores?.first)
        core.pus = [one]
        configuration.cores = [core]
        configuration.pinning = .core
        let settled = configuration
        let sums = Log<Int>()
        let thread = TestThread {
            try? ThreadBinding.bindCurrentThread(to: one)
            guard let pool = try? WorkerPool(Scripted(), settled) else { return }
            for number in 0..<50 { try? pool.send(.note(number), key: number) }
            let answers = pool.gather(.note(0), within: plenty)
            sums.add(answers.responses.count)
            try? pool.stop(within: plenty)
            sums.add(Int(pool.statistics.reduce(0) { $0 + $1.handled }))
        }
        thread.join()
        #expect(sums.entries == [3, 53])
    }
}

/// A number for the calling thread that no other living thread has.
private func currentThread() -> UInt { UInt(pthread_self()) }
