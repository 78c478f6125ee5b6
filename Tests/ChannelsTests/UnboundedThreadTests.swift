import Glibc
import TestSupport
import Testing

@testable import Channels

/// Unbounded channels between threads: what ThreadSanitizer watches.
@Suite(.serialized) struct UnboundedThreadTests {
    static let capacities = [1, 2, 3, 60]

    /// Elements that each producer sends.
    static let count = 5_000

    @Test(arguments: capacities, [1, 2, 3])
    func `streams arrive complete and in each producer's order, yielding`(
        _ capacity: Int, _ producers: Int
    ) {
        for consumers in [1, 2, 3] {
            streams(unboundedMany(Int.self, YieldAtOnce.self, capacity), producers, consumers)
        }
        streams(unboundedSole(Int.self, YieldAtOnce.self, capacity), producers)
        streams(
            unboundedMany(Int.self, YieldAtOnce.self, capacity, keepsSegments: false), producers, 2)
    }

    @Test(arguments: capacities)
    func `streams arrive complete and in each producer's order, spinning and parking`(
        _ capacity: Int
    ) {
        streams(unboundedMany(Int.self, SpinThenYield.self, capacity), 2, 2)
        streams(unboundedMany(Int.self, SpinThenPark.self, capacity), 2, 2)
        streams(unboundedSole(Int.self, SpinThenPark.self, capacity), 3)
        streams(unboundedMany(Int.self, AdaptiveWait.self, capacity), 2, 2)
        streams(unboundedSole(Int.self, AdaptiveWait.self, capacity), 3)
        streams(unboundedMany(Int.self, BusySpin.self, capacity), 1, 1, count: 1_000)
        streams(unboundedSole(Int.self, BusySpin.self, capacity), 1, count: 1_000)
    }

    @Test(arguments: capacities, [true, false])
    func `no wake-up is lost when every wait parks`(_ capacity: Int, _ imposesBarriers: Bool) {
        streams(
            unboundedMany(Int.self, ParkAtOnce.self, capacity, imposesBarriers: imposesBarriers), 3,
            3, count: 1_000)
        streams(
            unboundedSole(Int.self, ParkAtOnce.self, capacity, imposesBarriers: imposesBarriers), 3,
            count: 1_000)
    }

    @Test(arguments: [1, 5, 60])
    func `batches of many mix with single sends`(_ capacity: Int) {
        streams(unboundedMany(Int.self, SpinThenPark.self, capacity), 2, 2, batch: 7)
        streams(unboundedSole(Int.self, SpinThenPark.self, capacity), 2, batch: 7)
        streams(unboundedMany(Int.self, YieldAtOnce.self, capacity), 2, 2, batch: 100)
        streams(unboundedSole(Int.self, YieldAtOnce.self, capacity), 2, batch: 100)
    }

    @Test func `all ends make progress on one processor`() {
        streams(unboundedMany(Int.self, SpinThenYield.self), 2, 2, count: 500, on: 0)
        streams(unboundedMany(Int.self, SpinThenPark.self), 2, 2, count: 500, on: 0)
        streams(unboundedMany(Int.self, ParkAtOnce.self, 1), 2, 2, count: 200, on: 0)
        streams(unboundedSole(Int.self, SpinThenYield.self), 3, count: 500, on: 0)
        streams(unboundedSole(Int.self, SpinThenPark.self, 1), 3, count: 200, on: 0)
    }

    @Test func `a ping-pong of sleepers never stands still`() {
        let rounds = testRounds(20_000)
        for (there, back) in [(1, 2), (60, 60)] {
            let watchdog = Watchdog(seconds: 120 + rounds / 1000, "a wake-up was lost")
            var asking = unboundedSole(Int.self, ParkAtOnce.self, there)
            let answering = unboundedMany(Int.self, ParkAtOnce.self, back)
            let requests = Handoff(asking.producer.clone())
            let answers = Handoff(answering.consumer.clone())
            let initiator = TestThread {
                let requests = requests.take()
                let answers = answers.take()
                var wrong = 0
                for value in 0..<rounds {
                    if !requests.trySend(value).isSent || answers.receive() != value { wrong += 1 }
                }
                requests.closeForAll()
                #expect(wrong == 0)
            }
            while let value = asking.consumer.receive() { _ = answering.producer.trySend(value) }
            initiator.join()
            watchdog.callOff()
            #expect(asking.consumer.statistics.received == UInt64(rounds))
            #expect(answering.consumer.statistics.received == UInt64(rounds))
        }
    }

