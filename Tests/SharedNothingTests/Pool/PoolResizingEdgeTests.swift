import Synchronization
import TestSupport
import Testing

@testable import SharedNothing

/// Keeps a number, of which it gives away what it is told to.
private struct Purse: Worker {
    struct State {
        let worker: Int
        var sum = 0
    }

    let moves: @Sendable (_ worker: Int, KeyMovement) -> Int?

    func start(_ context: borrowing WorkerContext<Int, Int>) -> State {
        State(worker: context.worker)
    }

    func handle(
        _ message: Int, _ state: inout State, _ context: borrowing WorkerContext<Int, Int>
    ) throws -> Int {
        if message < 0 { throw Refused(number: message) }
        state.sum += message
        return state.sum
    }

    func release(_ state: inout State, moving movement: KeyMovement) -> [MovedPortion<Int>] {
        guard let target = moves(state.worker, movement) else { return [] }
        defer { state.sum = 0 }
        return [MovedPortion(to: target, state.sum)]
    }

    func absorb(_ portion: Int, _ state: inout State) { state.sum += portion }
}

/// A worker of which those from index `late` on stand at a gate in `start`.
private struct Late: Worker {
    let late: Int
    let gate = Gate()

    func start(_ context: borrowing WorkerContext<Int, Int>) -> Int {
        if context.worker >= late { gate.pass() }
        return 0
    }

    func handle(
        _ message: Int, _ state: inout Int, _ context: borrowing WorkerContext<Int, Int>
    ) throws -> Int {
        if message < 0 { throw Refused(number: message) }
        return context.worker
    }
}

