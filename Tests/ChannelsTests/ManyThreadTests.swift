import Glibc
import TestSupport
import Testing

@testable import Channels

/// Producers and consumers on threads of their own: what ThreadSanitizer watches.
@Suite(.serialized) struct ManyThreadTests {
    static let capacities = [1, 2, 3, 7, 64, 1000]

    /// Elements that each producer sends.
    static let count = 2_000

    @Test(arguments: capacities, [1, 2, 3])
    func `streams arrive complete and in each producer's order, yielding`(
        _ capacity: Int, _ producers: Int
    ) {
        let firstLap = lap(1, beforeTheEndFor: capacity)
        for consumers in [1, 2, 3] {
            streams(
                many(Int.self, YieldAtOnce.self, capacity, firstLap: firstLap), producers, consumers
            )
        }
        streams(sole(Int.self, YieldAtOnce.self, capacity, firstLap: firstLap), producers)
    }

    @Test(arguments: capacities)
    func `streams arrive complete and in each producer's order, spinning and parking`(
        _ capacity: Int
    ) {
        streams(many(Int.self, SpinThenYield.self, capacity), 2, 2)
        streams(many(Int.self, SpinThenPark.self, capacity), 2, 2)
        streams(sole(Int.self, SpinThenPark.self, capacity), 3)
        streams(many(Int.self, AdaptiveWait.self, capacity), 2, 2)
        streams(sole(Int.self, AdaptiveWait.self, capacity), 3)
        streams(many(Int.self, BusySpin.self, capacity), 1, 1, count: 1_000)
        streams(sole(Int.self, BusySpin.self, capacity), 1, count: 1_000)
    }

    @Test(arguments: capacities, [true, false])
    func `no wake-up is lost when every wait parks`(_ capacity: Int, _ imposesBarriers: Bool) {
        streams(
            many(Int.self, ParkAtOnce.self, capacity, imposesBarriers: imposesBarriers), 3, 3,
            count: 1_000)
        streams(
            sole(Int.self, ParkAtOnce.self, capacity, imposesBarriers: imposesBarriers), 3,
            count: 1_000)
    }

    @Test(arguments: [1, 5, 200])
    func `batches of many mix with single sends`(_ capacity: Int) {
        streams(many(Int.self, SpinThenPark.self, capacity), 2, 2, batch: 7)
        streams(sole(Int.self, SpinThenPark.self, capacity), 2, batch: 7)
        streams(many(Int.self, YieldAtOnce.self, capacity), 2, 2, batch: 100)
        streams(sole(Int.self, YieldAtOnce.self, capacity), 2, batch: 100)
    }

    @Test func `all ends make progress on one processor`() {
        streams(many(Int.self, SpinThenYield.self, 64), 2, 2, count: 500, on: 0)
        streams(many(Int.self, SpinThenPark.self, 64), 2, 2, count: 500, on: 0)
        streams(many(Int.self, ParkAtOnce.self, 1), 2, 2, count: 200, on: 0)
        streams(sole(Int.self, SpinThenYield.self, 64), 3, count: 500, on: 0)
        streams(sole(Int.self, SpinThenPark.self, 1), 3, count: 200, on: 0)
    }

    @Test func `waits that time out lose nothing and take nothing twice`() {
        let ends = many(Int.self, ParkAtOnce.self, 1)
        let producers = (0..<2).map { _ in Handoff(ends.producer.clone()) }
        let consumers = (0..<2).map { _ in Handoff(ends.consumer.clone()) }
        _ = consume ends
        var threads: [TestThread] = []
        for (number, handoff) in producers.enumerated() {
            threads.append(
                TestThread {
                    let producer = handoff.take()
                    var value = number
                    while value < 2_000 {
                        if producer.send(value, timeout: .microseconds(20)).isSent { value += 2 }
                    }
                })
        }
        let all = Gathered()
        for handoff in consumers {
            threads.append(receiveTimingOut(from: handoff, into: all) { _ in .microseconds(20) })
        }
        for thread in threads { thread.join() }
        #expect(all.values.sorted() == Array(0..<2_000))
    }

    @Test(arguments: [1, 3, 64])
    func `whoever receives an element has all that goes with it`(_ capacity: Int) {
        lend(many(Cell.self, YieldAtOnce.self, capacity))
        lend(sole(Cell.self, YieldAtOnce.self, capacity))
        lend(many(Cell.self, ParkAtOnce.self, capacity, imposesBarriers: false))
    }

    private func lend<Wait, Consumer: BoundedReceiving<Cell> & ~Copyable>(
        _ ends: consuming Ends<Wait, Consumer>
    ) {
        let sender = Handoff(ends.producer)
        expectLent(sender, Handoff(ends.consumer))
    }

    @Test func `elements in flight while ends go away are destroyed once`() {
        for round in 0..<100 {
            let counter = DeinitCounter()
            do {
                let channel = MPMCChannel<DeinitCounter.Token, SpinThenYield>(
                    capacity: 1 + round % 20)
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
            #expect(counter.destroyed >= min(round, 2000))
            #expect(counter.destroyed == counter.made, "round \(round)")
        }
    }

    @Test func `a close for all wakes everybody, and what was accepted is received`() {
        for round in 0..<50 {
            closeWhileBusy(many(Int.self, ParkAtOnce.self, 1 + round % 4), receivers: 3)
            closeWhileBusy(many(Int.self, SpinThenYield.self, 1 + round % 4), receivers: 2)
        }
    }

    private func closeWhileBusy<Wait>(
        _ ends: consuming ManyEnds<Int, Wait>, receivers: Int
    ) {
        let received = Gathered()
        let accepted = Gathered()
        var threads: [TestThread] = []
        for number in 0..<2 {
            let handoff = Handoff(ends.producer.clone())
            threads.append(
                TestThread {
                    let producer = handoff.take()
                    var mine: [Int] = []
                    var value = number
                    while (try? producer.send(value)) != nil {
                        mine.append(value)
                        value += 2
                    }
                    accepted.add(mine)
                })
        }
        for _ in 0..<receivers {
            let handoff = Handoff(ends.consumer.clone())
            threads.append(
                TestThread {
                    let consumer = handoff.take()
                    var mine: [Int] = []
                    while let value = consumer.receive() { mine.append(value) }
                    received.add(mine)
                })
        }
        while ends.producer.statistics.sent < 50 { sched_yield() }
        ends.producer.closeForAll()
        for thread in threads { thread.join() }
        #expect(received.values.sorted() == accepted.values.sorted())
    }

    private func streams<Wait>(
        _ ends: consuming ManyEnds<Int, Wait>, _ producers: Int, _ consumers: Int,
        count: Int = count, batch: Int = 1, on processor: Int? = nil
    ) {
        let senders = clones(of: ends.producer, producers)
        let receivers = (0..<consumers).map { _ in Handoff(ends.consumer.clone()) }
        _ = consume ends
        expectStreams(senders, receivers, count, batch, processor)
    }

    private func streams<Wait>(
        _ ends: consuming SoleEnds<Int, Wait>, _ producers: Int,
        count: Int = count, batch: Int = 1, on processor: Int? = nil
    ) {
        let senders = clones(of: ends.producer, producers)
        let receiver = Handoff(ends.consumer)
        // What is left of the ends would keep the channel open.
        ends.producer.close()
        expectStreams(senders, [receiver], count, batch, processor)
    }
}
