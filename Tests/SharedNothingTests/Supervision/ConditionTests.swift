import Randomness
import SharedNothing
import Testing

/// Deadlines, health checks and retries: small values with hand-checked cases.
@Suite struct ConditionTests {
    private func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
    }

    @Test func `a deadline has less and less left, and never less than nothing`() {
        let deadline = Deadline(after: .milliseconds(100), from: at(1000))
        #expect(deadline.left(at: at(1000)) == .milliseconds(100))
        #expect(deadline.left(at: at(1099)) == .milliseconds(1))
        #expect(!deadline.isOver(at: at(1099)))
        #expect(deadline.isOver(at: at(1100)))
        #expect(deadline.left(at: at(5000)) == .zero)
        #expect(Deadline(after: .seconds(-1), from: at(1000)).isOver(at: at(1000)))
        // Seconds of a duration may be more than fit into 64 bits.
        let eternity = Duration.seconds(Int64.max) * 10
        #expect(!Deadline(after: eternity, from: at(1000)).isOver(at: at(1_000_000)))
        #expect(Deadline(after: eternity * -1, from: at(1000)).isOver(at: at(1000)))
        #expect(Deadline.none.left(at: at(1)) == nil)
        #expect(!Deadline.none.isOver(at: MonotonicTime(nanoseconds: .max)))
    }

    @Test func `a part of a deadline is never later than the whole`() {
        let whole = Deadline(after: .milliseconds(100), from: at(0))
        #expect(whole.part(.milliseconds(30), at: at(10)) == Deadline(at: at(40)))
        #expect(whole.part(.milliseconds(300), at: at(10)) == whole)
        #expect(whole.part(keeping: .milliseconds(20), at: at(10)) == Deadline(at: at(80)))
        #expect(whole.part(.seconds(1), keeping: .milliseconds(20), at: at(90)).isOver(at: at(90)))
        #expect(Deadline.none.part(.milliseconds(5), at: at(1)) == Deadline(at: at(6)))
        #expect(Deadline.none.part(at: at(1)) == .none)
        #expect(whole < Deadline.none)
        #expect(!(Deadline.none < Deadline.none))
        #expect(whole.wait(atMost: .milliseconds(7), at: at(98)) == .milliseconds(2))
        #expect(whole.wait(atMost: .milliseconds(1), at: at(98)) == .milliseconds(1))
        #expect(Deadline.none.wait(atMost: .milliseconds(1), at: at(98)) == .milliseconds(1))
    }

    @Test func `a message is retried until its attempts are used up`() {
        let policy = RetryPolicy(attempts: 3)
        #expect((1...5).map(policy.retries(after:)) == [true, true, false, false, false])
        #expect(!RetryPolicy(attempts: 1).retries(after: 1))
    }

    @Test func `a worker that answers lives, and is ready when it says so`() {
        var health = HealthCheck(
            every: .milliseconds(100), timeout: .milliseconds(50), tolerance: 2)
        #expect(health.liveness == .unknown)
        #expect(health.due(at: at(0)) == 1)
        #expect(health.due(at: at(1)) == nil)
        health.answered(1, ready: false, at: at(3))
        #expect(health.liveness == .alive && !health.isReady)
        #expect(health.roundTrip == .milliseconds(3))
        #expect(health.due(at: at(100)) == 2)
        health.answered(2, ready: true, at: at(101))
        #expect(health.isReady)
        // The same answer twice, or one to an earlier ping, says nothing.
        health.answered(1, ready: false, at: at(102))
        #expect(health.isReady)
    }

    @Test func `a worker that misses pings is late, then dead, and lives again by an answer`() {
        var health = HealthCheck(
            every: .milliseconds(100), timeout: .milliseconds(50), tolerance: 2)
        #expect(health.due(at: at(0)) == 1)
        health.settle(at: at(50))
        #expect(health.liveness == .unknown)
        health.settle(at: at(51))
        #expect(health.liveness == .late(missed: 1))
        // Too late is no answer.
        health.answered(1, ready: true, at: at(60))
        #expect(health.liveness == .late(missed: 1))
        #expect(health.due(at: at(100)) == 2)
        #expect(health.due(at: at(200)) == 3)
        #expect(health.liveness == .dead(missed: 2))
        #expect(!health.isReady)
        health.answered(3, ready: true, at: at(210))
        #expect(health.isReady)
        health.restarted()
        #expect(health.liveness == .unknown && !health.isReady)
        #expect(health.due(at: at(211)) == 4)
        health.answered(3, ready: true, at: at(212))
        #expect(health.liveness == .unknown)
    }

    @Test func `a ping that may take as long as the interval is missed as well`() {
        var health = HealthCheck(
            every: .milliseconds(100), timeout: .milliseconds(100), tolerance: 2)
        #expect(health.due(at: at(0)) == 1)
        #expect(health.due(at: at(100)) == nil)
        #expect(health.due(at: at(101)) == 2)
        #expect(health.liveness == .late(missed: 1))
        #expect(health.due(at: at(201)) == nil)
        #expect(health.due(at: at(202)) == 3)
        #expect(health.liveness == .dead(missed: 2))
    }

    @Test func `dead letters keep their order, and count what is lost`() throws {
        let letters = DeadLetters<String>(capacity: 3) { MonotonicTime(nanoseconds: 42) }
        let failure = WorkerFailure(
            worker: 7, name: "orders", phase: .handling, error: "no", attempts: 3,
            hasMessage: true)
        for text in ["a", "b", "c", "d"] { letters.accept(text, because: .failed(failure)) }
        #expect(letters.arrived == 4 && letters.lost == 1)
        let first = try #require(letters.next())
        #expect(first.message == "a" && first.worker == 7 && first.attempts == 3)
        #expect(first.time == MonotonicTime(nanoseconds: 42) && first.ordinal == 0)
        letters.accept("e", because: .workerStopped(worker: 2, name: "x"))
        #expect(letters.next()?.message == "b")
        #expect(letters.next()?.message == "c")
        let last = try #require(letters.next())
        #expect(last.message == "e" && last.ordinal == 4 && last.worker == 2 && last.attempts == 0)
        #expect(letters.next() == nil)
        #expect(letters.lost == 1)
    }
}
