import Channels
import Testing

@testable import SharedNothing

@Suite struct PoolTickTests {
    /// How many messages go by between looks, of messages that take so long each.
    private func strides(_ interval: Duration, _ nanoseconds: UInt64) -> [UInt64] {
        var pace = TickPace()
        var now: UInt64 = 1_000_000_000
        return (0..<6).map { _ in
            var passed: UInt64 = 0
            repeat {
                passed += 1
                now += nanoseconds
            } while !pace.passesLook()
            pace.look(at: MonotonicTime(nanoseconds: now), interval: interval)
            return passed
        }
    }

    @Test func `short messages are looked between seldom, long ones each time`() {
        #expect(strides(.milliseconds(100), 50).last == 16)
        #expect(strides(.milliseconds(100), 1_000_000_000).allSatisfy { $0 == 1 })
        #expect(strides(.milliseconds(100), 3_000_000).dropFirst(2).allSatisfy { $0 == 4 })
        #expect(strides(.nanoseconds(1), 50).allSatisfy { $0 == 1 })
        #expect(strides(.seconds(1 << 40), 50).last == 16)
        #expect(strides(.zero, 0).allSatisfy { $0 == 1 })
    }

    /// Takes longer over a message than from tick to tick.
    struct Slow: Worker {
        let seen = Log<Int>()
        var tickInterval: Duration? { .microseconds(100) }

        func start(_ context: borrowing WorkerContext<Int, Void>) -> Int { 0 }
        func handle(
            _ message: Int, _ ticks: inout Int, _ context: borrowing WorkerContext<Int, Void>
        ) {
            seen.add(ticks)
            let end = MonotonicTime.now() + .milliseconds(1)
            while MonotonicTime.now() < end { letOthersRun() }
        }
        func tick(_ ticks: inout Int, _ context: borrowing WorkerContext<Int, Void>) { ticks += 1 }
    }

    @Test func `ticks come between messages that take long`() throws {
        let worker = Slow()
        let pool = try WorkerPool(worker, configuration(workers: 1, capacity: 64))
        for number in 0..<20 { try pool.send(number, to: 0) }
        try pool.stop(within: plenty)
        let seen = worker.seen.entries
        // One between any two, or so: the first look may find that no time has passed.
        for index in seen.indices.dropFirst(3) { #expect(seen[index] > seen[index - 2]) }
    }
}

@Suite struct WorkerSeatTests {
    private typealias Seat = WorkerSeat<Int, Void>
    private typealias Inbox = WaitingInbox<Int, Void, SpinThenPark>

    @Test func `an idle worker has one nudge in its inbox at most, which is no message`() {
        let seat = Seat(index: 0, name: "seat", pu: nil)
        let inbox = Inbox.make(capacity: 4)
        seat.adopt(inbox.inlet)
        seat.order(Order.pause)
        #expect(inbox.inlet.inlet.count == 0, "who is not idle needs none")
        seat.vitals.enterIdle()
        for _ in 0..<5 { seat.order(Order.ping) }
        #expect(inbox.inlet.inlet.count == 1)
        #expect(seat.queueDepth == 0)
        _ = inbox.inlet.inlet.trySend(.message(3))
        #expect(seat.queueDepth == 1)
        var consumer = inbox.take()
        guard case .nudge? = consumer.tryReceive() else {
            Issue.record("there is no nudge")
            return
        }
        seat.takeNudge()
        #expect(seat.queueDepth == 1)
        seat.order(Order.ping)
        #expect(inbox.inlet.inlet.count == 2)
        // In an inbox of nobody's there is no nudge to wait for.
        consumer.close()
        let next = Inbox.make(capacity: 1)
        seat.adopt(next.inlet)
        seat.order(Order.ping)
        #expect(next.inlet.inlet.count == 1)
    }

    @Test func `pings that nobody waits for are forgotten, and those of who has ended say so`() {
        let seat = Seat(index: 0, name: "seat", pu: nil)
        let cells = (0..<2).map { _ in ReplyCell<Void>() }
        for cell in cells { #expect(seat.ping(cell)) }
        seat.forget(cells[0])
        let left = seat.leave()
        #expect(left == nil)
        #expect(cells[0].state.load() == ReplyState.pending)
        guard case .workerStopped? = cells[1].take() else {
            Issue.record("a worker that has ended answers a ping")
            return
        }
        #expect(!seat.ping(cells[0]))
    }
}
