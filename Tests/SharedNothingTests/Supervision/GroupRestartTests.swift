import Glibc
import TestSupport
import Testing

@testable import SharedNothing

/// Writes down in one list when states come and go.
private struct Chronicler: Worker {
    enum Event: Equatable, Sendable {
        case start(Int)
        case stop(Int)
    }

    let events = Log<Event>()
    let handled = Log<Int>()

    struct Refused: Error {}

    func start(_ context: borrowing WorkerContext<Errand, Int>) -> Int {
        events.add(.start(context.worker))
        return 0
    }

    func handle(
        _ message: Errand, _ state: inout Int, _ context: borrowing WorkerContext<Errand, Int>
    ) throws -> Int {
        switch message {
        case .note(let number): handled.add(number)
        case .stand(let gate): gate.pass()
        case .fail: throw Refused()
        case .pass, .run: break
        }
        return context.worker
    }

    func stop(_ state: consuming Int, _ context: borrowing WorkerContext<Errand, Int>) {
        events.add(.stop(context.worker))
    }

    func awaitEvents(_ count: Int) { while events.entries.count < count { letOthersRun() } }

    /// The first event at which a worker started again while another had a state from before it let go
    /// of its own; nil where there is none. For pools whose restarts are all of everybody.
    func firstTooSoon(workers: Int) -> Int? {
        var begun = [Int?](repeating: nil, count: workers)
        var left = [Int](repeating: -1, count: workers)
        for (place, event) in events.entries.enumerated() {
            switch event {
            case .stop(let worker):
                begun[worker] = nil
                left[worker] = place
            case .start(let worker):
                if begun.contains(where: { ($0 ?? place) < left[worker] }) { return place }
                begun[worker] = place
            }
        }
        return nil
    }
}

/// Restarts everybody whatever fails, and gives up the message.
private struct RestartAll: FailurePolicy {
    var delay = Duration.zero

    func decide(_ failure: WorkerFailure, now: MonotonicTime) -> FailureDecision {
        .restart(after: delay, scope: .all, message: .deadLettered)
    }
}

@Suite struct GroupRestartTests {
    @Test(arguments: [(RestartScope.all, 0, [0, 1, 2]), (.rest, 1, [1, 2])])
    func `nobody starts again before all have let go of their states`(
        scope: RestartScope, failing: Int, members: [Int]
    ) throws {
        let worker = Chronicler()
        let policy = ScriptedPolicy(decisions: [
            .restart(after: .zero, scope: scope, message: .deadLettered)
        ])
        let pool = try WorkerPool(worker, configuration(workers: 3), policy: policy)
        let gate = Gate()
        try pool.send(.stand(gate), to: 2)
        gate.awaitArrival()
        try pool.send(.fail(times: 1, 0), to: failing)
        worker.awaitEvents(3 + members.count - 1)
        // Time to be wrong in: who waited for nobody would have started long since.
        usleep(20_000)
        #expect(pool.vitals[failing].read().phase == .backingOff)
        _ = try pool.ping(failing, timeout: plenty)
        gate.open()
        worker.awaitEvents(3 + 2 * members.count)
        #expect(pool.gather(.note(1), within: plenty).isComplete)
        let events = worker.events.entries.dropFirst(3)
        let stops = events.prefix(members.count)
        let starts = events.dropFirst(members.count)
        #expect(members.allSatisfy { stops.contains(.stop($0)) }, "\(events)")
        #expect(members.allSatisfy { starts.contains(.start($0)) }, "\(events)")
        #expect(starts.count == members.count)
        try pool.stop(within: plenty)
    }

    @Test func `all of them wait for the delay of the one that failed`() throws {
        let worker = Chronicler()
        let delay = Duration.milliseconds(30)
        let pool = try WorkerPool(
            worker, configuration(workers: 2), policy: RestartAll(delay: delay))
        let begin = MonotonicTime.now()
        try pool.send(.fail(times: 1, 0), to: 0)
        worker.awaitEvents(4)
        // Both have let go; neither has begun before the time.
        while worker.events.entries.count < 5 { letOthersRun() }
        #expect(MonotonicTime.now() - begin >= delay)
        worker.awaitEvents(6)
        #expect(worker.firstTooSoon(workers: 2) == nil)
        try pool.stop(within: plenty)
    }

    @Test func `failures at once are one restart, or one after the other, and never a deadlock`()
        throws
    {
        let worker = Chronicler()
        let pool = try WorkerPool(worker, configuration(workers: 3), policy: RestartAll())
        for round in 0..<100 {
            try pool.send(.fail(times: 1, round), to: round % 3)
            try pool.send(.fail(times: 1, round), to: (round + 1) % 3)
            try pool.send(.note(round), to: (round + 2) % 3)
        }
        #expect(pool.gather(.note(-1), within: plenty).isComplete)
        try pool.stop(within: plenty)
        #expect(worker.handled.entries.count == 103)
        #expect(pool.totals.failures == 200)
        #expect(worker.firstTooSoon(workers: 3) == nil, "\(worker.events.entries)")
    }

