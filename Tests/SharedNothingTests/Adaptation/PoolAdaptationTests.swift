import Hardware
import Synchronization
import TestSupport
import Testing

@testable import SharedNothing

/// A pool that follows scripted readings: its own thread never comes to look.
private struct Following {
    let pool: WorkerPool<Scripted>
    var loop: AdaptationLoop
    let events = Log<PoolAdaptation.Event>()

    init(
        _ store: LearntStore?, workers: ClosedRange<Int> = 1...4,
        partitioning: Partitioning = .automatic(), begin: Int = 1
    ) throws {
        var configuration = try configuration(workers: begin, partitioning: partitioning)
        configuration.batch = 1
        let events = self.events
        var adaptation = PoolAdaptation(
            workload: "orders", machine: try Following.machine(),
            rules: .init(workers: workers, processors: 64, dwell: 2), store: store)
        adaptation.interval = .seconds(3600)
        adaptation.observer = { events.add($0) }
        configuration.adaptation = adaptation
        pool = try WorkerPool(Scripted(), configuration)
        loop = AdaptationLoop(adaptation, of: pool, at: .init(nanoseconds: 0))
    }

    static func machine() throws -> String {
        LearntConfiguration.digest(of: try RunningMachine.described.get().fingerprint)
    }

    /// One more interval, of a second.
    mutating func see(_ utilisation: Double, queued: Double = 0, handled: UInt64 = 0) {
        loop.take(
            .init(
                reading: LoadReading(utilisation: utilisation, queued: queued), handled: handled,
                nanoseconds: 1_000_000_000),
            of: pool)
    }

    var changes: Int {
        events.entries.count { if case .changed = $0 { true } else { false } }
    }
}

