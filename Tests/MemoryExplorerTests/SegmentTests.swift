import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// The shipped unbounded channels under every interleaving of the smallest programs, and in walks
/// through greater ones.
@Suite(.serialized) struct SegmentTests {
    typealias ParkAtOnce = RingTests.ParkAtOnce
    typealias Many<Wait: WaitStrategy> = SegmentedMPMC<Int, Wait, ExploredAtomics>
    typealias Sole<Wait: WaitStrategy> = SegmentedMPSC<Int, Wait, ExploredAtomics>

    static let limit = 100

    @Test(arguments: [(1, 1, 2), (2, 1, 3), (1, 2, 1), (2, 2, 1)])
    func `senders and a receiver that try`(_ capacity: Int, _ senders: Int, _ each: Int) {
        let result = trySegments(
            ExploredAtomics.self, capacity: capacity, senders: senders, each: each, receivers: 1,
            looks: 2, by: Exploration.walks(Self.limit))
        #expect(result.failure == nil)
    }

    @Test(arguments: [1, 2])
    func `a sender and a receiver that tries, to the last execution`(_ capacity: Int) {
        let result = trySegments(
            ExploredAtomics.self, capacity: capacity, senders: 1, each: 1, receivers: 1, looks: 1,
            by: .depthFirst(limit: 30_000))
        #expect(result.failure == nil)
        #expect(result.isComplete)
    }

    @Test(arguments: [(1, 1, 2), (2, 1, 2), (1, 2, 1), (2, 2, 1)])
    func `walks of two receivers that try`(
        _ capacity: Int, _ senders: Int, _ each: Int
    ) {
        let result = trySegments(
            ExploredAtomics.self, capacity: capacity, senders: senders, each: each, receivers: 2,
            looks: 2, by: Exploration.walks(Self.limit))
        #expect(result.failure == nil)
    }

    @Test(arguments: [1, 2], [true, false])
    func `a sole consumer gets what two senders send`(_ capacity: Int, _ keepsSegments: Bool) {
        let result = Exploration.run(Exploration.walks(Self.limit)) { program in
            let channel = Sole<BusySpin>(
                segmentCapacity: capacity, keepsSegments: keepsSegments)
            let consumer = Handoff(channel.consumer)
            let notes = Notes()
            var handles: [any Droppable] = []
            for number in 0..<2 {
                let producer = Handoff(channel.producer.clone())
                handles.append(producer)
                program.thread {
                    let end = producer.take()
                    Exploration.expectation(end.trySend(number).isSent, "refused")
                    producer.put(end)
                }
            }
            program.thread {
                var end = consumer.take()
                for _ in 0..<2 {
                    if let value = end.tryReceive() { notes.count(value) }
                }
                consumer.put(end)
            }
            program.end { [handles] in
                for handle in handles { handle.drop() }
                var end = consumer.take()
                while let value = end.tryReceive() { notes.count(value) }
                for number in 0..<2 {
                    Exploration.expectation(notes.counted(number) == 1, "\(number) got lost")
                }
                Exploration.expectation(
                    end.statistics.segments <= (keepsSegments ? 5 : 2), "\(end.statistics)")
            }
        }
        #expect(result.failure == nil)
    }

    @Test(arguments: [true, false])
    func `no wake-up of a sole consumer is lost`(_ imposesBarriers: Bool) {
        for capacity in [1, 2] {
            let result = Exploration.run(Exploration.walks(Self.limit)) { program in
                let channel = Sole<ParkAtOnce>(
                    segmentCapacity: capacity, keepsSegments: false,
                    imposesBarriers: imposesBarriers)
                let consumer = Handoff(channel.consumer)
                let producer = Handoff(channel.producer)
                program.thread {
                    let end = producer.take()
                    _ = end.trySend(7)
                    _ = end.trySend(8)
                }
                program.thread {
                    var end = consumer.take()
                    Exploration.expectation(end.receive() == 7, "not what was sent first")
                    Exploration.expectation(end.receive() == 8, "not what was sent then")
                    Exploration.expectation(end.receive() == nil, "something that was not sent")
                }
            }
            #expect(result.failure == nil)
        }
    }

    /// Producers that each send a number, and consumers that each receive one.
    private func stream<Wait: WaitStrategy, Atomics: AtomicsProvider>(
        _: SegmentedMPMC<Int, Wait, Atomics>.Type, capacity: Int, producers: Int, consumers: Int,
        by search: Exploration.Search, imposesBarriers: Bool = true
    ) -> Exploration {
        Exploration.run(search) { program in
            let channel = SegmentedMPMC<Int, Wait, Atomics>(
                segmentCapacity: capacity, keepsSegments: false, imposesBarriers: imposesBarriers)
            let producer = Handoff(channel.producer)
            let consumer = Handoff(channel.consumer)
            let sender = producer.take()
            let receiver = consumer.take()
            let notes = Notes()
            var handles: [any Droppable] = [producer, consumer]
            for number in 0..<producers {
                let place = Handoff(sender.clone())
                handles.append(place)
                program.thread {
                    let end = place.take()
                    let isSent: ()? = try? end.send(number)
                    Exploration.expectation(isSent != nil, "refused \(number)")
                    place.put(end)
                }
            }
            for number in 0..<consumers {
                let place = Handoff(receiver.clone())
                handles.append(place)
                program.thread {
                    let end = place.take()
                    for _ in 0..<producers / consumers {
                        let value = end.receive()
                        Exploration.expectation(value != nil, "consumer \(number) got nothing")
                        notes.count(value ?? -1)
                    }
                    place.put(end)
                }
            }
            producer.put(sender)
            consumer.put(receiver)
            program.end { [handles] in
                for handle in handles { handle.drop() }
                for number in 0..<producers {
                    Exploration.expectation(notes.counted(number) == 1, "\(number) got lost")
                }
            }
        }
    }

    @Test func `one element, spinning and parking, with and without the kernel's barrier`() {
        let spinning = stream(
            Many<BusySpin>.self, capacity: 1, producers: 1, consumers: 1,
            by: .depthFirst(limit: 3_000))
        #expect(spinning.failure == nil)
        #expect(spinning.isComplete)
        for imposesBarriers in [true, false] {
            let parking = stream(
                Many<ParkAtOnce>.self, capacity: 1, producers: 1, consumers: 1,
                by: Exploration.walks(Self.limit), imposesBarriers: imposesBarriers)
            #expect(parking.failure == nil)
        }
    }

    @Test(arguments: [(1, 2, 1), (2, 2, 1), (1, 2, 2), (2, 2, 2)])
    func `walks of two senders and one or two receivers that wait`(
        _ capacity: Int, _ producers: Int, _ consumers: Int
    ) {
        let spinning = stream(
            Many<BusySpin>.self, capacity: capacity, producers: producers, consumers: consumers,
            by: Exploration.walks(60))
        #expect(spinning.failure == nil)
        let parking = stream(
            Many<ParkAtOnce>.self, capacity: capacity, producers: producers, consumers: consumers,
            by: Exploration.walks(60))
        #expect(parking.failure == nil)
    }

    @Test func `publishing without release is found`() {
        let result = trySegments(
            Unreleased.self, capacity: 2, senders: 1, each: 1, receivers: 1, looks: 1,
            by: .depthFirst(limit: Self.limit))
        #expect(result.failure?.contains("races with") == true)
    }
}
