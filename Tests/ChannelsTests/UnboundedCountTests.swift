import Testing

@testable import Channels

/// What an unbounded channel says of how much is in it, in the middle of others' operations and in a
/// later life of a segment.
@Suite struct UnboundedCountTests {
    @Test func `a count that is read between two words of a sender is not below 0`() {
        let ends = unboundedMany(Int.self, BusySpin.self, 4)
        let memory = ends.producer.memory
        // A slot that was left to nobody is counted here before its ticket is.
        memory.skippedSlots.addRelaxed(1)
        #expect(ends.producer.count == 0)
        #expect(ends.producer.isEmpty == true)
        #expect(ends.consumer.count == 0)
        #expect(ends.producer.statistics.sent == 0)
        #expect(ends.producer.trySend(1).isSent == true)
        #expect(ends.producer.count == 0)
        memory.skippedSlots.addRelaxed(.max)
        #expect(ends.producer.count == 1)
        #expect(ends.consumer.tryReceive() == 1)
    }

    @Test func `what is known of a segment's former life does not count in the next one`() {
        let ends = unboundedMany(Int.self, BusySpin.self, 4)
        let memory = ends.producer.memory
        // Looks that find slots with senders leave a hint of them; waits do not.
        fill(ends.producer, 0..<5)
        for value in 0..<4 { #expect(ends.consumer.tryReceive() == value) }
        let first = SendTickets(memory.sending.loadRelaxed()).address
        #expect(ends.consumer.receive() == 4)
        for value in 5..<40 {
            #expect(ends.producer.trySend(value).isSent == true)
            #expect(ends.consumer.receive() == value)
            #expect(ends.consumer.isEmpty == true)
            #expect(ends.producer.isEmpty == true)
            expectNothing(ends)
        }
        #expect(first != 0)
    }

    @Test func `an outdated hint is forgotten at the first slot without a sender`() {
        let ends = unboundedMany(Int.self, BusySpin.self, 60)
        let memory = ends.producer.memory
        fill(ends.producer, 0..<3)
        for value in 0..<3 { #expect(ends.consumer.tryReceive() == value) }
        let here = ReceiveTickets(memory.receiving.loadRelaxed())
        memory.known.storeRelaxed(ReceiveTickets(here.address, tickets: 60).word)
        #expect(ends.consumer.isEmpty == true)
        #expect(ends.consumer.tryReceive() == nil)
        // One slot is given up, and not all that the hint is about.
        #expect(ReceiveTickets(memory.receiving.loadRelaxed()).tickets == 4)
        expectNothing(ends)
        fill(ends.producer, 3..<6)
        for value in 3..<6 { #expect(ends.consumer.tryReceive() == value) }
        #expect(ends.producer.statistics.sent == 6)
    }

    @Test func `receivers that come to another segment forget what was known of its former life`() {
        var ends = unboundedMany(Int.self, BusySpin.self, 4)
        let memory = ends.producer.memory
        fill(ends.producer, 0..<4)
        for value in 0..<4 { #expect(ends.consumer.tryReceive() == value) }
        let first = ReceiveTickets(memory.receiving.loadRelaxed()).address
        #expect(ends.producer.trySend(4).isSent == true)
        let second = SendTickets(memory.sending.loadRelaxed()).address
        #expect(second != first)
        // As somebody would leave it who was stopped since the second segment's last life.
        memory.known.storeRelaxed(ReceiveTickets(second, tickets: 4).word)
        #expect(ends.consumer.receive() == 4)
        #expect(ReceiveTickets(memory.receiving.loadRelaxed()).address == second)
        #expect(receiveArray(batchFrom: &ends.consumer, atMost: 3).isEmpty)
        #expect(ReceiveTickets(memory.receiving.loadRelaxed()).tickets == 1)
    }

    private func fill<Wait>(
        _ producer: borrowing UnboundedProducer<Int, Wait, ProcessorAtomics>, _ values: Range<Int>
    ) {
        var sent = 0
        for value in values where producer.trySend(value).isSent { sent += 1 }
        #expect(sent == values.count)
    }

    /// That a look at an empty channel leaves the senders' slots alone.
    private func expectNothing(_ ends: borrowing ManyUnboundedEnds<Int, BusySpin>) {
        let memory = ends.producer.memory
        let before = memory.receiving.loadRelaxed()
        let received = ends.consumer.tryReceive()
        #expect(received == nil)
        #expect(memory.receiving.loadRelaxed() == before)
    }
}
