import Channels
import Hardware
import Testing

@testable import SharedNothing

@Suite struct PoolSendingTests {
    @Test func `a pool needs nothing but its worker`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker)
        #expect(pool.workerCount >= 1)
        #expect(try pool.request(.note(7), key: "seven", timeout: plenty) < pool.workerCount)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [7])
    }

    @Test(arguments: Profile.WaitStrategy.allCases)
    func `messages of one key are handled in order, however workers wait`(
        strategy: Profile.WaitStrategy
    ) throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2, strategy))
        for number in 0..<200 { try pool.send(.note(number), key: number % 5) }
        try pool.stop(within: plenty)
        for key in 0..<5 {
            let mine = worker.log.entries.filter { $0.number % 5 == key }
            #expect(mine.map(\.number) == Array(stride(from: key, to: 200, by: 5)))
            #expect(Set(mine.map(\.worker)).count == 1)
        }
    }

    @Test func `every worker gets what is sent to it, and turns are even`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 3))
        for target in 0..<3 { try pool.send(.note(100 + target), to: target) }
        var sender = pool.makeSender()
        for number in 0..<10 { try sender.send(.note(number)) }
        try pool.stop(within: plenty)
        for target in 0..<3 {
            #expect(worker.log.entries.contains { $0 == (target, 100 + target) })
        }
        let loads = (0..<3).map { index in
            worker.log.entries.count { $0.worker == index && $0.number < 100 }
        }
        #expect(loads.sorted() == [3, 3, 4])
    }

    @Test func `an inbox holds its capacity and not one more`() throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 1, capacity: 5))
        var sender = pool.makeSender()
        try sender.send(.stand(gate), to: 0)
        gate.awaitArrival()
        for number in 0..<5 { #expect(sender.trySend(.note(number), to: 0).isSent) }
        guard case .full(.note(99), worker: 0) = sender.trySend(.note(99), to: 0) else {
            Issue.record("a sixth message was accepted")
            return
        }
        #expect(pool.statistics[0].queueDepth == 5)
        let failure = #expect(throws: SendFailure<Errand>.self) {
            try pool.send(.note(98), to: 0, timeout: .zero)
        }
        #expect(failure?.reason == .full(worker: 0))
        gate.open()
        try pool.stop(within: plenty)
        #expect(pool.statistics[0].handled == 6)
    }

    @Test func `nobody there, and a partitioner that points nowhere, are errors`() throws {
        let nowhere = Partitioning.custom(CustomPartitioner { _, count in count })
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 2, partitioning: nowhere))
        let missing = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(1), to: 2) }
        #expect(missing?.reason == .noSuchWorker(index: 2, count: 2))
        let negative = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(1), to: -1) }
        #expect(negative?.reason == .noSuchWorker(index: -1, count: 2))
        let outside = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(1), key: 1) }
        #expect(outside?.reason == .partitionOutOfRange(index: 2, count: 2))
        #expect(throws: RequestError.notSent(.partitionOutOfRange(index: 2, count: 2))) {
            try pool.request(.note(1), key: 1, timeout: plenty)
        }
        try pool.stop(within: plenty)
    }

    @Test func `a batch goes in up to the first message without room`() throws {
        let gate = Gate()
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 1, capacity: 4))
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        var sender = pool.makeSender()
        let batch = (0..<6).map { Errand.note($0) }
        let (sent, unsent) = sender.trySend(batch: batch.span) { _ in 1 }
        #expect(sent == 4)
        #expect(unsent == .full(worker: 0))
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers == [0, 1, 2, 3])
    }

    @Test func `a worker sends to another`() throws {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2))
        _ = try pool.request(.pass(5, to: 1), to: 0, timeout: plenty)
        try pool.stop(within: plenty)
        #expect(worker.log.entries.map { [$0.worker, $0.number] } == [[1, 5]])
    }

    @Test func `a broadcast reaches all, or names who was not reached`() throws {
        let worker = Scripted()
        let gate = Gate()
        let pool = try WorkerPool(worker, configuration(workers: 3, capacity: 1))
        try pool.broadcast(.note(1), timeout: plenty)
        while worker.numbers.count < 3 { letOthersRun() }
        try pool.send(.stand(gate), to: 1)
        gate.awaitArrival()
        try pool.send(.note(0), to: 1)
        let failure = #expect(throws: BroadcastFailure.self) {
            try pool.broadcast(.note(2), timeout: .zero)
        }
        #expect(failure?.missed == [.init(worker: 1, reason: .full(worker: 1))])
        #expect(failure?.reached == 2)
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers.sorted() == [0, 1, 1, 1, 2, 2])
    }

    @Test func `a broadcast names a worker that has ended`() throws {
        let policy = ScriptedPolicy(decisions: [.stop])
        let pool = try WorkerPool(Scripted(), configuration(workers: 3), policy: policy)
        try pool.send(.fail(times: 1, 0), to: 2)
        _ = try pool.core.seat(2).stage.wait(until: nil) { $0 == Stage.ended }
        let failure = #expect(throws: BroadcastFailure.self) {
            try pool.broadcast(.note(2), timeout: plenty)
        }
        #expect(failure?.missed == [.init(worker: 2, reason: .workerStopped(worker: 2))])
        try pool.stop(within: plenty)
    }
}

