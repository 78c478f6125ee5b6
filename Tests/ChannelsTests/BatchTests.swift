import Testing

@testable import Channels

/// Batches and in-place access, on one thread.
@Suite struct BatchTests {
    @Test(arguments: [1, 2, 6, 7, 8, 20, 100, 1000], [1, 3, 7, 8, 50, 256, 2000])
    func `batches that wrap keep the order, and take no more than there is room for`(
        _ capacity: Int, _ batch: Int
    ) {
        let channel = SPSCChannel<Int, BusySpin>(
            capacity: capacity, firstLap: (1 << 29) - 2, imposesBarriers: true)
        var producer = channel.producer
        var consumer = channel.consumer
        var next = 0
        var expected = 0
        while next < 5 * capacity + 5 * batch {
            let room = capacity - producer.count
            let values = Array(next..<next + batch)
            let sent = producer.trySendBatch(values.span)
            #expect(sent == min(batch, room))
            next += sent
            // Odd numbers, so that the ends meet everywhere in the blocks.
            let wanted = max(1, batch * 2 / 3)
            let received = receiveArray(from: &consumer, atMost: wanted)
            #expect(received == Array(expected..<expected + received.count))
            expected += received.count
            #expect(producer.count == next - expected)
        }
        #expect(producer.trySendBatch(Span()) == 0)
    }

    @Test func `a received batch goes behind what the output holds, and is destroyed once`() {
        let counter = DeinitCounter()
        let channel = SPSCChannel<DeinitCounter.Token, BusySpin>(capacity: 30)
        var producer = channel.producer
        var consumer = channel.consumer
        for number in 0..<30 { _ = producer.trySend(counter.token(number)) }
        let memory = UnsafeMutableBufferPointer<DeinitCounter.Token>.allocate(capacity: 25)
        defer { unsafe memory.deallocate() }
        do {
            var output = unsafe OutputSpan(buffer: memory, initializedCount: 0)
            output.append(counter.token(-1))
            #expect(consumer.tryReceiveBatch(into: &output) == 24)
            #expect(consumer.tryReceiveBatch(into: &output) == 0)
            for index in 0..<25 { #expect(output.span[index].number == index - 1) }
            #expect(counter.destroyed == 0)
        }
        #expect(counter.destroyed == 25)
        #expect(number(of: consumer.receive()) == 24)
    }

    @Test(arguments: [1, 4, 7, 16, 100])
    func `elements are written and read where they lie`(_ capacity: Int) {
        let counter = DeinitCounter()
        let channel = SPSCChannel<DeinitCounter.Token, BusySpin>(capacity: capacity)
        var producer = channel.producer
        var consumer = channel.consumer
        var next = 0
        var expected = 0
        while next < 10 * capacity {
            let sent = producer.trySendInPlace(atMost: 5) { span in
                // All but one of the slots, where there are more.
                repeat {
                    span.append(counter.token(next))
                    next += 1
                } while span.freeCapacity > 1
            }
            #expect(sent >= 1)
            let received = consumer.tryReceiveInPlace { span in
                for index in span.indices {
                    #expect(span[index].number == expected)
                    expected += 1
                }
            }
            #expect(received >= 1)
            #expect(counter.destroyed == expected)
        }
        while consumer.tryReceiveInPlace(atMost: 1, { _ in expected += 1 }) > 0 {}
        #expect(expected == next && counter.destroyed == next)
        #expect(consumer.tryReceiveInPlace { _ in Issue.record("there is no element") } == 0)
    }

    @Test func `nothing is sent when nothing was written in place`() {
        let channel = SPSCChannel<Int, BusySpin>(capacity: 3)
        var producer = channel.producer
        let consumer = channel.consumer
        #expect(producer.trySendInPlace { _ in } == 0)
        #expect(consumer.isEmpty == true)
        #expect(producer.count == 0)
        #expect(producer.trySendBatch([1, 2, 3].span) == 3)
        #expect(producer.trySendInPlace { _ in Issue.record("there is no room") } == 0)
    }

    @Test func `in-place access without any slot is refused`() async {
        await #expect(processExitsWith: .failure) {
            let channel = SPSCChannel<Int, BusySpin>(capacity: 3)
            var producer = channel.producer
            _ = producer.trySendInPlace(atMost: 0) { _ in }
        }
    }
}

/// What one batch receives, as an array.
func receiveArray<Element: Sendable, Wait>(
    from consumer: inout SPSCChannel<Element, Wait>.Consumer, atMost limit: Int
) -> [Element] {
    [Element](capacity: limit) { output in
        while output.count < limit, let element = consumer.tryReceive() {
            output.append(element)
            // The first by itself, so that the rest begins anywhere in a block.
            if output.count < limit { _ = consumer.tryReceiveBatch(into: &output) }
        }
    }
}
