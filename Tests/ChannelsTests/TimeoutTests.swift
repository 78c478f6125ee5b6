import Glibc
import TestSupport
import Testing

@testable import Channels

/// Waits that end after a time: by what comes, by the end of the other, by the clock.
@Suite(.serialized) struct TimeoutTests {
    /// Longer than any clock runs.
    static let eternity = Duration.seconds(Int64.max)

    @Test(arguments: [.zero, .nanoseconds(-1), .seconds(Int64.min + 1)] as [Duration])
    func `no time is a single try`(_ timeout: Duration) {
        let channel = SPSCChannel<Int, SpinThenPark>(capacity: 2)
        var producer = channel.producer
        var consumer = channel.consumer
        #expect(consumer.receive(timeout: timeout) == .timedOut)
        #expect(producer.send(1, timeout: timeout) == .sent)
        #expect(producer.send(2, timeout: timeout) == .sent)
        #expect(producer.send(3, timeout: timeout) == .full(3))
        #expect(consumer.receive(timeout: timeout) == .received(1))
        #expect(producer.send(4, timeout: timeout) == .sent)
        #expect(producer.statistics.sendWaits == 0)
        #expect(producer.statistics.receiveWaits == 0)
        producer.close()
        #expect(consumer.receive(timeout: timeout) == .received(2))
        #expect(consumer.receive(timeout: timeout) == .received(4))
        #expect(consumer.receive(timeout: timeout) == .closed)
        let other = SPSCChannel<Int, SpinThenPark>(capacity: 2)
        var sender = other.producer
        let receiver = other.consumer
        receiver.close()
        #expect(sender.send(5, timeout: timeout) == .closed(5))
    }

    /// Seconds of a duration may be more than fit into 64 bits.
    @Test func `times beyond all clocks are without end, and those before all are over`() throws {
        for timeout in [Self.eternity, Self.eternity * 10, .seconds(500 * 365 * 86_400 + 1)] {
            #expect(Deadline(after: timeout, ProcessorAtomics.self).nanoseconds == nil)
            let channel = MPSCChannel<Int, SpinThenPark>(capacity: 1)
            var consumer = channel.consumer
            channel.producer.close()
            #expect(consumer.receive(timeout: timeout) == .closed)
        }
        let before = ProcessorAtomics.now()
        let long = Deadline(after: .seconds(500 * 365 * 86_400), ProcessorAtomics.self)
        #expect(try #require(long.nanoseconds) - before >= 500 * 365 * 86_400 * 1_000_000_000)
        for timeout in [Self.eternity * -10, .nanoseconds(-1), .zero] {
            #expect(Deadline(after: timeout, ProcessorAtomics.self).nanoseconds == 0)
        }
    }

    @Test func `a wait for what does not come ends, and not before its time`() {
        endsInTime(BusySpin.self)
        endsInTime(SpinThenYield.self)
        endsInTime(SpinThenPark.self)
        endsInTime(AdaptiveWait.self)
        endsInTime(ParkAtOnce.self)
    }

    private func endsInTime<Wait: WaitStrategy>(_: Wait.Type) {
        let timeout = Duration.milliseconds(2)
        let channel = SPSCChannel<Int, Wait>(capacity: 1)
        var producer = channel.producer
        var consumer = channel.consumer
        let start = ContinuousClock.now
        #expect(consumer.receive(timeout: timeout) == .timedOut)
        let middle = ContinuousClock.now
        #expect(middle - start >= timeout)
        #expect(producer.send(1, timeout: timeout) == .sent)
        #expect(producer.send(2, timeout: timeout) == .full(2))
        #expect(ContinuousClock.now - middle >= timeout)
        #expect(producer.statistics.sendWaits == 1)
        #expect(producer.statistics.receiveWaits == 1)
        #expect(consumer.receive(timeout: timeout) == .received(1))
    }

    @Test func `what comes ends a wait without end`() {
        isEndedByWhatComes(BusySpin.self)
        isEndedByWhatComes(SpinThenYield.self)
        isEndedByWhatComes(SpinThenPark.self)
        isEndedByWhatComes(AdaptiveWait.self)
        for _ in 0..<100 { isEndedByWhatComes(ParkAtOnce.self) }
    }

    private func isEndedByWhatComes<Wait: WaitStrategy>(_: Wait.Type) {
        let (sender, receiver) = take(apart: SPSCChannel<Int, Wait>(capacity: 1))
        let thread = TestThread {
            var producer = sender.take()
            // The first finds room; the second may have to wait for it.
            #expect(producer.send(1, timeout: Self.eternity) == .sent)
            #expect(producer.send(2, timeout: Self.eternity) == .sent)
        }
        var consumer = receiver.take()
        #expect(consumer.receive(timeout: Self.eternity) == .received(1))
        #expect(consumer.receive(timeout: Self.eternity) == .received(2))
        #expect(consumer.receive(timeout: Self.eternity) == .closed)
        thread.join()
    }

    @Test func `a close ends a send that waits, which gets its element back`() {
        for _ in 0..<100 {
            let channel = SPSCChannel<Int, ParkAtOnce>(capacity: 1)
            let monitor = channel.producer.monitor()
            let (sender, receiver) = take(apart: channel)
            let thread = TestThread {
                var producer = sender.take()
                #expect(producer.send(1, timeout: Self.eternity) == .sent)
                #expect(producer.send(2, timeout: Self.eternity) == .closed(2))
            }
            while monitor.statistics.sendParks == 0 { sched_yield() }
            receiver.take().close()
            thread.join()
        }
    }

    /// Waits that are about as long as the time they have: a race of the clock with the other end,
    /// whoever wins.
    @Test(arguments: [1, 3])
    func `nothing is lost or doubled when the time is short`(_ capacity: Int) {
        let count = 3000
        let (sender, receiver) = take(apart: SPSCChannel<Int, ParkAtOnce>(capacity: capacity))
        let thread = TestThread {
            var producer = sender.take()
            for value in 0..<count {
                while !producer.send(value, timeout: .microseconds(value % 50)).isSent {}
            }
        }
        var consumer = receiver.take()
        var expected = 0
        var wrong = 0
        var isOpen = true
        while isOpen {
            switch consumer.receive(timeout: .microseconds(expected % 70)) {
            case .received(let value):
                if value != expected { wrong += 1 }
                expected += 1
            case .timedOut: break
            case .closed: isOpen = false
            }
        }
        thread.join()
        #expect(wrong == 0)
        #expect(expected == count)
    }
}