@Suite struct PoolRequestTests {
    @Test(arguments: Profile.WaitStrategy.allCases)
    func `a request is answered, however the requester waits`(
        strategy: Profile.WaitStrategy
    ) throws {
        let pool = try WorkerPool(Scripted(), configuration(workers: 2, strategy))
        var sender = pool.makeSender()
        for round in 0..<100 {
            #expect(try sender.request(.note(round), to: round % 2, timeout: plenty) == round % 2)
        }
        try pool.stop(within: plenty)
    }

    @Test func `an answer that comes late does not meet the next request`() throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 2))
        var sender = pool.makeSender()
        #expect(throws: RequestError.timedOut(worker: 0)) {
            try sender.request(.stand(gate), to: 0, timeout: .milliseconds(1))
        }
        gate.open()
        #expect(try sender.request(.note(1), to: 1, timeout: plenty) == 1)
        #expect(try sender.request(.note(1), to: 0, timeout: plenty) == 0)
        try pool.stop(within: plenty)
    }

    @Test func `a request that fails says so with the worker's words`() throws {
        let pool = try WorkerPool(Scripted(), configuration(workers: 1))
        let error = #expect(throws: RequestError.self) {
            try pool.request(.fail(times: 1, 3), to: 0, timeout: plenty)
        }
        guard case .failed(let failure)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.error == "number 3 is refused")
        #expect(failure.hasMessage)
        try pool.stop(within: plenty)
    }

    @Test func `all are asked, and who has not answered in time is named`() throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 3))
        let all = pool.gather(.note(1), within: plenty)
        #expect(all.isComplete)
        #expect(all.responses.map(\.response) == [0, 1, 2])
        try pool.send(.stand(gate), to: 1)
        gate.awaitArrival()
        let some = pool.gather(.note(2), within: .milliseconds(200))
        #expect(some.missing.contains { $0.worker == 1 && $0.reason == .timedOut(worker: 1) })
        gate.open()
        #expect(pool.gather(.note(3), within: plenty).isComplete)
        try pool.stop(within: plenty)
    }

    @Test func `a task is suspended until the answer is there, or the time is over`() async throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 2))
        #expect(try await pool.request(.note(1), to: 1, within: plenty) == 1)
        let worker = try await pool.request(.note(1), key: "a", within: plenty)
        #expect(worker < 2)
        await #expect(throws: RequestError.timedOut(worker: 0)) {
            try await pool.request(.stand(gate), to: 0, within: .milliseconds(1))
        }
        gate.open()
        try pool.stop(within: plenty)
        await #expect(throws: RequestError.notSent(.poolStopped)) {
            try await pool.request(.note(1), to: 0, within: plenty)
        }
    }
}
