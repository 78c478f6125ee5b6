import Synchronization
import TestSupport
import Testing

@testable import SharedNothing

@Suite struct PoolStoppingTests {
    @Test func `what was accepted before a stop is handled, whoever was sending`() throws {
        let worker = Scripted()
        let graveyard = Graveyard<Errand>()
        let pool = try WorkerPool(
            worker, configuration(workers: 2, capacity: 64), deadLetters: graveyard)
        let accepted = Atomic(0)
        let first = Gate()
        let box = Shared(accepted)
        let threads = (0..<3).map { _ in
            TestThread {
                var sender = pool.makeSender()
                var number = 0
                while true {
                    do throws(SendFailure<Errand>) {
                        try sender.send(.note(number), key: number)
                        box.count.add(1, ordering: .relaxed)
                        number += 1
                        if number == 100 { first.open() }
                    } catch {
                        #expect(error.reason == .poolStopped)
                        guard case .note(number) = error.message else {
                            Issue.record("another message came back")
                            return
                        }
                        return
                    }
                }
            }
        }
        first.pass()
        try pool.stop(within: plenty)
        for thread in threads { thread.join() }
        #expect(worker.numbers.count == box.count.load(ordering: .relaxed))
        #expect(graveyard.log.entries.isEmpty)
        #expect(worker.stops.entries.map(\.worker).sorted() == [0, 1])
    }

    /// Lets several threads count.
    private final class Shared: Sendable {
        let count: Atomic<Int>
        init(_ count: consuming Atomic<Int>) { self.count = count }
    }

    @Test func `a worker that does not return is named, with what it is doing`() throws {
        let gate = Gate()
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2))
        try pool.send(.note(1), to: 1)
        try pool.send(.note(2), to: 1)
        try pool.send(.stand(gate), to: 1)
        try pool.send(.note(3), to: 1)
        gate.awaitArrival()
        let error = #expect(throws: PoolError.self) { try pool.stop(within: .milliseconds(5)) }
        guard case .stopTimedOut(let late)? = error, let report = late.last else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(report.worker == 1)
        #expect(report.name == "worker-1")
        #expect(report.reading.phase == .handling)
        #expect(report.reading.ordinal == 3)
        #expect("\(PoolError.stopTimedOut([report]))".contains("'worker-1' handling message 3"))
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers == [1, 2, 3])
        #expect(worker.stops.entries.contains { $0 == (1, 4) })
    }

    @Test func `stopping at once loses nothing without a trace`() throws {
        let gate = Gate()
        let worker = Scripted()
        let graveyard = Graveyard<Errand>()
        let pool = try WorkerPool(worker, configuration(workers: 1), deadLetters: graveyard)
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        for number in 0..<5 { try pool.send(.note(number), to: 0) }
        #expect(throws: PoolError.self) { try pool.stopNow(within: .zero) }
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers.isEmpty)
        let reasons = graveyard.log.entries.map(\.reason)
        #expect(
            reasons == Array(repeating: .workerStopped(worker: 0, name: "worker-0"), count: 5))
        #expect(pool.statistics[0].deadLetters == 5)
    }

    @Test func `a request that is never come to is told so`() throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 1))
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        let answers = Log<RequestError>()
        let thread = TestThread {
            do throws(RequestError) {
                _ = try pool.request(.note(1), to: 0, timeout: plenty)
            } catch {
                answers.add(error)
            }
        }
        while pool.statistics[0].queueDepth == 0 { letOthersRun() }
        #expect(throws: PoolError.self) { try pool.stopNow(within: .zero) }
        gate.open()
        thread.join()
        #expect(answers.entries == [.workerStopped(worker: 0)])
    }

    @Test func `a stopped pool gives messages back, and stops again in peace`() throws {
        let pool = try WorkerPool(Scripted(), configuration(workers: 2))
        var sender = pool.makeSender()
        try pool.stop(within: plenty)
        guard case .refused(.note(8), .poolStopped) = sender.trySend(.note(8), key: 1) else {
            Issue.record("a stopped pool took a message")
            return
        }
        let failure = #expect(throws: SendFailure<Errand>.self) {
            try sender.send(.note(8), to: 0)
        }
        #expect(failure?.reason == .poolStopped)
        #expect(throws: PoolError.stopped) { try pool.resize(to: 3, within: plenty) }
        try pool.stop(within: plenty)
        try pool.stopNow(within: plenty)
    }

    @Test func `a send that waits for room ends when the worker does`() throws {
        let gate = Gate()
        let policy = ScriptedPolicy(decisions: [.stop])
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 1, capacity: 2), policy: policy)
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        try pool.send(.fail(times: 1, 0), to: 0)
        try pool.send(.note(1), to: 0)
        let reasons = Log<SendRefusal>()
        let thread = TestThread {
            do throws(SendFailure<Errand>) {
                // Room comes once, when the worker takes up what it fails at.
                try pool.send(.note(2), to: 0)
                try pool.send(.note(3), to: 0)
                try pool.send(.note(4), to: 0)
                try pool.send(.note(5), to: 0)
            } catch {
                reasons.add(error.reason)
            }
        }
        gate.open()
        thread.join()
        #expect(reasons.entries == [.workerStopped(worker: 0)])
        try pool.stop(within: plenty)
    }

    @Test func `a pool that goes away lets its workers end`() throws {
        let worker = Scripted()
        do {
            let pool = try WorkerPool(worker, configuration(workers: 2))
            for number in 0..<20 { try pool.send(.note(number), key: number) }
        }
        while worker.stops.entries.count < 2 { letOthersRun() }
        #expect(worker.numbers.count == 20)
    }
}