@Suite struct PoolResizingEdgeTests {
    @Test func `a worker that ends before it takes up its second resize holds up nobody`() throws {
        let gate = Gate()
        let policy = ScriptedPolicy(decisions: [.stop])
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 2, partitioning: .hash), policy: policy)
        try pool.resize(to: 3, within: plenty)
        try pool.send(
            .run { _ in
                gate.pass()
                throw Refused(number: 0)
            }, to: 0)
        gate.awaitArrival()
        #expect(throws: PoolError.self) { try pool.resize(to: 2, within: .milliseconds(5)) }
        gate.open()
        try pool.resize(to: 2, within: plenty)
        #expect(try pool.request(.note(1), to: 1, timeout: plenty) == 1)
        try pool.stop(within: plenty)
    }

    @Test func `a stop does not wait for a worker that a resize starts`() throws {
        let worker = Late(late: 2)
        let pool = try WorkerPool(worker, configuration(workers: 2))
        let errors = Log<PoolError>()
        let thread = TestThread {
            do throws(PoolError) {
                try pool.resize(to: 3, within: plenty)
            } catch {
                errors.add(error)
            }
        }
        worker.gate.awaitArrival()
        let error = #expect(throws: PoolError.self) { try pool.stop(within: .milliseconds(50)) }
        guard case .stopTimedOut(let late)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(late.contains { $0.worker == 2 && $0.reading.phase == .starting })
        thread.join()
        #expect(errors.entries == [.stopped])
        worker.gate.open()
        try pool.stop(within: plenty)
    }

    @Test func `a resize does not wait longer than it may for a worker to start`() throws {
        let worker = Late(late: 2)
        let pool = try WorkerPool(worker, configuration(workers: 2))
        let error = #expect(throws: PoolError.self) {
            try pool.resize(to: 3, within: .milliseconds(20))
        }
        guard case .startTimedOut(let report)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(report.worker == 2)
        #expect(pool.workerCount == 2)
        #expect(try pool.request(1, to: 1, timeout: plenty) == 1)
        worker.gate.open()
        try pool.resize(to: 3, within: plenty)
        #expect(try pool.request(1, to: 2, timeout: plenty) == 2)
        try pool.stop(within: plenty)
    }

    @Test func `resizes at once take their turns`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2))
        let threads = (0..<3).map { index in
            TestThread {
                for round in 0..<8 {
                    do {
                        try pool.resize(to: 1 + (index + round) % 4, within: plenty)
                    } catch {
                        Issue.record("\(error)")
                    }
                }
            }
        }
        for number in 0..<200 { try pool.send(.note(number), key: number) }
        for thread in threads { thread.join() }
        try pool.stop(within: plenty)
        #expect(worker.numbers.sorted() == Array(0..<200))
        #expect(pool.totals.handled == 200, "what workers that left have handled is not forgotten")
    }

    @Test func `what a leaving worker releases arrives, also where senders take turns`() throws {
        let worker = Purse { worker, movement in worker < movement.newCount ? nil : 0 }
        let pool = try WorkerPool(worker, configuration(workers: 3, partitioning: .roundRobin))
        for index in 0..<3 { try pool.send(10 + index, to: index) }
        try pool.pause(2)
        while pool.vitals[2].read().phase != .paused { letOthersRun() }
        #expect(throws: PoolError.self) { try pool.resize(to: 1, within: .milliseconds(20)) }
        // Worker 2 is not reached by its index any more, and goes on when all do.
        let leaving = pool.core.life.withLock { $0.leaving }
        for seat in leaving { seat.control.lower(Order.pause) }
        try pool.resize(to: 1, within: plenty)
        #expect(try pool.request(0, to: 0, timeout: plenty) == 33)
        try pool.stop(within: plenty)
    }

    @Test(arguments: [1, 7, -1])
    func `what is released to nobody who waits for it stays`(target: Int) throws {
        let worker = Purse { worker, _ in worker == 0 ? target : nil }
        let pool = try WorkerPool(worker, configuration(workers: 2))
        try pool.send(5, to: 0)
        try pool.resize(to: 3, within: plenty)
        #expect(try pool.request(0, to: 0, timeout: plenty) == 5)
        #expect(try pool.request(0, to: 1, timeout: plenty) == 0)
        try pool.stop(within: plenty)
    }

    @Test func `what is released to a worker that has ended is counted`() throws {
        let worker = Purse { worker, movement in worker == 2 ? 1 : nil }
        let policy = ScriptedPolicy(decisions: [.stop])
        let pool = try WorkerPool(worker, configuration(workers: 3), policy: policy)
        try pool.send(-1, to: 1)
        _ = try pool.core.seat(1).stage.wait(until: nil) { $0 == Stage.ended }
        try pool.resize(to: 2, within: plenty)
        // The message that failed, and the portion.
        while pool.statistics[1].deadLetters < 2 { letOthersRun() }
        try pool.stop(within: plenty)
    }

    @Test func `a pool that a policy has ended takes no new workers`() throws {
        let policy = ScriptedPolicy(decisions: [.escalate])
        let pool = try WorkerPool(Late(late: 9), configuration(workers: 2), policy: policy)
        try pool.send(-1, to: 0)
        for index in 0..<2 {
            _ = try pool.core.seat(index).stage.wait(until: nil) { $0 == Stage.ended }
        }
        #expect(throws: PoolError.stopped) { try pool.resize(to: 3, within: plenty) }
        try pool.stop(within: plenty)
    }

    @Test func `a worker that starts while a policy ends the pool ends with it`() throws {
        let worker = Late(late: 2)
        let policy = ScriptedPolicy(decisions: [.escalate])
        let pool = try WorkerPool(worker, configuration(workers: 2), policy: policy)
        let errors = Log<PoolError>()
        let thread = TestThread {
            do throws(PoolError) {
                try pool.resize(to: 3, within: plenty)
            } catch {
                errors.add(error)
            }
        }
        worker.gate.awaitArrival()
        try pool.send(-1, to: 0)
        for index in 0..<2 {
            _ = try pool.core.seat(index).stage.wait(until: nil) { $0 == Stage.ended }
        }
        worker.gate.open()
        thread.join()
        #expect(errors.entries == [.stopped])
        try pool.stop(within: plenty)
    }
}
