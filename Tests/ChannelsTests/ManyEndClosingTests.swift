import Testing

@testable import Channels

/// What happens when ends of a channel with many go away, on one thread, and what is destroyed.
@Suite struct ManyEndClosingTests {
    typealias Token = DeinitCounter.Token

    @Test(arguments: [1, 3, 8, 50])
    func `the last producer closes, and what was sent is still received`(_ capacity: Int) {
        closeByProducers(many(Int.self, SpinThenPark.self, capacity))
        closeByProducers(sole(Int.self, SpinThenPark.self, capacity))
    }

    private func closeByProducers<Wait, Consumer: BoundedReceiving<Int> & ~Copyable>(
        _ ends: consuming Ends<Wait, Consumer>
    ) {
        let first = ends.producer
        var consumer = ends.consumer
        let second = first.clone()
        let capacity = consumer.capacity
        for value in 0..<capacity { #expect(first.trySend(value) == .sent) }
        first.close()
        #expect(consumer.isClosed == false)
        #expect(consumer.tryReceive() == 0)
        #expect(second.trySend(capacity) == .sent)
        second.close()
        #expect(consumer.isClosed == true)
        for value in 1...capacity { #expect(consumer.receive() == value) }
        #expect(consumer.receive() == nil)
        #expect(consumer.tryReceive() == nil)
        #expect(consumer.receive(timeout: .seconds(100)) == .closed)
        #expect(receiveArray(batchFrom: &consumer, atMost: 4) == [])
    }

    @Test func `the last consumer closes, and sends give the element back`() throws {
        let channel = MPMCChannel<Int, BusySpin>(capacity: 3)
        let producer = channel.producer
        let first = channel.consumer
        let second = first.clone()
        first.close()
        #expect(producer.trySend(1) == .sent)
        #expect(second.tryReceive() == 1)
        #expect(producer.trySend(2) == .sent)
        second.close()
        expectClosed(producer)
        let sole = MPSCChannel<Int, BusySpin>(capacity: 3)
        let sender = sole.producer
        let receiver = sole.consumer
        #expect(sender.trySend(2) == .sent)
        receiver.close()
        expectClosed(sender)
    }

    private func expectClosed<Wait>(
        _ producer: borrowing MultiProducer<Int, Wait, ProcessorAtomics>
    ) {
        #expect(producer.isClosed == true)
        #expect(producer.trySend(3) == .closed(3))
        #expect(producer.send(4, timeout: .seconds(100)) == .closed(4))
        do {
            try producer.send(5)
            Issue.record("sent to a closed channel")
        } catch {
            #expect(error.takeElement() == 5)
        }
        #expect(producer.trySendBatch([6, 7].span) == 0)
        #expect(throws: BatchClosed(accepted: 0)) { try producer.sendBatch([6, 7].span) }
    }

    @Test(arguments: [1, 2, 9])
    func `either end closes for all, once and again`(_ capacity: Int) {
        closeForAll(many(Int.self, SpinThenPark.self, capacity), byProducer: true)
        closeForAll(many(Int.self, SpinThenPark.self, capacity), byProducer: false)
        closeForAll(sole(Int.self, SpinThenPark.self, capacity), byProducer: true)
        closeForAll(sole(Int.self, SpinThenPark.self, capacity), byProducer: false)
    }

    private func closeForAll<Wait, Consumer: BoundedReceiving<Int> & ~Copyable>(
        _ ends: consuming Ends<Wait, Consumer>, byProducer: Bool
    ) {
        let producer = ends.producer
        var consumer = ends.consumer
        #expect(producer.trySend(1) == .sent)
        for _ in 0..<2 {
            if byProducer { producer.closeForAll() } else { consumer.closeForAll() }
            expectClosed(producer)
        }
        #expect(producer.count == 1)
        #expect(consumer.receive() == 1)
        #expect(consumer.receive() == nil)
    }

    @Test(arguments: [1, 3, 7, 8, 50])
    func `elements that nobody received are destroyed, once`(_ capacity: Int) {
        for received in [0, 1, capacity / 2, capacity] {
            for producerFirst in [true, false] {
                let firstLap = lap(1, beforeTheEndFor: capacity)
                let counter = DeinitCounter()
                do {
                    let channel = MPMCChannel<Token, SpinThenPark>(
                        capacity: capacity, firstLap: firstLap, imposesBarriers: true)
                    let producer = channel.producer
                    let consumer = channel.consumer
                    for number in 0..<capacity { _ = producer.trySend(counter.token(number)) }
                    for _ in 0..<received { _ = consumer.tryReceive() }
                    for number in 0..<received { _ = producer.trySend(counter.token(number)) }
                    #expect(counter.destroyed == received)
                    if producerFirst {
                        producer.close()
                        #expect(counter.destroyed == received)
                        consumer.close()
                    } else {
                        consumer.close()
                        #expect(counter.destroyed == received + capacity)
                        producer.close()
                    }
                }
                #expect(counter.destroyed == received + capacity)
                let other = DeinitCounter()
                do {
                    let channel = MPSCChannel<Token, SpinThenPark>(
                        capacity: capacity, firstLap: firstLap, imposesBarriers: true)
                    let producer = channel.producer
                    var consumer = channel.consumer
                    for number in 0..<capacity { _ = producer.trySend(other.token(number)) }
                    for _ in 0..<received { _ = consumer.tryReceive() }
                    for number in 0..<received { _ = producer.trySend(other.token(number)) }
                    #expect(other.destroyed == received)
                    if producerFirst {
                        producer.close()
                        #expect(other.destroyed == received)
                        consumer.close()
                    } else {
                        consumer.close()
                        #expect(other.destroyed == received + capacity)
                        producer.close()
                    }
                }
                #expect(other.destroyed == received + capacity)
            }
        }
    }

    @Test func `noncopyable elements pass, and come back when there is no room`() {
        let counter = DeinitCounter()
        let channel = MPMCChannel<Token, BusySpin>(capacity: 2)
        let producer = channel.producer
        let consumer = channel.consumer
        #expect(producer.trySend(counter.token(1)).isSent == true)
        #expect(producer.trySend(counter.token(2)).isSent == true)
        switch producer.trySend(counter.token(3)) {
        case .full(let token): #expect(token.number == 3)
        case .sent: Issue.record("sent to a full channel")
        case .closed: Issue.record("nobody closed the channel")
        }
        switch producer.send(counter.token(4), timeout: .zero) {
        case .full(let token): #expect(token.number == 4)
        case .sent: Issue.record("sent to a full channel")
        case .closed: Issue.record("nobody closed the channel")
        }
        #expect(counter.destroyed == 2)
        #expect(number(of: consumer.tryReceive()) == 1)
        #expect(number(of: consumer.receive(timeout: .zero).element()) == 2)
        #expect(number(of: consumer.receive(timeout: .zero).element()) == nil)
        #expect(counter.destroyed == 4)
    }

    @Test func `objects pass without a change of their counts`() {
        final class Item: Sendable {}
        let counts = (0..<8).map { _ in Item() }
        let channel = MPMCChannel<Item, SpinThenPark>(capacity: 8)
        weak var last: Item?
        do {
            let item = Item()
            last = item
            for element in counts + [] { #expect(channel.producer.trySend(element).isSent == true) }
            #expect(channel.consumer.tryReceive() === counts[0])
            #expect(channel.producer.trySend(item).isSent == true)
        }
        #expect(last != nil)
        for index in 1..<8 { #expect(channel.consumer.tryReceive() === counts[index]) }
        do {
            let item = channel.consumer.tryReceive()
            #expect(item === last)
        }
        #expect(last == nil)
    }

    @Test func `a wait with a time-out ends by it, with the element`() {
        let full = many(Int.self, ParkAtOnce.self, 1)
        #expect(full.producer.send(1, timeout: .milliseconds(1)) == .sent)
        #expect(full.producer.send(2, timeout: .milliseconds(1)) == .full(2))
        #expect(full.producer.statistics.sendParks == 1)
        let spinning = many(Int.self, BusySpin.self, 1)
        #expect(spinning.consumer.receive(timeout: .microseconds(50)) == .timedOut)
        #expect(spinning.producer.send(1, timeout: .microseconds(50)) == .sent)
        #expect(spinning.producer.send(2, timeout: .microseconds(50)) == .full(2))
        var sole = sole(Int.self, YieldAtOnce.self, 1)
        #expect(sole.consumer.receive(timeout: .microseconds(50)) == .timedOut)
        #expect(sole.consumer.receive(timeout: .seconds(-1)) == .timedOut)
        #expect(sole.producer.send(3, timeout: .seconds(1 << 60)) == .sent)
        #expect(sole.consumer.receive(timeout: .zero) == .received(3))
    }
}