    @Test func `who waits to try again, and who is paused, take part`() throws {
        let worker = Chronicler()
        let policy = ScriptedPolicy(decisions: [
            .retry(after: .seconds(3600)),
            .restart(after: .zero, scope: .all, message: .deadLettered),
        ])
        let pool = try WorkerPool(worker, configuration(workers: 3), policy: policy)
        try pool.pause(2)
        while pool.vitals[2].read().phase != .paused { letOthersRun() }
        try pool.send(.fail(times: 1, 1), to: 1)
        while pool.vitals[1].read().phase != .backingOff { letOthersRun() }
        try pool.send(.fail(times: 1, 0), to: 0)
        #expect(try pool.request(.note(1), to: 0, timeout: plenty) == 0)
        // The one that backs off has let go, and starts when it tries again.
        worker.awaitEvents(3 + 3 + 2)
        while pool.vitals[2].read().phase != .paused { letOthersRun() }
        try pool.send(.note(2), to: 2)
        #expect(pool.statistics[2].handled == 0)
        try pool.resume(2)
        #expect(try pool.request(.note(3), to: 2, timeout: plenty) == 2)
        #expect(!worker.events.entries.dropFirst(3).contains(.start(1)))
        try pool.stopNow(within: plenty)
        #expect(worker.firstTooSoon(workers: 3) == nil)
    }

    @Test func `who has ended is not waited for`() throws {
        let policy = ScriptedPolicy(decisions: [
            .stop, .restart(after: .zero, scope: .all, message: .deadLettered),
        ])
        let pool = try WorkerPool(Chronicler(), configuration(workers: 2), policy: policy)
        try pool.send(.fail(times: 1, 1), to: 1)
        _ = try pool.core.seat(1).stage.wait(until: nil) { $0 == Stage.ended }
        try pool.send(.fail(times: 1, 0), to: 0)
        #expect(try pool.request(.note(1), to: 0, timeout: plenty) == 0)
        try pool.stop(within: plenty)
    }

    @Test func `a resize and a restart that wait for one another both end`() throws {
        let worker = Chronicler()
        let pool = try WorkerPool(
            worker, configuration(workers: 2, partitioning: .hash), policy: RestartAll())
        let gate = Gate()
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        try pool.send(.fail(times: 1, 0), to: 0)
        // The others wait for what is left in the first one's old inbox, which is a failure.
        let resize = TestThread { try? pool.resize(to: 3, within: plenty) }
        while !pool.vitals.dropFirst().allSatisfy({ $0.read().phase == .handingOver })
            || pool.workerCount < 3
        {
            letOthersRun()
        }
        gate.open()
        resize.join()
        #expect(pool.gather(.note(1), within: plenty).isComplete)
        #expect(pool.totals.restarts == 3)
        try pool.stop(within: plenty)
    }

    @Test func `a stop at once does not wait for a restart`() throws {
        let worker = Chronicler()
        let pool = try WorkerPool(worker, configuration(workers: 2), policy: RestartAll())
        let gate = Gate()
        try pool.send(.stand(gate), to: 1)
        gate.awaitArrival()
        try pool.send(.fail(times: 1, 0), to: 0)
        worker.awaitEvents(3)
        #expect(throws: PoolError.self) { try pool.stopNow(within: .zero) }
        _ = try pool.core.seat(0).stage.wait(until: nil) { $0 == Stage.ended }
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.events.entries.count == 4, "nobody started again")
    }
}

/// Fails at its first message, and then at each start.
private struct Doomed: Worker {
    let starts = Log<Int>()
    let ticks = Log<Int>()
    var tickInterval: Duration? { .microseconds(100) }

    struct Refused: Error {}

    func start(_ context: borrowing WorkerContext<Int, Void>) throws -> [Int] {
        starts.add(1)
        if starts.entries.count > 1 { throw Refused() }
        return [1, 2, 3]
    }

    func handle(
        _ message: Int, _ state: inout [Int], _ context: borrowing WorkerContext<Int, Void>
    ) throws {
        throw Refused()
    }

    func tick(_ state: inout [Int], _ context: borrowing WorkerContext<Int, Void>) {
        if starts.entries.count > 1 { ticks.add(state.count) }
    }
}

@Suite struct LostStateTests {
    @Test func `a worker that could not be started again does not tick`() throws {
        let policy = ScriptedPolicy(decisions: [.restart(after: .milliseconds(5)), .stop])
        let worker = Doomed()
        let pool = try WorkerPool(worker, configuration(workers: 1), policy: policy)
        try pool.send(1, to: 0)
        _ = try pool.core.seat(0).stage.wait(until: nil) { $0 == Stage.ended }
        #expect(worker.starts.entries.count == 2)
        #expect(worker.ticks.entries.isEmpty)
        try pool.stop(within: plenty)
    }
}
