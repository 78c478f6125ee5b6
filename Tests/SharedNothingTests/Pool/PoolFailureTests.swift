import Testing

@testable import SharedNothing

@Suite struct PoolFailureTests {
    @Test func `a message that fails is tried again, before those behind it`() throws {
        let worker = Scripted()
        let policy = ScriptedPolicy(decisions: [.retry(after: .zero), .retry(after: .zero)])
        let pool = try WorkerPool(worker, configuration(workers: 1), policy: policy)
        try pool.send(.fail(times: 2, 1), to: 0)
        try pool.send(.note(2), to: 0)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [1, 2])
        #expect(policy.failures.entries.map(\.attempts) == [1, 2])
        #expect(policy.failures.entries.allSatisfy { $0.phase == .handling && $0.hasMessage })
        #expect(policy.recoveries.entries == [2])
        let statistics = pool.statistics[0]
        #expect(statistics.received == 2)
        #expect(statistics.handled == 2)
        #expect(statistics.failures == 2)
    }

    @Test func `a message that is given up is a dead letter with its failure`() throws {
        let worker = Scripted()
        let graveyard = Graveyard<Errand>()
        let policy = ScriptedPolicy(decisions: [.retry(after: .zero), .discard])
        let pool = try WorkerPool(
            worker, configuration(workers: 1), policy: policy, deadLetters: graveyard)
        try pool.send(.fail(times: 9, 7), to: 0)
        try pool.send(.note(2), to: 0)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [2])
        let letters = graveyard.log.entries
        #expect(letters.count == 1)
        guard case .fail(9, 7)? = letters.first?.message,
            case .failed(let failure)? = letters.first?.reason
        else {
            Issue.record("\(letters)")
            return
        }
        #expect(failure.attempts == 2)
        #expect(failure.error == "number 7 is refused")
    }

    @Test func `a restart makes a new state, with the inbox as it was`() throws {
        let worker = Scripted()
        let gate = Gate()
        let policy = ScriptedPolicy(decisions: [.restart(after: .zero)])
        let pool = try WorkerPool(worker, configuration(workers: 1), policy: policy)
        try pool.send(.note(1), to: 0)
        try pool.send(.stand(gate), to: 0)
        try pool.send(.fail(times: 0, 2), to: 0)
        // The new state has no tries behind it: this one fails again, and is discarded then.
        try pool.send(.fail(times: 1, 3), to: 0)
        try pool.send(.note(4), to: 0)
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers == [1, 2, 4])
        #expect(worker.starts.entries.count == 2)
        #expect(worker.stops.entries.map(\.handled) == [3, 1])
        #expect(pool.statistics[0].restarts == 1)
    }

    @Test(arguments: [(RestartScope.one, [0, 1, 2, 1]), (.rest, [0, 1, 2, 1, 2])])
    func `a restart takes along whom its scope says`(scope: RestartScope, starts: [Int]) throws {
        let worker = Scripted()
        let policy = ScriptedPolicy(decisions: [
            .restart(after: .zero, scope: scope, message: .deadLettered)
        ])
        let pool = try WorkerPool(worker, configuration(workers: 3), policy: policy)
        _ = try? pool.request(.fail(times: 1, 0), to: 1, timeout: plenty)
        while worker.starts.entries.count < starts.count { letOthersRun() }
        #expect(pool.gather(.note(0), within: plenty).isComplete)
        #expect(worker.starts.entries.sorted() == starts.sorted())
        try pool.stop(within: plenty)
    }

    @Test func `a restart of all takes everybody along`() throws {
        let worker = Scripted()
        let policy = ScriptedPolicy(decisions: [
            .restart(after: .zero, scope: .all, message: .deadLettered)
        ])
        let pool = try WorkerPool(worker, configuration(workers: 3), policy: policy)
        _ = try? pool.request(.fail(times: 1, 0), to: 1, timeout: plenty)
        while worker.starts.entries.count < 6 { letOthersRun() }
        #expect(pool.gather(.note(0), within: plenty).isComplete)
        #expect(worker.starts.entries.sorted() == [0, 0, 1, 1, 2, 2])
        try pool.stop(within: plenty)
    }

    @Test func `a worker that cannot start fails the pool with its reason, and no thread stays`()
        throws
    {
        var worker = Scripted()
        worker.failingStarts = 99
        let settled = worker
        var setting = try configuration(workers: 2)
        setting.name = "unbegun"
        let asked = setting
        let error = #expect(throws: PoolError.self) { try WorkerPool(settled, asked) }
        guard case .startFailed(let failure)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.phase == .starting)
        #expect(failure.error == "number -1 is refused")
        while !threads(named: "unbegun-").isEmpty { letOthersRun() }
        #expect(settled.stops.entries.isEmpty)
    }

    @Test func `a worker that starts at the third attempt is there`() throws {
        var worker = Scripted()
        worker.failingStarts = 2
        let policy = ScriptedPolicy(decisions: [
            .retry(after: .microseconds(10)), .restart(after: .zero),
        ])
        let pool = try WorkerPool(worker, configuration(workers: 1), policy: policy)
        #expect(try pool.request(.note(1), to: 0, timeout: plenty) == 0)
        #expect(policy.failures.entries.map(\.phase) == [.starting, .starting])
        #expect(policy.recoveries.entries == [2])
        try pool.stop(within: plenty)
    }

    @Test func `a failure that is too much for its policy ends the pool`() throws {
        let policy = ScriptedPolicy(decisions: [.escalate])
        let pool = try WorkerPool(Scripted(), configuration(workers: 3), policy: policy)
        try pool.send(.fail(times: 1, 5), to: 1)
        for index in 0..<3 {
            _ = try pool.core.seat(index).stage.wait(until: nil) { $0 == Stage.ended }
        }
        #expect(pool.escalatedFailure?.error == "number 5 is refused")
        let failure = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(1), to: 0) }
        #expect(failure?.reason == .workerStopped(worker: 0))
        try pool.stop(within: plenty)
    }

    @Test func `waiting before a new attempt does not hold up a stop at once, or pings`() throws {
        let graveyard = Graveyard<Errand>()
        let policy = ScriptedPolicy(decisions: [.retry(after: .seconds(3600))])
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 1), policy: policy, deadLetters: graveyard)
        try pool.send(.fail(times: 1, 5), to: 0)
        while pool.vitals[0].read().phase != .backingOff { letOthersRun() }
        _ = try pool.ping(0, timeout: plenty)
        try pool.stopNow(within: plenty)
        #expect(graveyard.log.entries.count == 1)
    }
}