@Suite struct PoolAdaptationTests {
    @Test func `what a pool comes to under load is what the next one begins with`() throws {
        let directory = TemporaryDirectory()
        let store = LearntStore(directory: directory.path)
        var following = try Following(store)
        for step in 0..<40 { following.see(1, queued: 1000, handled: UInt64(step)) }
        let pool = following.pool
        let reached = LoadSettings(workers: 4, batch: 64, wait: .spinThenYield)
        #expect(following.loop.controller.settings == reached)
        #expect(pool.loadSettings == reached)
        #expect(pool.workerCount == 4)
        // All of them work, in the way that they were told.
        for worker in 0..<4 {
            #expect(try pool.request(.note(worker), to: worker, timeout: plenty) == worker)
        }
        // The evening. What was learnt stays.
        for _ in 0..<40 { following.see(0) }
        #expect(pool.loadSettings == LoadSettings(workers: 1, batch: 1, wait: .spinThenPark))
        #expect(try pool.request(.note(9), to: 0, timeout: plenty) == 0)
        following.loop.save()
        try pool.stop(within: plenty)
        var next = try PoolConfiguration(workload: "orders", profile: .testing, store: store)
        next.adaptation?.interval = .seconds(3600)
        #expect(next.workers == min(4, try #require(next.cores).count))
        #expect(next.batch == 64)
        #expect(next.waitStrategy == .spinThenYield)
        #expect(next.inboxWait == .adaptive, "its workers have to be able to sleep one day")
        let learnt = try #require(next.learnt)
        #expect(learnt.value?.settings == reached)
        #expect(learnt.why.contains(directory.path))
        let again = try WorkerPool(Scripted(), next)
        #expect(
            again.loadSettings
                == LoadSettings(workers: next.workers, batch: 64, wait: .spinThenYield))
        #expect(try again.request(.note(1), to: 0, timeout: plenty) == 0)
        try again.stop(within: plenty)
    }

    @Test func `one that knows nothing begins as the profile says, and says why`() throws {
        let directory = TemporaryDirectory()
        let store = LearntStore(directory: directory.path)
        let plain = try PoolConfiguration(profile: .testing)
        let first = try PoolConfiguration(workload: "orders", profile: .testing, store: store)
        #expect(first.workers == plain.workers && first.batch == plain.batch)
        #expect(first.learnt?.value == nil)
        #expect(first.learnt?.why == "nothing was learnt of 'orders' here yet")
        #expect(plain.learnt == nil && plain.adaptation == nil)
        #expect(throws: PoolError.self) { try PoolConfiguration(workload: "two\nlines") }
        let nowhere = try PoolConfiguration(workload: "orders", store: nil)
        #expect(nowhere.learnt?.why == "there is no place for what is learnt")
    }

    @Test func `a few readings alike change nothing, and swinging ones do not either`() throws {
        var following = try Following(nil, begin: 2)
        for _ in 0..<50 {
            following.see(0.9)
            following.see(0.4)
        }
        #expect(following.changes == 0)
        #expect(following.pool.workerCount == 2)
        try following.pool.stop(within: plenty)
    }

    @Test func `goes on from where the program resized it to`() throws {
        var following = try Following(nil, begin: 1)
        try following.pool.resize(to: 6, within: plenty)
        following.see(0.7)
        #expect(following.loop.controller.settings.workers == 6)
        // 4.2 workers' work: seven of them would be 60 % busy, and five more than half.
        following.see(0.7)
        #expect(following.pool.workerCount == 6)
        for _ in 0..<4 { following.see(0.1) }
        #expect(following.pool.workerCount == 1)
        try following.pool.stop(within: plenty)
    }

    @Test func `a pool with ranges keeps its number of workers`() throws {
        let ranges = try RangePartitioner(bounds: [5] as [Int])
        var following = try Following(nil, partitioning: .range(ranges), begin: 2)
        for _ in 0..<20 { following.see(1, queued: 1000) }
        #expect(following.pool.workerCount == 2)
        #expect(following.loop.controller.settings.batch == 128)
        try following.pool.stop(within: plenty)
    }

    @Test func `a resize that is not over in time is told, and nothing is decided meanwhile`()
        throws
    {
        var following = try Following(nil, workers: 1...2)
        let gate = Gate()
        try following.pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        var loop = following.loop
        var quick = loop.adaptation
        quick.interval = .milliseconds(1)
        loop = AdaptationLoop(quick, of: following.pool, at: .init(nanoseconds: 0))
        following.loop = loop
        for _ in 0..<2 { following.see(1) }
        // The new worker is there; the old one has not gone over.
        #expect(following.pool.workerCount == 2)
        #expect(following.pool.core.isHandingOver)
        let late = following.events.entries.contains {
            if case .notResized(.resizeTimedOut) = $0 { true } else { false }
        }
        #expect(late)
        let before = following.loop.controller
        following.loop.look(at: following.pool, now: .init(nanoseconds: 2_000_000_000))
        #expect(following.loop.controller == before)
        gate.open()
        try following.pool.stop(within: plenty)
    }

    @Test func `a pool follows its load by itself, and saves what it has learnt`() throws {
        let directory = TemporaryDirectory()
        let store = LearntStore(directory: directory.path)
        var following = try configuration(workers: 1)
        let events = Log<PoolAdaptation.Event>()
        var adaptation = PoolAdaptation(
            workload: "orders", machine: "0011223344556677",
            rules: .init(workers: 1...3, processors: 64, dwell: 2), store: store)
        adaptation.interval = .milliseconds(4)
        adaptation.savesEvery = .milliseconds(4)
        adaptation.observer = { events.add($0) }
        following.adaptation = adaptation
        let pool = try WorkerPool(Scripted(), following)
        let gate = Gate()
        try pool.send(.stand(gate), to: 0)
        // Its only worker is busy all the time, as far as anybody can see.
        while pool.workerCount == 1 { letOthersRun() }
        gate.open()
        var sender = pool.makeSender()
        while true {
            try sender.send(.note(1))
            let isSaved = events.entries.contains {
                if case .saved = $0 { true } else { false }
            }
            if isSaved { break }
        }
        try pool.stop(within: plenty)
        let found = try store.find(machine: nil)
        #expect(found.configurations.map(\.workload) == ["orders"])
        #expect(found.rejected.isEmpty)
    }

    @Test func `a pool that is let go takes its thread with it`() throws {
        let worker = Scripted()
        do {
            var following = try configuration(workers: 1)
            following.adaptation = PoolAdaptation(
                workload: "orders", machine: "", rules: .init(workers: 1...2, processors: 4),
                store: nil)
            let pool = try WorkerPool(worker, following)
            try pool.send(.note(1), to: 0)
        }
        while worker.stops.entries.isEmpty { letOthersRun() }
        #expect(worker.numbers == [1])
    }

    @Test func `rules that cannot be are an error`() throws {
        var following = try configuration(workers: 1)
        following.adaptation = PoolAdaptation(
            workload: "orders", machine: "", rules: .init(workers: 1...2, processors: 4, low: 0.9))
        let error = #expect(throws: PoolError.self) { try WorkerPool(Scripted(), following) }
        guard case .adaptationUnsound? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

@Suite struct BatchedWorkerTests {
    /// A pool of one worker that stands at a gate with a batch of four in hand.
    private func held(
        _ gate: Gate, _ graveyard: Graveyard<Errand>
    ) throws -> (WorkerPool<Scripted>, Scripted) {
        var configuration = try configuration(workers: 1, capacity: 4)
        configuration.batch = 4
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration, deadLetters: graveyard)
        let first = Gate()
        try pool.send(.stand(first), to: 0)
        first.awaitArrival()
        // What is there when it comes back is one batch.
        try pool.send(.stand(gate), to: 0)
        for number in 1...3 { try pool.send(.note(number), to: 0) }
        first.open()
        gate.awaitArrival()
        return (pool, worker)
    }

    @Test func `a worker takes a batch, and whoever waits may fill the inbox again`() throws {
        let gate = Gate()
        let (pool, worker) = try held(gate, Graveyard())
        #expect(pool.statistics[0].queueDepth == 3)
        var sender = pool.makeSender()
        for number in 4...7 { #expect(sender.trySend(.note(number), to: 0).isSent) }
        #expect(!sender.trySend(.note(8), to: 0).isSent)
        #expect(pool.statistics[0].queueDepth == 7)
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test func `what is in hand at the end goes to the dead letters, before what is behind it`()
        throws
    {
        let gate = Gate()
        let graveyard = Graveyard<Errand>()
        let (pool, worker) = try held(gate, graveyard)
        for number in 4...7 { try pool.send(.note(number), to: 0) }
        #expect(throws: PoolError.self) { try pool.stopNow(within: .zero) }
        gate.open()
        try pool.stopNow(within: plenty)
        #expect(worker.numbers.isEmpty)
        let buried = graveyard.log.entries.map { entry in
            if case .note(let number) = entry.message { number } else { -1 }
        }
        #expect(buried == [1, 2, 3, 4, 5, 6, 7])
        #expect(pool.statistics[0].queueDepth == 0)
    }

    @Test func `a pause holds up what is in hand`() throws {
        let gate = Gate()
        let (pool, worker) = try held(gate, Graveyard())
        try pool.pause(0)
        gate.open()
        _ = try pool.ping(0, timeout: plenty)
        #expect(worker.numbers.isEmpty)
        try pool.resume(0)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [1, 2, 3])
    }

    @Test func `a resize moves on when what is in hand is handled`() throws {
        let gate = Gate()
        let (pool, worker) = try held(gate, Graveyard())
        gate.open()
        try pool.resize(to: 2, within: plenty)
        try pool.send(.note(4), to: 0)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [1, 2, 3, 4])
    }

    @Test(arguments: [0, -1, 1 << 17])
    func `a batch that cannot be is refused`(batch: Int) throws {
        var configuration = try configuration(workers: 1)
        configuration.batch = batch
        #expect(throws: PoolError.batchOutOfRange(batch, most: 65536)) {
            try WorkerPool(Scripted(), configuration)
        }
    }
}
