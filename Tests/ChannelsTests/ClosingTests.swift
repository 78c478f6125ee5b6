import Testing

@testable import Channels

/// What happens when an end goes away, on one thread. (Blocked ends: see `WaitingTests`.)
@Suite struct ClosingTests {
    @Test(arguments: [1, 5, 7, 20, 1000])
    func `what was sent before the producer closed is still received`(_ capacity: Int) throws {
        let channel = SPSCChannel<Int, BusySpin>(capacity: capacity)
        var producer = channel.producer
        var consumer = channel.consumer
        for value in 0..<capacity { try producer.send(value) }
        #expect(consumer.isClosed == false)
        producer.close()
        #expect(consumer.isClosed == true)
        for value in 0..<capacity { #expect(consumer.receive() == value) }
        #expect(consumer.receive() == nil)
        #expect(consumer.tryReceive() == nil)
    }

    @Test(arguments: [1, 5, 7, 20, 1000])
    func `a send to a closed channel gives the element back`(_ capacity: Int) throws {
        for sent in [0, 1, capacity / 2, capacity] {
            let counter = DeinitCounter()
            let channel = SPSCChannel<DeinitCounter.Token, BusySpin>(capacity: capacity)
            var producer = channel.producer
            for number in 0..<sent { _ = producer.trySend(counter.token(number)) }
            let consumer = channel.consumer
            consumer.close()
            #expect(producer.isClosed == true)
            switch producer.trySend(counter.token(-1)) {
            case .closed(let token): #expect(token.number == -1)
            case .full: Issue.record("said to be full, and is closed")
            case .sent: Issue.record("sent to a closed channel")
            }
            do {
                try producer.send(counter.token(-2))
                Issue.record("sent to a closed channel")
            } catch {
                #expect(number(of: error.takeElement()) == -2)
                #expect(number(of: error.takeElement()) == nil)
                #expect("\(error)" == "the channel is closed for sending")
            }
            #expect(counter.destroyed == sent + 2)
        }
    }

    @Test func `a batch to a closed channel says how much was accepted`() {
        let channel = SPSCChannel<Int, BusySpin>(capacity: 10)
        var producer = channel.producer
        let consumer = channel.consumer
        #expect(producer.trySendBatch([1, 2, 3].span) == 3)
        consumer.close()
        #expect(producer.trySendBatch([4, 5].span) == 0)
        #expect(throws: BatchClosed(accepted: 0)) { try producer.sendBatch([4, 5].span) }
        #expect(throws: BatchClosed(accepted: 0)) { try producer.sendInPlace { $0.append(1) } }
    }

    @Test(arguments: [1, 3, 7, 8, 50])
    func `elements that nobody received are destroyed, once`(_ capacity: Int) {
        for received in [0, 1, capacity / 2, capacity] {
            for producerFirst in [true, false] {
                let counter = DeinitCounter()
                let channel = SPSCChannel<DeinitCounter.Token, BusySpin>(
                    capacity: capacity, firstLap: (1 << 29) - 1, imposesBarriers: true)
                var producer = channel.producer
                var consumer = channel.consumer
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
                #expect(counter.destroyed == received + capacity)
            }
        }
    }

    @Test func `a channel that was never taken apart destroys its elements`() {
        let counter = DeinitCounter()
        do {
            var channel = SPSCChannel<DeinitCounter.Token, SpinThenPark>(capacity: 9)
            for value in 0..<9 { _ = channel.producer.trySend(counter.token(value)) }
            #expect(number(of: channel.consumer.tryReceive()) == 0)
        }
        #expect(counter.destroyed == 9)
    }

    @Test func `a consumer that drains gets what was sent, while sends fail`() {
        let counter = DeinitCounter()
        let channel = SPSCChannel<DeinitCounter.Token, BusySpin>(capacity: 20)
        var producer = channel.producer
        for number in 0..<20 { _ = producer.trySend(counter.token(number)) }
        let consumer = channel.consumer
        var rest = consumer.drain()
        #expect(producer.trySend(counter.token(20)).isSent == false)
        for expected in 0..<12 { #expect(number(of: rest.next()) == expected) }
        #expect(producer.trySend(counter.token(21)).isSent == false)
        #expect(counter.destroyed == 14)
        do { _ = consume rest }
        #expect(counter.destroyed == 22)
    }
}
