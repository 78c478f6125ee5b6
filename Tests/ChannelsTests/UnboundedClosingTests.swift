import Testing

@testable import Channels

/// What happens to the elements of unbounded channels when ends go away, on one thread.
@Suite struct UnboundedClosingTests {
    typealias Token = DeinitCounter.Token
    typealias Many = UnboundedMPMCChannel<Token, SpinThenPark>
    typealias Sole = UnboundedMPSCChannel<Token, SpinThenPark>

    @Test(arguments: [1, 2, 3, 60], [0, 1, 2, 5, 200])
    func `elements that nobody received are destroyed once`(_ capacity: Int, _ count: Int) {
        for received in [0, 1, count / 2, count] where received <= count {
            for producerFirst in [true, false] {
                let counter = DeinitCounter()
                let many = Many(segmentCapacity: capacity)
                let producer = many.producer
                let consumer = many.consumer
                for number in 0..<count { _ = producer.trySend(counter.token(number)) }
                for _ in 0..<received { _ = consumer.tryReceive() }
                #expect(counter.destroyed == received)
                if producerFirst {
                    producer.close()
                    #expect(counter.destroyed == received)
                    consumer.close()
                } else {
                    consumer.close()
                    #expect(counter.destroyed == count)
                    producer.close()
                }
                #expect(counter.destroyed == count)
            }
        }
    }

    @Test(arguments: [1, 2, 3, 60], [0, 1, 2, 5, 200])
    func `and so they are where there is one consumer only`(_ capacity: Int, _ count: Int) {
        for received in [0, 1, count / 2, count] where received <= count {
            for producerFirst in [true, false] {
                let counter = DeinitCounter()
                let sole = Sole(segmentCapacity: capacity)
                let producer = sole.producer
                var consumer = sole.consumer
                for number in 0..<count { _ = producer.trySend(counter.token(number)) }
                for _ in 0..<received { _ = consumer.tryReceive() }
                if producerFirst {
                    producer.close()
                    #expect(counter.destroyed == received)
                    consumer.close()
                } else {
                    consumer.close()
                    #expect(counter.destroyed == count)
                    producer.close()
                }
                #expect(counter.destroyed == count)
            }
        }
    }

    @Test func `a channel that was never taken apart destroys its elements`() {
        let counter = DeinitCounter()
        do {
            let many = Many(segmentCapacity: 2)
            for number in 0..<7 { _ = many.producer.trySend(counter.token(number)) }
            #expect(number(of: many.consumer.tryReceive()) == 0)
            var sole = Sole(segmentCapacity: 2)
            for number in 0..<7 { _ = sole.producer.trySend(counter.token(number)) }
            #expect(number(of: sole.consumer.tryReceive()) == 0)
        }
        #expect(counter.destroyed == 14)
    }

    @Test func `objects are released once, and live as long as they are in the channel`() {
        weak var first: Box?
        weak var second: Box?
        do {
            let channel = UnboundedMPSCChannel<Box, BusySpin>()
            var consumer = channel.consumer
            let producer = channel.producer
            do {
                let boxes = [Box(), Box()]
                (first, second) = (boxes[0], boxes[1])
                for box in boxes { _ = producer.trySend(box) }
            }
            #expect(first != nil && second != nil)
            _ = consumer.tryReceive()
            #expect(first == nil && second != nil)
        }
        #expect(second == nil)
    }

    private final class Box: Sendable {}

    @Test func `what was sent before the last producer closed is still received`() throws {
        for count in [0, 1, 2, 3, 100] {
            var sole = unboundedSole(Int.self, SpinThenPark.self, 2)
            let clone = sole.producer.clone()
            for value in 0..<count { try clone.send(value) }
            clone.close()
            #expect(sole.consumer.isClosed == false)
            #expect(sole.consumer.receive(timeout: .zero).isReceived == (count > 0))
            let many = unboundedMany(Int.self, SpinThenPark.self, 2)
            let producer = many.producer.clone()
            for value in 0..<count { try producer.send(value) }
            let consumer = many.consumer.clone()
            _ = consume many
            producer.close()
            #expect(consumer.isClosed == true)
            for value in 0..<count { #expect(consumer.receive() == value) }
            #expect(consumer.receive() == nil)
            #expect(consumer.tryReceive() == nil)
            #expect(consumer.receive(timeout: .seconds(100)) == .closed)
        }
    }

    @Test func `a send to a closed channel gives the element back`() {
        for sent in [0, 1, 2, 3, 60, 61] {
            let counter = DeinitCounter()
            let channel = Many(segmentCapacity: 60)
            let producer = channel.producer
            let consumer = channel.consumer
            for number in 0..<sent { _ = producer.trySend(counter.token(number)) }
            consumer.clone().close()
            #expect(producer.isClosed == false)
            consumer.close()
            #expect(producer.isClosed == true)
            #expect(counter.destroyed == sent)
            switch producer.trySend(counter.token(-1)) {
            case .closed(let token): #expect(token.number == -1)
            case .full: Issue.record("an unbounded channel is never full")
            case .sent: Issue.record("sent to a closed channel")
            }
            do {
                try producer.send(counter.token(-2))
                Issue.record("sent to a closed channel")
            } catch {
                #expect(number(of: error.takeElement()) == -2)
            }
            #expect(producer.count == 0)
            #expect(producer.statistics.sent == UInt64(sent))
            #expect(counter.destroyed == sent + 2)
        }
    }

    @Test func `a close for all lets what was sent be received, and no more be sent`() throws {
        var sole = unboundedSole(Int.self, BusySpin.self, 2)
        try sole.producer.sendBatch([1, 2, 3].span)
        sole.producer.closeForAll()
        sole.consumer.closeForAll()
        #expect(throws: BatchClosed(accepted: 0)) { try sole.producer.sendBatch([4, 5].span) }
        #expect(sole.producer.trySend(4) == .closed(4))
        #expect(sole.consumer.count == 3)
        #expect(receiveArray(batchFrom: &sole.consumer, atMost: 9) == [1, 2, 3])
        #expect(sole.consumer.receive() == nil)
        #expect(sole.consumer.receive(timeout: .zero) == .closed)
        var received = -1
        let none = [Int](capacity: 4) { received = sole.consumer.receiveBatch(into: &$0) }
        #expect(none == [] && received == 0)
    }

    @Test func `a monitor reads the counts when the ends are gone`() throws {
        let channel = UnboundedMPMCChannel<Int, BusySpin>()
        let monitor = channel.producer.monitor()
        do {
            let producer = channel.producer
            let consumer = channel.consumer
            for value in 0..<150 { try producer.send(value) }
            for _ in 0..<90 { _ = consumer.receive() }
        }
        #expect(monitor.statistics.sent == 150)
        #expect(monitor.statistics.received == 150)
    }
}
