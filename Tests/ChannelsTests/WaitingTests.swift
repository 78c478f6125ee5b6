import Glibc
import TestSupport
import Testing

@testable import Channels

/// Blocked ends: what wakes them, and what they cost.
@Suite(.serialized) struct WaitingTests {
    @Test func `a close wakes a blocked sender, which gets its element back`() {
        wakeSender(BusySpin.self)
        wakeSender(SpinThenYield.self)
        wakeSender(SpinThenPark.self)
        wakeSender(AdaptiveWait.self)
        for _ in 0..<200 { wakeSender(ParkAtOnce.self) }
    }

    @Test func `a close wakes a blocked receiver`() {
        wakeReceiver(BusySpin.self)
        wakeReceiver(SpinThenYield.self)
        wakeReceiver(SpinThenPark.self)
        wakeReceiver(AdaptiveWait.self)
        for _ in 0..<200 { wakeReceiver(ParkAtOnce.self) }
    }

    @Test func `an idle parked channel uses no processor time`() {
        let channel = SPSCChannel<Int, SpinThenPark>(capacity: 8)
        let monitor = channel.producer.monitor()
        let receiver = Handoff(channel.consumer)
        let thread = TestThread {
            var consumer = receiver.take()
            #expect(consumer.receive() == 1)
            #expect(consumer.receive() == nil)
        }
        while monitor.statistics.receiveParks == 0 { sched_yield() }
        // It is on its way to sleep. Its clock stands still once it is there: for as long as this
        // thread's own clock takes for 5 ms.
        var before = -1
        while thread.processorTime != before {
            before = thread.processorTime
            burn(nanoseconds: 5_000_000)
        }
        #expect(monitor.statistics.receiveParks == 1)
        var producer = channel.producer
        #expect(producer.trySend(1).isSent == true)
        producer.close()
        thread.join()
    }

    @Test func `the number of polls decides between pausing, yielding and parking`() {
        let spinning = Patience(BusySpin.self)
        #expect(spinning.step(after: 1) == .pause)
        #expect(spinning.step(after: .max) == .pause)
        let yielding = Patience(SpinThenYield.self)
        #expect(yielding.step(after: 200) == .pause)
        #expect(yielding.step(after: 201) == .yield)
        #expect(yielding.step(after: .max) == .yield)
        let parking = Patience(SpinThenPark.self)
        #expect(parking.step(after: 400) == .pause)
        #expect(parking.step(after: 401) == .park)
        #expect(Patience(ParkAtOnce.self).step(after: 1) == .park)
        #expect(!parking.adapts && Patience(AdaptiveWait.self).adapts)
    }

    /// Fills a channel, blocks a sender on it, and closes it.
    private func wakeSender<Wait: WaitStrategy>(_: Wait.Type) {
        let channel = SPSCChannel<Int, Wait>(capacity: 3)
        let monitor = channel.producer.monitor()
        let sender = Handoff(channel.producer)
        let thread = TestThread {
            var producer = sender.take()
            do throws(ChannelClosed<Int>) {
                for value in 0..<4 { try producer.send(value) }
                Issue.record("sent more than the capacity")
            } catch {
                #expect(error.takeElement() == 3)
            }
        }
        while monitor.statistics.sendWaits == 0 || (Wait.parks && monitor.statistics.sendParks == 0)
        {
            sched_yield()
        }
        let consumer = channel.consumer
        consumer.close()
        thread.join()
    }

    /// Blocks a receiver on an empty channel, and closes it.
    private func wakeReceiver<Wait: WaitStrategy>(_: Wait.Type) {
        let channel = SPSCChannel<Int, Wait>(capacity: 3)
        let monitor = channel.producer.monitor()
        let receiver = Handoff(channel.consumer)
        let thread = TestThread {
            var consumer = receiver.take()
            #expect(consumer.receive() == nil)
        }
        while monitor.statistics.receiveWaits == 0
            || (Wait.parks && monitor.statistics.receiveParks == 0)
        {
            sched_yield()
        }
        let producer = channel.producer
        producer.close()
        thread.join()
    }

    /// Uses processor time of the calling thread.
    private func burn(nanoseconds: Int) {
        func now() -> Int {
            var time = timespec()
            unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return time.tv_sec * 1_000_000_000 + time.tv_nsec
        }
        let start = now()
        while now() - start < nanoseconds {}
    }
}
