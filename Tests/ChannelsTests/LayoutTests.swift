import Testing

@testable import Channels

/// Which words lie how far from each other: ends that write side by side would slow each other
/// down without any other symptom.
@Suite struct LayoutTests {
    private typealias Place = SleepPlace<ProcessorAtomics>

    /// Sound: the address becomes a number, and nothing is read.
    private func number(_ address: UnsafeMutableRawPointer) -> Int {
        Int(bitPattern: address)
    }

    @Test func `each end's line is 128 bytes from the other's and from all they share`() {
        let channel = SPSCChannel<Int, SpinThenPark>(capacity: 100)
        let memory = channel.producer.memory
        let base = unsafe number(memory.base)
        #expect(base % 128 == 0)
        #expect(MemoryLayout<RingGeometry>.size <= 128)
        for (end, start) in [(memory.producer, 128), (memory.consumer, 256)] {
            let words = unsafe [
                number(end.blockStart.address), number(end.waits.address),
                number(end.parks.address), number(end.leftAt.address),
                number(end.undestroyedToken.address), number(end.undestroyedBlock.address),
                number(end.refused.address), number(end.spinBudget.address),
            ]
            // In one line, and no two in one place.
            #expect(words.map { $0 - base - start } == [0, 8, 16, 24, 28, 32, 40, 48])
        }
        let shared = unsafe [
            number(memory.producerClosed.address), number(memory.consumerClosed.address),
            number(memory.ends.address), number(memory.references.address),
            number(memory.producerSleeps.base), number(memory.consumerSleeps.base),
            number(memory.firstBlock),
        ]
        #expect(shared.map { $0 - base } == [384, 388, 392, 400, 408, 432, 512])
        #expect(432 + Place.byteCount <= 512)
        #expect(408 + Place.byteCount <= 432)
        #expect(8 + MemoryLayout<Waker>.size <= Place.byteCount)
    }

    @Test func `words of a ring of many ends that different threads write are 128 bytes apart`() {
        let channel = MPMCChannel<Int, SpinThenPark>(capacity: 100)
        let ring = channel.producer.ring
        let base = unsafe number(ring.base)
        #expect(base % 128 == 0)
        #expect(MemoryLayout<StampedGeometry>.size <= 128)
        let words = unsafe [
            number(ring.tail.address), number(ring.head.address), number(ring.closedFlag.address),
            number(ring.senders.word.address), number(ring.receivers.word.address),
            number(ring.senderHandles.address), number(ring.receiverHandles.address),
            number(ring.references.address), number(ring.senderWaits.base),
            number(ring.receiverWaits.base), number(ring.slots),
        ]
        #expect(
            words.map { $0 - base } == [128, 256, 384, 388, 392, 400, 408, 416, 512, 640, 768])
    }

    @Test func `what senders look at with every send lies apart from what waiting receivers write`()
    {
        typealias Memory = SegmentedMemory<ProcessorAtomics>
        let channel = UnboundedMPMCChannel<Int, SpinThenPark>()
        let memory = channel.producer.memory
        let base = unsafe number(memory.base)
        #expect(base % 128 == 0)
        #expect(MemoryLayout<SegmentGeometry>.size <= 128)
        let words = unsafe [
            number(memory.sending.address), number(memory.sentSegments.address),
            number(memory.skippedSlots.address), number(memory.receiving.address),
            number(memory.known.address), number(memory.receivedSegments.address),
            number(memory.abandonedSlots.address), number(memory.emptiedSlots.address),
            number(memory.closed.address), number(memory.producers.address),
            number(memory.consumers.address), number(memory.users.address),
            number(memory.sleepers.word.address), number(memory.prepared.address),
            number(memory.spare(0).address), number(memory.spare(1).address),
            number(memory.retired.address), number(memory.segments.address),
            number(memory.receiverWaits.base),
        ]
        #expect(
            words.map { $0 - base } == [
                128, 136, 144, 256, 264, 272, 280, 288, 384, 392, 400, 408, 512, 640, 648, 656, 664,
                672, 768,
            ])
        // A count, a count, a count and a budget.
        let counts = memory.receiverWaits
        let last = unsafe number(counts.spinBudget.address) + 4
        #expect(last - base <= Memory.byteCount)
    }

    @Test func `an element and both its tokens share a cache line`() {
        let channel = SPSCChannel<UInt64, BusySpin>(capacity: 100)
        let cursor = channel.producer.cursor
        let addresses = unsafe [
            number(cursor.published.address), number(cursor.released.address), number(cursor.slot),
        ]
        #expect(Set(addresses.map { $0 / 64 }).count == 1)
    }
}