    @Test func `waits that time out lose nothing and take nothing twice`() {
        for capacity in [1, 60] {
            let ends = unboundedMany(Int.self, ParkAtOnce.self, capacity)
            timeOut(ends, clones: 3)
            let spinning = unboundedMany(Int.self, SpinThenYield.self, capacity)
            timeOut(spinning, clones: 3)
        }
    }

    private func timeOut<Wait>(_ ends: consuming ManyUnboundedEnds<Int, Wait>, clones: Int) {
        let all = Gathered()
        let receivers = (0..<clones).map { _ in Handoff(ends.consumer.clone()) }
        let threads = receivers.map {
            receiveTimingOut(from: $0, into: all) { .microseconds($0 % 20) }
        }
        for value in 0..<2_000 {
            _ = ends.producer.trySend(value)
            if value % 7 == 0 { sched_yield() }
        }
        ends.producer.closeForAll()
        for thread in threads { thread.join() }
        #expect(all.values.sorted() == Array(0..<2_000))
        #expect(ends.producer.statistics.segments <= 5)
    }

    @Test func `a close wakes every receiver that sleeps`() {
        for _ in 0..<50 {
            let ends = unboundedMany(Int.self, ParkAtOnce.self, 2)
            let receivers = (0..<3).map { _ in Handoff(ends.consumer.clone()) }
            let monitor = ends.producer.monitor()
            let producer = ends.producer.clone()
            _ = consume ends
            let threads = receivers.map { receiver in
                TestThread { #expect(receiver.take().receive() == nil) }
            }
            while monitor.statistics.receiveParks < 3 { sched_yield() }
            producer.close()
            for thread in threads { thread.join() }
        }
    }

    @Test(arguments: capacities)
    func `whoever receives an element has all that goes with it`(_ capacity: Int) {
        lend(unboundedMany(Cell.self, YieldAtOnce.self, capacity))
        lend(unboundedSole(Cell.self, YieldAtOnce.self, capacity))
        lend(unboundedMany(Cell.self, ParkAtOnce.self, capacity, imposesBarriers: false))
    }

    private func lend<Wait, Consumer: UnboundedReceiving<Cell> & ~Copyable>(
        _ ends: consuming UnboundedEnds<Wait, Consumer>
    ) {
        let sender = Handoff(ends.producer)
        expectLent(sender, Handoff(ends.consumer))
    }

    @Test func `elements in flight while ends go away are destroyed once`() {
        for round in 0..<100 {
            let counter = DeinitCounter()
            do {
                let channel = UnboundedMPMCChannel<DeinitCounter.Token, SpinThenYield>(
                    segmentCapacity: 1 + round % 4)
                let senders = [Handoff(channel.producer.clone()), Handoff(channel.producer)]
                let threads = senders.map { sender in
                    TestThread {
                        let producer = sender.take()
                        for value in 0..<1000 {
                            guard (try? producer.send(counter.token(value))) != nil else { return }
                        }
                    }
                }
                let consumer = channel.consumer
                for _ in 0..<round { _ = consumer.receive() }
                if round % 3 == 0 { consumer.closeForAll() }
                consumer.close()
                for thread in threads { thread.join() }
            }
            #expect(counter.destroyed >= round)
            #expect(counter.destroyed == counter.made, "round \(round)")
        }
    }

    private func streams<Wait>(
        _ ends: consuming ManyUnboundedEnds<Int, Wait>, _ producers: Int, _ consumers: Int,
        count: Int = count, batch: Int = 1, on processor: Int? = nil
    ) {
        let senders = clones(of: ends.producer, producers)
        let receivers = (0..<consumers).map { _ in Handoff(ends.consumer.clone()) }
        let monitor = ends.producer.monitor()
        _ = consume ends
        expectStreams(senders, receivers, count, batch, processor)
        // Nothing is left but where the ends were, and what is kept.
        #expect(monitor.statistics.segments <= 4 + consumers)
        #expect(monitor.statistics.received == UInt64(count * producers))
    }

    private func streams<Wait>(
        _ ends: consuming SoleUnboundedEnds<Int, Wait>, _ producers: Int,
        count: Int = count, batch: Int = 1, on processor: Int? = nil
    ) {
        let senders = clones(of: ends.producer, producers)
        let receiver = Handoff(ends.consumer)
        let producer = ends.producer
        let monitor = producer.monitor()
        // The last but the clones: they are to close the channel.
        producer.close()
        expectStreams(senders, [receiver], count, batch, processor)
        #expect(monitor.statistics.segments <= 4)
        #expect(monitor.statistics.received == UInt64(count * producers))
    }
}
