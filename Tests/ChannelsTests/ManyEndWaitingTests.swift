import Glibc
import TestSupport
import Testing

@testable import Channels

/// Blocked ends of channels with many: what wakes them.
@Suite(.serialized) struct ManyEndWaitingTests {
    @Test(arguments: [true, false])
    func `no wake-up is lost in a ping-pong where both ends park`(_ imposesBarriers: Bool) {
        pingPong(
            many(Int.self, ParkAtOnce.self, 4, imposesBarriers: imposesBarriers),
            many(Int.self, ParkAtOnce.self, 1, imposesBarriers: imposesBarriers))
        pingPong(
            sole(Int.self, ParkAtOnce.self, 1, imposesBarriers: imposesBarriers),
            sole(Int.self, ParkAtOnce.self, 4, imposesBarriers: imposesBarriers))
    }

    /// Both on one processor, where each hand-over has to be a sleep, and is cheap.
    private func pingPong<Consumer: BoundedReceiving<Int> & ~Copyable>(
        _ there: consuming Ends<ParkAtOnce, Consumer>, _ back: consuming Ends<ParkAtOnce, Consumer>
    ) {
        let rounds = testRounds(20_000)
        let watchdog = Watchdog(
            seconds: 300 + rounds / 1000, "a ping-pong does not end: a wake-up was lost")
        let (requestsIn, answersOut) = (Handoff(there.consumer), Handoff(back.producer))
        let (requestsOut, answersIn) = (Handoff(there.producer), Handoff(back.consumer))
        let responder = TestThread(on: 0) {
            var requests = requestsIn.take()
            let answers = answersOut.take()
            while let value = requests.receive() {
                guard answers.trySend(value).isSent else { return }
            }
        }
        let asker = TestThread(on: 0) {
            let requests = requestsOut.take()
            var answers = answersIn.take()
            var wrong = 0
            for value in 0..<rounds {
                if !requests.trySend(value).isSent || answers.receive() != value { wrong += 1 }
            }
            #expect(wrong == 0)
            // Not each: a time slice may end between an answer and the look for it.
            #expect(answers.statistics.receiveParks > UInt64(rounds / 20))
            requests.close()
        }
        asker.join()
        responder.join()
        watchdog.callOff()
    }

    @Test func `closing wakes all blocked senders, which get their elements back`() {
        for byConsumer in [true, false] {
            for _ in 0..<100 {
                wakeSenders(many(Int.self, ParkAtOnce.self, 2), byConsumer: byConsumer)
                wakeSenders(sole(Int.self, ParkAtOnce.self, 2), byConsumer: byConsumer)
            }
            wakeSenders(many(Int.self, BusySpin.self, 2), byConsumer: byConsumer)
            wakeSenders(many(Int.self, SpinThenYield.self, 2), byConsumer: byConsumer)
            wakeSenders(sole(Int.self, SpinThenPark.self, 2), byConsumer: byConsumer)
            wakeSenders(sole(Int.self, AdaptiveWait.self, 2), byConsumer: byConsumer)
        }
    }

    private func wakeSenders<Wait, Consumer: BoundedReceiving<Int> & ~Copyable>(
        _ ends: consuming Ends<Wait, Consumer>, byConsumer: Bool
    ) {
        let producer = ends.producer
        let consumer = ends.consumer
        #expect(producer.trySendBatch([1, 2].span) == 2)
        let senders = (0..<3).map { number in
            let handoff = Handoff(producer.clone())
            return TestThread {
                let producer = handoff.take()
                do throws(ChannelClosed<Int>) {
                    try producer.send(number)
                    Issue.record("sent more than the capacity")
                } catch {
                    #expect(error.takeElement() == number)
                }
            }
        }
        while producer.statistics.sendWaits < 3 || (Wait.parks && producer.statistics.sendParks < 3)
        {
            sched_yield()
        }
        if byConsumer { consumer.close() } else { producer.closeForAll() }
        for sender in senders { sender.join() }
    }

    @Test func `closing wakes all blocked receivers`() {
        for forAll in [true, false] {
            for _ in 0..<100 { wakeReceivers(ParkAtOnce.self, forAll: forAll) }
            wakeReceivers(BusySpin.self, forAll: forAll)
            wakeReceivers(SpinThenYield.self, forAll: forAll)
            wakeReceivers(SpinThenPark.self, forAll: forAll)
            wakeReceivers(AdaptiveWait.self, forAll: forAll)
        }
    }

    private func wakeReceivers<Wait: WaitStrategy>(_: Wait.Type, forAll: Bool) {
        let channel = MPMCChannel<Int, Wait>(capacity: 3)
        let producer = channel.producer
        let consumer = channel.consumer
        let receivers = (0..<3).map { _ in
            let handoff = Handoff(consumer.clone())
            return TestThread {
                let consumer = handoff.take()
                #expect(consumer.receive() == nil)
            }
        }
        while consumer.statistics.receiveWaits < 3
            || (Wait.parks && consumer.statistics.receiveParks < 3)
        {
            sched_yield()
        }
        if forAll { producer.closeForAll() } else { producer.close() }
        for receiver in receivers { receiver.join() }
    }

    @Test func `as many sleepers wake as there are elements`() {
        for _ in 0..<100 {
            let channel = MPMCChannel<Int, ParkAtOnce>(capacity: 4)
            let producer = channel.producer
            let consumer = channel.consumer
            let received = Gathered()
            let receivers = (0..<3).map { _ in
                let handoff = Handoff(consumer.clone())
                return TestThread {
                    let consumer = handoff.take()
                    if let value = consumer.receive() { received.add([value]) }
                }
            }
            while consumer.statistics.receiveParks < 3 { sched_yield() }
            #expect(producer.trySendBatch([1, 2].span) == 2)
            while received.values.count < 2 { sched_yield() }
            #expect(producer.trySend(3).isSent == true)
            for receiver in receivers { receiver.join() }
            #expect(received.values.sorted() == [1, 2, 3])
        }
    }
}
