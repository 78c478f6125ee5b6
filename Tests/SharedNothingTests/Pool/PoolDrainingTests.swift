import Hardware
import TestSupport
import Testing

@testable import SharedNothing

/// A message that is sent on so often, each time to the next worker, and notes how far it is.
private func relay(_ left: Int, _ log: Log<Int>) -> Errand {
    .run { context in
        log.add(left)
        guard left > 0 else { return }
        let next = (context.worker + 1) % context.workerCount
        try context.send(relay(left - 1, log), to: next, timeout: plenty)
    }
}

@Suite struct PoolDrainingTests {
    @Test func `what workers send one another while a pool drains is handled`() throws {
        let (gate, log, graveyard) = (Gate(), Log<Int>(), Graveyard<Errand>())
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 3), deadLetters: graveyard)
        try pool.send(.stand(gate), to: 0)
        try pool.send(relay(50, log), to: 0)
        gate.awaitArrival()
        // The others have nothing to do, and wait for what worker 0 may send them.
        var late: [Int] = []
        while late != [0] {
            let error = #expect(throws: PoolError.self) { try pool.stop(within: .milliseconds(1)) }
            guard case .stopTimedOut(let reports)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            late = reports.map(\.worker)
        }
        let refused = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(1), to: 1) }
        #expect(refused?.reason == .poolStopped)
        _ = try pool.ping(2, timeout: plenty)
        gate.open()
        try pool.stop(within: plenty)
        #expect(log.entries == Array((0...50).reversed()))
        #expect(graveyard.log.entries.isEmpty)
        #expect(pool.totals.failures == 0)
    }

    @Test func `a pipeline under fire drains to its last message`() throws {
        let (log, graveyard) = (Log<Int>(), Graveyard<Errand>())
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 3, capacity: 8), deadLetters: graveyard)
        let accepted = Log<Int>()
        let threads = (0..<2).map { _ in
            TestThread {
                var sender = pool.makeSender()
                while (try? sender.send(relay(2, log), to: 0)) != nil { accepted.add(1) }
            }
        }
        while accepted.entries.count < 50 { letOthersRun() }
        try pool.stop(within: plenty)
        for thread in threads { thread.join() }
        #expect(log.entries.count == accepted.entries.count * 3)
        #expect(graveyard.log.entries.isEmpty)
    }

    @Test func `a pool that drains says so, and how many its workers are`() throws {
        let (gate, seen) = (Gate(), Log<(count: Int, isStopping: Bool)>())
        let pool = try WorkerPool(Scripted(), configuration(workers: 2))
        let look = Errand.run { seen.add(($0.workerCount, $0.isStopping)) }
        _ = try pool.request(look, to: 0, timeout: plenty)
        try pool.send(.stand(gate), to: 0)
        try pool.send(look, to: 0)
        gate.awaitArrival()
        #expect(throws: PoolError.self) { try pool.stop(within: .zero) }
        gate.open()
        try pool.stop(within: plenty)
        #expect(seen.entries.map(\.count) == [2, 2])
        #expect(seen.entries.map(\.isStopping) == [false, true])
    }

    @Test func `paused workers drain together`() throws {
        let log = Log<Int>()
        let pool = try WorkerPool(Scripted(), configuration(workers: 3))
        pool.pause()
        try pool.send(relay(10, log), to: 1)
        try pool.stop(within: plenty)
        #expect(log.entries.count == 11)
    }

    @Test func `a worker that ends while others wait for it ends the stop`() throws {
        let gate = Gate()
        let policy = ScriptedPolicy(decisions: [.stop])
        let pool = try WorkerPool(Scripted(), configuration(workers: 2), policy: policy)
        try pool.send(
            .run { _ in
                gate.pass()
                throw Refused(number: 1)
            }, to: 1)
        gate.awaitArrival()
        #expect(throws: PoolError.self) { try pool.stop(within: .milliseconds(1)) }
        gate.open()
        try pool.stop(within: plenty)
    }

    @Test func `a stop in the middle of a resize handles everything`() throws {
        let (gate, worker) = (Gate(), Scripted())
        let pool = try WorkerPool(worker, configuration(workers: 2))
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        for number in 0..<10 { try pool.send(.note(number), key: number) }
        #expect(throws: PoolError.self) { try pool.resize(to: 4, within: .milliseconds(200)) }
        for number in 10..<20 { try pool.send(.note(number), key: number) }
        #expect(throws: PoolError.self) { try pool.stop(within: .milliseconds(1)) }
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers.sorted() == Array(0..<20))
        #expect(worker.stops.entries.map(\.worker).sorted() == [0, 1, 2, 3])
    }

    @Test func `workers that wait for room in each other's inboxes fail after their time`() throws {
        let (gates, policy) = ([Gate(), Gate()], ScriptedPolicy(decisions: []))
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2, capacity: 1), policy: policy)
        for index in 0..<2 {
            try pool.send(
                .run { context in
                    gates[index].pass()
                    try context.send(.note(5), to: 1 - index, timeout: .milliseconds(20))
                }, to: index)
            gates[index].awaitArrival()
            try pool.send(.note(index), to: index)
        }
        for gate in gates { gate.open() }
        try pool.stop(within: plenty)
        // Whoever gives up first has found no room; the other may have got some then.
        let passed = worker.numbers.count { $0 == 5 }
        #expect(passed <= 1)
        #expect(policy.failures.entries.count == 2 - passed)
        #expect(worker.numbers.filter { $0 != 5 }.sorted() == [0, 1])
    }
}

