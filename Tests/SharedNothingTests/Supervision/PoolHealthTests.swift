import Hardware
import Testing

@testable import SharedNothing

/// Times are the tests' own; answers are awaited and not timed.
@Suite struct PoolHealthTests {
    private func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
    }

    /// Steps at one and the same time until the worker has answered the ping that was sent `earlier`
    /// milliseconds before.
    private func step(
        _ health: inout PoolHealth<Scripted>, at milliseconds: Int, until worker: Int,
        answered earlier: Int
    ) -> [HealthCheck] {
        while true {
            let checks = health.step(at: at(milliseconds))
            if checks[worker].roundTrip == .milliseconds(earlier) { return checks }
            letOthersRun()
        }
    }

    @Test func `a worker that hangs is late, then dead, and lives again by an answer`() throws {
        let gate = Gate()
        let pool = try WorkerPool(Scripted(), configuration(workers: 2))
        var health = PoolHealth(
            of: pool, every: .milliseconds(100), timeout: .milliseconds(100), tolerance: 2)
        #expect(health.step(at: at(0)).map(\.liveness) == [.unknown, .unknown])
        _ = step(&health, at: 1, until: 0, answered: 1)
        var checks = step(&health, at: 1, until: 1, answered: 1)
        #expect(checks.map(\.isReady) == [true, true])
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        #expect(health.step(at: at(100)).map(\.liveness) == [.alive, .alive])
        _ = step(&health, at: 150, until: 1, answered: 50)
        #expect(health.step(at: at(201)).map(\.liveness) == [.late(missed: 1), .alive])
        _ = step(&health, at: 250, until: 1, answered: 49)
        checks = health.step(at: at(302))
        #expect(checks.map(\.liveness) == [.dead(missed: 2), .alive])
        #expect(checks.map(\.isReady) == [false, true])
        gate.open()
        // Behind the answer to the ping.
        #expect(try pool.request(.note(1), to: 0, timeout: plenty) == 0)
        _ = health.step(at: at(403))
        checks = step(&health, at: 410, until: 0, answered: 7)
        #expect(checks[0].isReady)
        try pool.stop(within: plenty)
    }

    @Test func `a worker that is paused lives, and is not ready`() throws {
        let pool = try WorkerPool(Scripted(), configuration(workers: 1))
        var health = PoolHealth(of: pool, every: .milliseconds(100), timeout: .milliseconds(50))
        try pool.pause(0)
        while pool.vitals[0].read().phase != .paused { letOthersRun() }
        _ = health.step(at: at(0))
        let checks = step(&health, at: 3, until: 0, answered: 3)
        #expect(checks[0].liveness == .alive && !checks[0].isReady)
        try pool.stop(within: plenty)
    }
}
