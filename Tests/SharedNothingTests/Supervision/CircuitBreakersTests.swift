import Hardware
import Synchronization
import Testing

@testable import SharedNothing

/// A clock that stands still until it is moved.
private final class StandingClock: Sendable {
    private let now = Mutex(MonotonicTime(nanoseconds: 1_000_000_000))

    func advance(by span: Duration) { now.withLock { $0 = $0 + span } }

    var time: MonotonicTime { now.withLock { $0 } }
}

/// Breakers at the requests of a pool.
@Suite struct CircuitBreakersTests {
    private let limits = CircuitBreaker.Limits(
        window: .seconds(10), calls: 2, share: 1, pause: .seconds(1), probes: 1)

    private func failure(
        _ pool: WorkerPool<Scripted>, _ errand: Errand, to worker: Int,
        through breakers: CircuitBreakers, timeout: Duration = plenty
    ) -> RequestError? {
        do throws(RequestError) {
            _ = try pool.request(errand, to: worker, timeout: timeout, through: breakers)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a worker that keeps failing is spared requests, and the others are not`() throws {
        let clock = StandingClock()
        let breakers = CircuitBreakers(limits) { clock.time }
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2))
        for _ in 0..<2 {
            guard
                case .failed = failure(
                    pool, .fail(times: 100, 1), to: 0, through: breakers)
            else {
                Issue.record("did not fail")
                return
            }
        }
        #expect(breakers[0].openings == 1)
        #expect(
            failure(pool, .note(2), to: 0, through: breakers)
                == .notSent(.circuitOpen(worker: 0)))
        #expect(failure(pool, .note(3), to: 1, through: breakers) == nil)
        clock.advance(by: .seconds(1))
        #expect(failure(pool, .note(4), to: 0, through: breakers) == nil)
        #expect(breakers[0].state == .closed)
        try pool.stop(within: plenty)
        #expect(worker.numbers == [3, 4])
    }

    @Test func `a worker that does not answer is spared requests as well`() throws {
        let breakers = CircuitBreakers(limits)
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 1))
        try pool.send(.stand(gate), to: 0)
        for _ in 0..<2 {
            #expect(
                failure(pool, .note(1), to: 0, through: breakers, timeout: .milliseconds(1))
                    == .timedOut(worker: 0))
        }
        #expect(
            failure(pool, .note(1), to: 0, through: breakers)
                == .notSent(.circuitOpen(worker: 0)))
        gate.open()
        try pool.stop(within: plenty)
    }

    @Test func `keys go through the breakers of their owners`() throws {
        let breakers = CircuitBreakers(limits)
        let pool = try WorkerPool(Scripted(), configuration(workers: 2))
        for key in 0..<20 {
            let owner = try pool.request(.note(key), key: key, timeout: plenty)
            for _ in 0..<2 {
                #expect(throws: RequestError.self) {
                    try pool.request(
                        .fail(times: 100, key), key: key, timeout: plenty, through: breakers)
                }
            }
            #expect(breakers[owner].openings == 1)
        }
        try pool.stop(within: plenty)
    }

    @Test func `a task goes through the same breakers`() async throws {
        let clock = StandingClock()
        let breakers = CircuitBreakers(limits) { clock.time }
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2))
        let owner = try await pool.request(.note(0), key: 7, within: plenty)
        for _ in 0..<2 {
            await #expect(throws: RequestError.self) {
                try await pool.request(
                    .fail(times: 100, 1), key: 7, within: plenty, through: breakers)
            }
        }
        #expect(breakers[owner].openings == 1)
        await #expect(throws: RequestError.notSent(.circuitOpen(worker: owner))) {
            try await pool.request(.note(2), key: 7, within: plenty, through: breakers)
        }
        #expect(
            failure(pool, .note(2), to: owner, through: breakers)
                == .notSent(.circuitOpen(worker: owner)))
        let other = try await pool.request(
            .note(3), to: 1 - owner, within: plenty, through: breakers)
        #expect(other == 1 - owner)
        clock.advance(by: .seconds(1))
        _ = try await pool.request(.note(4), key: 7, within: plenty, through: breakers)
        #expect(breakers[owner].state == .closed)
        await #expect(throws: RequestError.notSent(.noSuchWorker(index: 9, count: 2))) {
            try await pool.request(.note(5), to: 9, within: plenty, through: breakers)
        }
        try pool.stop(within: plenty)
        #expect(worker.numbers == [0, 3, 4])
    }

    @Test(arguments: [Partitioning.automatic(), .roundRobin])
    func `what is not the worker's doing says nothing of it`(partitioning: Partitioning) throws {
        let breakers = CircuitBreakers(limits)
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 2, partitioning: partitioning))
        #expect(
            failure(pool, .note(1), to: 7, through: breakers)
                == .notSent(.noSuchWorker(index: 7, count: 2)))
        let worker = try pool.request(.note(1), key: 1, timeout: plenty, through: breakers)
        #expect(worker < 2)
        try pool.stop(within: plenty)
        for _ in 0..<3 {
            #expect(
                failure(pool, .note(1), to: 0, through: breakers) == .notSent(.poolStopped))
        }
        #expect(breakers[0].state == .closed && breakers[0].refusals == 0)
    }
}