@Suite struct PoolAdmissionTests {
    /// The ways in which keys find workers.
    enum Way: CaseIterable {
        case hash, consistent, range, roundRobin, custom

        func partitioning() throws -> Partitioning {
            switch self {
            case .hash: .hash
            case .consistent: .consistent
            case .range: .range(try RangePartitioner(bounds: [5] as [Int]))
            case .roundRobin: .roundRobin
            case .custom:
                .custom(CustomPartitioner { Int($0.partitionHash % UInt64($1)) })
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `a stopped pool gives everything back, however keys find workers`(way: Way) throws {
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 2, partitioning: way.partitioning()))
        var sender = pool.makeSender()
        try sender.send(.note(0), key: 1)
        try pool.stop(within: plenty)
        let outcomes = [
            sender.trySend(.note(1)), sender.trySend(.note(1), key: 7),
            sender.trySend(.note(1), to: 1),
        ]
        for outcome in outcomes {
            guard case .refused(.note(1), .poolStopped) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        var reasons: [SendRefusal] = []
        do { try sender.send(.note(1)) } catch { reasons.append(error.reason) }
        do { try sender.send(.note(1), key: 7) } catch { reasons.append(error.reason) }
        #expect(reasons == [.poolStopped, .poolStopped])
        let batch = [Errand.note(1)]
        let (sent, unsent) = sender.trySend(batch: batch.span) { _ in 7 }
        #expect(sent == 0)
        #expect(unsent == .poolStopped)
        #expect(throws: RequestError.notSent(.poolStopped)) {
            try sender.request(.note(1), key: 7, timeout: plenty)
        }
        let failure = #expect(throws: BroadcastFailure.self) {
            try sender.broadcast(.note(1), timeout: plenty)
        }
        #expect(
            failure?.missed == [
                .init(worker: 0, reason: .poolStopped), .init(worker: 1, reason: .poolStopped),
            ])
        #expect(failure?.reached == 0)
        let gathering = sender.gather(.note(1), within: plenty)
        #expect(gathering.responses.isEmpty)
        #expect(gathering.missing.map(\.worker) == [0, 1])
        #expect(
            gathering.missing.map(\.reason)
                == Array(repeating: .notSent(.poolStopped), count: 2))
        #expect(sender.workerCount == 2)
    }

    /// Asks the pool of which it is in `start`.
    struct Early: Worker {
        let seen = Log<(count: Int, outcome: SendOutcome<Int>)>()

        func start(_ context: borrowing WorkerContext<Int, Void>) -> Int {
            seen.add((context.workerCount, context.trySend(4, key: 3)))
            return context.worker % context.workerCount
        }
        func handle(
            _ message: Int, _ state: inout Int, _ context: borrowing WorkerContext<Int, Void>
        ) {}
    }

    @Test(arguments: Way.allCases)
    func `a pool that has not begun knows its workers, and is sent nothing`(way: Way) throws {
        let worker = Early()
        let pool = try WorkerPool(
            worker, configuration(workers: 2, partitioning: way.partitioning()))
        #expect(worker.seen.entries.map(\.count) == [2, 2])
        #expect(
            worker.seen.entries.map(\.outcome)
                == Array(repeating: .refused(4, .poolNotOpen), count: 2))
        try pool.stop(within: plenty)
    }

    @Test func `keys of a pool that takes turns go to all alike`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(
            worker, configuration(workers: 3, partitioning: .roundRobin))
        var sender = pool.makeSender()
        for number in 0..<9 { try sender.send(.note(number), key: 7) }
        for _ in 0..<3 { _ = try sender.request(.note(9), key: 7, timeout: plenty) }
        try pool.stop(within: plenty)
        for index in 0..<3 { #expect(worker.log.entries.count { $0.worker == index } == 4) }
    }

    @Test(arguments: [-1, Int.min, 2])
    func `a rule that names nobody is an error, and no other worker is sent to`(index: Int) throws {
        let rule = Partitioning.custom(CustomPartitioner { _, _ in index })
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2, partitioning: rule))
        let failure = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(1), key: 1) }
        #expect(failure?.reason == .partitionOutOfRange(index: index, count: 2))
        try pool.stop(within: plenty)
        #expect(worker.numbers.isEmpty)
    }
}
