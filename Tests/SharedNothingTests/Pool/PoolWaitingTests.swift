import Hardware
import TestSupport
import Testing

@testable import SharedNothing

/// Sends and requests that wait, and what they wait for.
@Suite struct PoolWaitingTests {
    /// Worker `index` of a pool stands at a gate with its inbox of one full.
    private func hold(
        _ index: Int, of pool: WorkerPool<Scripted>
    ) throws -> Gate {
        let gate = Gate()
        try pool.send(.stand(gate), to: index)
        gate.awaitArrival()
        try pool.send(.note(0), to: index)
        return gate
    }

    @Test func `a worker without room holds up nobody else's request`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 3, capacity: 1))
        let gate = try hold(0, of: pool)
        let results = Log<Bool>()
        let thread = TestThread { results.add(pool.gather(.note(7), within: plenty).isComplete) }
        // The others answer while the first has no room yet.
        while worker.numbers.count(where: { $0 == 7 }) < 2, results.entries.isEmpty {
            letOthersRun()
        }
        #expect(results.entries.isEmpty)
        gate.open()
        thread.join()
        #expect(results.entries == [true])
        try pool.stop(within: plenty)
    }

    @Test func `of two workers without room, the first holds up no broadcast to the second`() throws
    {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2, capacity: 1))
        let gates = try (0..<2).map { try hold($0, of: pool) }
        let results = Log<Bool>()
        let thread = TestThread {
            results.add((try? pool.broadcast(.note(7), timeout: plenty)) != nil)
        }
        gates[1].open()
        while !worker.numbers.contains(7), results.entries.isEmpty { letOthersRun() }
        #expect(results.entries.isEmpty)
        gates[0].open()
        thread.join()
        #expect(results.entries == [true])
        try pool.stop(within: plenty)
    }

    @Test func `who has no room or has ended is named with that, and the others answer`() throws {
        let policy = ScriptedPolicy(decisions: [.stop])
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 3, capacity: 1), policy: policy)
        try pool.send(.fail(times: 1, 0), to: 1)
        _ = try pool.core.seat(1).stage.wait(until: nil) { $0 == Stage.ended }
        let gate = try hold(0, of: pool)
        let gathering = pool.gather(.note(7), within: .milliseconds(200))
        let missing = gathering.missing.prefix(2)
        #expect(missing.map(\.worker) == [0, 1])
        #expect(
            missing.map(\.reason) == [
                .notSent(.full(worker: 0)), .notSent(.workerStopped(worker: 1)),
            ])
        gate.open()
        try pool.stop(within: plenty)
    }

    @Test func `a worker that has ended has no turn`() throws {
        let policy = ScriptedPolicy(decisions: [.stop])
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 3), policy: policy)
        try pool.send(.fail(times: 1, 0), to: 1)
        _ = try pool.core.seat(1).stage.wait(until: nil) { $0 == Stage.ended }
        var sender = pool.makeSender()
        for number in 0..<9 { try sender.send(.note(number), timeout: plenty) }
        try pool.stop(within: plenty)
        #expect(worker.numbers.sorted() == Array(0..<9))
    }

    @Test func `a key that takes turns waits for the worker whose turn it was`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(
            worker, configuration(workers: 2, capacity: 1, partitioning: .roundRobin))
        let gate = try hold(0, of: pool)
        var sender = pool.core.makeSender(firstTurn: 0)
        // The other has room all the time.
        let failure = #expect(throws: SendFailure<Errand>.self) {
            try sender.send(.note(5), key: 1, timeout: .milliseconds(3))
        }
        #expect(failure?.reason == .full(worker: 0))
        gate.open()
        for number in 10..<20 { try sender.send(.note(number), key: 1, timeout: plenty) }
        try pool.stop(within: plenty)
        let shares = (0..<2).map { index in
            worker.log.entries.count { $0.worker == index && $0.number >= 10 }
        }
        #expect(shares == [5, 5])
        #expect(!worker.numbers.contains(5))
    }

    @Test func `a send whose turn leaves in a resize goes to another`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 3, capacity: 1))
        let gate = try hold(2, of: pool)
        var sender = pool.core.makeSender(firstTurn: 2)
        let outcome = sender.trySend(.note(5))
        guard case .full(_, worker: 2) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(throws: PoolError.self) { try pool.resize(to: 2, within: .milliseconds(1)) }
        try sender.finish(outcome, .turn, plenty)
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers.sorted() == [0, 5])
    }

    @Test func `a request that is over at once does not wait for ever`() async throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 1, capacity: 1100))
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        for number in 0..<1000 {
            await #expect(throws: RequestError.timedOut(worker: 0)) {
                try await pool.request(.note(number), to: 0, within: .zero)
            }
        }
        gate.open()
        try pool.stop(within: plenty)
        #expect(pool.statistics[0].received == 1001)
    }

    @Test func `a task waits for room, and then for its answer`() async throws {
        let pool = try WorkerPool(Scripted(), configuration(workers: 1, capacity: 1))
        let gate = try hold(0, of: pool)
        await #expect(throws: RequestError.notSent(.full(worker: 0))) {
            try await pool.request(.note(1), to: 0, within: .milliseconds(2))
        }
        async let answer = pool.request(.note(2), key: 1, within: plenty)
        gate.open()
        #expect(try await answer == 0)
        try pool.stop(within: plenty)
    }

    @Test func `one cell serves all requests but those after one that was given up`() throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 1))
        var sender = pool.makeSender()
        _ = try sender.request(.note(0), to: 0, timeout: plenty)
        let first = sender.cells[0]
        for _ in 0..<100 { _ = try sender.request(.note(0), key: 1, timeout: plenty) }
        #expect(sender.cells.count == 1)
        #expect(sender.cells[0] === first)
        #expect(throws: RequestError.timedOut(worker: 0)) {
            try sender.request(.stand(gate), to: 0, timeout: .milliseconds(1))
        }
        #expect(sender.cells[0] !== first)
        gate.open()
        try pool.stop(within: plenty)
    }

    @Test(arguments: [Profile.WaitStrategy.spinThenPark, .adaptive])
    func `workers without messages sleep`(strategy: Profile.WaitStrategy) throws {
        var setting = try configuration(workers: 3, strategy)
        setting.name = "idle\(strategy)"
        let pool = try WorkerPool(Scripted(), setting)
        let prefix = "idle\(strategy)".prefix(13)
        try pool.broadcast(.note(1), timeout: plenty)
        var states: [String] = []
        while states != ["S", "S", "S"] {
            letOthersRun()
            states = threads(named: String(prefix)).map { String($0.prefix(1)) }
        }
        try pool.stop(within: plenty)
    }
}
