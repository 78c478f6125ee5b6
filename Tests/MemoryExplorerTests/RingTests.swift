import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// The shipped ring under every interleaving of small programs.
@Suite(.serialized) struct RingTests {
    /// Goes to sleep at the first fruitless look.
    enum ParkAtOnce: ParkingWait {
        static var spins: Int { 0 }
        static var yields: Int { 0 }
    }

    typealias Ring<Wait: WaitStrategy> = SPSCRing<Int, Wait, ExploredAtomics>

    /// A stream of `count` elements, both ends kept to the end.
    private func stream<Wait: WaitStrategy, Atomics: AtomicsProvider>(
        _: SPSCRing<Int, Wait, Atomics>.Type, capacity: Int, count: Int,
        by search: Exploration.Search = .depthFirst(limit: .max), imposesBarriers: Bool = true
    ) -> Exploration {
        Exploration.run(search) { program in
            let ring = SPSCRing<Int, Wait, Atomics>(
                capacity: capacity, firstLap: (1 << 29) - 1, imposesBarriers: imposesBarriers)
            let producer = Handoff(ring.producer)
            let consumer = Handoff(ring.consumer)
            program.thread {
                var end = producer.take()
                for value in 0..<count {
                    let isSent: ()? = try? end.send(value)
                    Exploration.expectation(isSent != nil, "refused \(value)")
                }
                producer.put(end)
            }
            program.thread {
                var end = consumer.take()
                for value in 0..<count {
                    let received = end.receive()
                    Exploration.expectation(
                        received == value, "\(received.map(String.init) ?? "nothing") for \(value)")
                }
                consumer.put(end)
            }
            program.end {
                producer.drop()
                consumer.drop()
            }
        }
    }

    @Test(arguments: [(1, 1), (1, 2), (2, 2)])
    func `a stream arrives in order, spinning`(_ capacity: Int, _ count: Int) {
        let result = stream(Ring<BusySpin>.self, capacity: capacity, count: count)
        #expect(result.failure == nil)
        #expect(result.isComplete)
    }

    @Test(arguments: [(1, 3), (2, 3), (3, 4)])
    func `walks of longer streams`(_ capacity: Int, _ count: Int) {
        let result = stream(
            Ring<BusySpin>.self, capacity: capacity, count: count, by: Exploration.walks(200))
        #expect(result.failure == nil)
    }

    @Test(arguments: [true, false])
    func `no wake-up is lost`(_ imposesBarriers: Bool) {
        let result = stream(
            Ring<ParkAtOnce>.self, capacity: 1, count: 1, imposesBarriers: imposesBarriers)
        #expect(result.failure == nil)
        #expect(result.isComplete)
        // More than this can be had in the time of a test only in part.
        let more = stream(
            Ring<ParkAtOnce>.self, capacity: 1, count: 3, by: Exploration.walks(200),
            imposesBarriers: imposesBarriers)
        #expect(more.failure == nil)
    }

    @Test func `a close by either end, against a send and a receive`() {
        for closesProducer in [true, false] {
            let result = Exploration.run(limit: 20_000) { program in
                let ring = Ring<ParkAtOnce>(capacity: 1)
                let producer = Handoff(ring.producer)
                let consumer = Handoff(ring.consumer)
                if closesProducer {
                    program.thread { producer.take().close() }
                    program.thread {
                        var end = consumer.take()
                        Exploration.expectation(end.receive() == nil, "received something")
                        consumer.put(end)
                    }
                    program.end { consumer.drop() }
                } else {
                    program.thread { consumer.take().close() }
                    program.thread {
                        var end = producer.take()
                        var sent = 0
                        while (try? end.send(sent)) != nil { sent += 1 }
                        Exploration.expectation(sent <= 1, "sent \(sent) into a ring of 1")
                        producer.put(end)
                    }
                    program.end { producer.drop() }
                }
            }
            #expect(result.failure == nil)
            #expect(result.isComplete)
        }
    }

    @Test func `both ends go at the same time, and what is left goes with them`() {
        let result = Exploration.run(limit: 2000) { program in
            let ring = Ring<BusySpin>(capacity: 2)
            var sender = ring.producer
            _ = sender.trySend(1)
            let producer = Handoff(sender)
            let consumer = Handoff(ring.consumer)
            program.thread {
                var end = producer.take()
                _ = end.trySend(2)
            }
            program.thread {
                var end = consumer.take()
                Exploration.expectation(end.tryReceive() == 1, "not the first")
            }
        }
        #expect(result.failure == nil)
    }

    @Test func `publishing without release is found`() {
        let result = stream(
            SPSCRing<Int, BusySpin, Unreleased>.self, capacity: 1, count: 1)
        #expect(result.failure?.contains("races with") == true)
    }

    @Test func `parking without a barrier is found`() {
        let result = stream(
            SPSCRing<Int, ParkAtOnce, Unfenced>.self, capacity: 1, count: 1)
        #expect(result.failure?.contains("nobody is left to wake them") == true)
    }
}
