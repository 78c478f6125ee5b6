import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// The shipped channels with one ordering taken away at a time: each is needed, and missed.
@Suite(.serialized) struct WeakeningTests {
    typealias ParkAtOnce = RingTests.ParkAtOnce

    /// Two elements through an SPSC channel of one.
    private func pass<Wait: WaitStrategy, Atomics: AtomicsProvider>(
        _: SPSCRing<Int, Wait, Atomics>.Type, imposesBarriers: Bool = true
    ) -> Exploration {
        Exploration.run(limit: 20_000) { program in
            let ring = SPSCRing<Int, Wait, Atomics>(
                capacity: 1, firstLap: 1, imposesBarriers: imposesBarriers)
            let producer = Handoff(ring.producer)
            let consumer = Handoff(ring.consumer)
            program.thread {
                var end = producer.take()
                for value in 0..<2 { _ = try? end.send(value) }
                producer.put(end)
            }
            program.thread {
                var end = consumer.take()
                for value in 0..<2 {
                    Exploration.expectation(end.receive() == value, "not \(value)")
                }
                consumer.put(end)
            }
            program.end {
                producer.drop()
                consumer.drop()
            }
        }
    }

    @Test func `each end of a SPSC channel needs the order of both tokens`() {
        let words = pass(SPSCRing<Int, BusySpin, UnacquiredWords>.self)
        #expect(words.failure?.contains("races with a plain") == true)
        let polls = pass(SPSCRing<Int, BusySpin, UnacquiredPolls>.self)
        #expect(polls.failure?.contains("races with a plain write") == true)
        let room = pass(SPSCRing<Int, BusySpin, UnreleasedRoom>.self)
        #expect(room.failure?.contains("races with a plain read") == true)
    }

    /// Two senders and a receiver at a ring of one.
    private func meet<Wait: WaitStrategy, Atomics: AtomicsProvider>(
        _: MPMCRing<Int, Wait, Atomics>.Type, walks: Int = 3_000, imposesBarriers: Bool = true
    ) -> Exploration {
        Exploration.run(Exploration.walks(walks)) { program in
            let ring = MPMCRing<Int, Wait, Atomics>(
                capacity: 1, firstLap: 0, imposesBarriers: imposesBarriers)
            let producers = (0..<2).map { _ in Handoff(ring.producer.clone()) }
            let consumer = Handoff(ring.consumer)
            for (number, producer) in producers.enumerated() {
                program.thread {
                    let end = producer.take()
                    _ = try? end.send(number)
                    producer.put(end)
                }
            }
            program.thread {
                let end = consumer.take()
                for _ in 0..<2 { _ = end.receive() }
                consumer.put(end)
            }
            program.end {
                for producer in producers { producer.drop() }
                consumer.drop()
            }
        }
    }

    @Test func `each end of a ring of many needs the order of both stamps`() {
        let sound = meet(MPMCRing<Int, BusySpin, ExploredAtomics>.self, walks: 150)
        #expect(sound.failure == nil)
        let positions = meet(MPMCRing<Int, BusySpin, UnacquiredPositions>.self)
        #expect(positions.failure?.contains("races with a plain") == true)
        let slots = meet(MPMCRing<Int, BusySpin, UnreleasedSlots>.self)
        #expect(slots.failure?.contains("races with a plain read") == true)
    }

    @Test func `where the kernel imposes no barrier, who sleeps and who wakes need their fences`() {
        let pair = pass(SPSCRing<Int, ParkAtOnce, WithoutFence>.self, imposesBarriers: false)
        #expect(pair.failure?.contains("nobody is left to wake them") == true)
        let sound = meet(
            MPMCRing<Int, ParkAtOnce, ExploredAtomics>.self, walks: 150, imposesBarriers: false)
        #expect(sound.failure == nil)
        let many = meet(MPMCRing<Int, ParkAtOnce, WithoutFence>.self, imposesBarriers: false)
        #expect(many.failure?.contains("nobody is left to wake them") == true)
    }
}
