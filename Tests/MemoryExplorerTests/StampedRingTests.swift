import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// The shipped rings of many ends under every interleaving of small programs.
@Suite(.serialized) struct StampedRingTests {
    typealias ParkAtOnce = RingTests.ParkAtOnce

    /// Laps before the end of the positions, so that they wrap in the program.
    private func firstLap(_ capacity: Int) -> UInt64 {
        (1 << 63) / (RingPositions(capacity: capacity).mask + 1) - 1
    }

    /// Two producers that each try to send a number, and a consumer that looks so often: what was
    /// sent is received once, or is there at the end.
    private func tries<Atomics: AtomicsProvider>(
        _: Atomics.Type, capacity: Int, looks: Int
    ) -> Exploration {
        Exploration.run(Exploration.walks(Self.walks)) { program in
            let ring = MPMCRing<Int, BusySpin, Atomics>(
                capacity: capacity, firstLap: firstLap(capacity), imposesBarriers: true)
            let notes = Notes()
            let producers = (0..<2).map { _ in Handoff(ring.producer.clone()) }
            let consumer = Handoff(ring.consumer)
            for (number, producer) in producers.enumerated() {
                program.thread {
                    let end = producer.take()
                    notes[number] = end.trySend(number).isSent ? 1 : 0
                    producer.put(end)
                }
            }
            program.thread {
                let end = consumer.take()
                for _ in 0..<looks {
                    if let value = end.tryReceive() { notes.count(10 + value) }
                }
                consumer.put(end)
            }
            program.end {
                let end = consumer.take()
                while let value = end.tryReceive() { notes.count(10 + value) }
                for number in 0..<2 {
                    Exploration.expectation(
                        notes[number] == notes.counted(10 + number),
                        "\(number): sent \(notes[number]), received \(notes.counted(10 + number))")
                }
                Exploration.expectation(
                    notes[0] + notes[1] >= min(2, UInt32(capacity)), "refused without reason")
                // Here, and not after the execution, when nobody looks any more.
                for producer in producers { producer.drop() }
                end.close()
            }
        }
    }

    @Test(arguments: [1, 2, 3])
    func `two senders and a receiver that try`(_ capacity: Int) {
        let result = tries(ExploredAtomics.self, capacity: capacity, looks: 1)
        #expect(result.failure == nil)
    }

    /// The most executions of a program of which all are run, and walks through one that has more.
    static let limit = 20_000
    static let walks = 200

    /// Producers that each send a number, and consumers that each receive one.
    private func stream<Wait: WaitStrategy, Atomics: AtomicsProvider>(
        _: MPMCRing<Int, Wait, Atomics>.Type, capacity: Int, producers: Int, consumers: Int,
        by search: Exploration.Search, imposesBarriers: Bool = true
    ) -> Exploration {
        Exploration.run(search) { program in
            let ring = MPMCRing<Int, Wait, Atomics>(
                capacity: capacity, firstLap: firstLap(capacity), imposesBarriers: imposesBarriers)
            let notes = Notes()
            let senders = (0..<producers).map { _ in Handoff(ring.producer.clone()) }
            let receivers = (0..<consumers).map { _ in Handoff(ring.consumer.clone()) }
            for (number, place) in senders.enumerated() {
                program.thread {
                    let end = place.take()
                    let isSent: ()? = try? end.send(number)
                    Exploration.expectation(isSent != nil, "refused \(number)")
                    place.put(end)
                }
            }
            for (number, place) in receivers.enumerated() {
                program.thread {
                    let end = place.take()
                    for _ in 0..<producers / consumers {
                        guard let value = end.receive() else {
                            Exploration.expectation(false, "consumer \(number) got nothing")
                            return
                        }
                        notes.count(value)
                    }
                    place.put(end)
                }
            }
            program.end {
                for number in 0..<producers {
                    Exploration.expectation(notes.counted(number) == 1, "\(number) got lost")
                }
                for sender in senders { sender.drop() }
                for receiver in receivers { receiver.drop() }
            }
        }
    }

    @Test func `one element, spinning and parking, with and without the kernel's barrier`() {
        let spinning = stream(
            MPMCRing<Int, BusySpin, ExploredAtomics>.self, capacity: 1, producers: 1, consumers: 1,
            by: .depthFirst(limit: Self.limit))
        #expect(spinning.failure == nil)
        #expect(spinning.isComplete)
        for imposesBarriers in [true, false] {
            let parking = stream(
                MPMCRing<Int, ParkAtOnce, ExploredAtomics>.self, capacity: 1, producers: 1,
                consumers: 1, by: Exploration.walks(Self.walks), imposesBarriers: imposesBarriers)
            #expect(parking.failure == nil)
        }
    }

    @Test(arguments: [(1, 2, 1), (2, 2, 1), (3, 2, 1), (1, 2, 2), (2, 2, 2)])
    func `walks of two senders and one or two receivers`(
        _ capacity: Int, _ producers: Int, _ consumers: Int
    ) {
        let spinning = stream(
            MPMCRing<Int, BusySpin, ExploredAtomics>.self, capacity: capacity, producers: producers,
            consumers: consumers, by: Exploration.walks(60))
        #expect(spinning.failure == nil)
        let parking = stream(
            MPMCRing<Int, ParkAtOnce, ExploredAtomics>.self, capacity: capacity,
            producers: producers, consumers: consumers, by: Exploration.walks(60))
        #expect(parking.failure == nil)
    }

    @Test(arguments: [1, 2, 3])
    func `a sole consumer gets what two senders send`(_ capacity: Int) {
        let result = Exploration.run(Exploration.walks(Self.walks)) { program in
            let ring = MPSCRing<Int, BusySpin, ExploredAtomics>(
                capacity: capacity, firstLap: firstLap(capacity), imposesBarriers: true)
            let notes = Notes()
            let producers = (0..<2).map { _ in Handoff(ring.producer.clone()) }
            let consumer = Handoff(ring.consumer)
            for (number, producer) in producers.enumerated() {
                program.thread {
                    let end = producer.take()
                    notes[number] = end.trySend(number).isSent ? 1 : 0
                    producer.put(end)
                }
            }
            program.thread {
                var end = consumer.take()
                if let value = end.tryReceive() { notes.count(10 + value) }
                consumer.put(end)
            }
            program.end {
                var end = consumer.take()
                while let value = end.tryReceive() { notes.count(10 + value) }
                for number in 0..<2 {
                    Exploration.expectation(
                        notes[number] == notes.counted(10 + number), "\(number) got lost")
                }
                for producer in producers { producer.drop() }
                end.close()
            }
        }
        #expect(result.failure == nil)
    }

    @Test func `a sole consumer that parks is woken`() {
        for imposesBarriers in [true, false] {
            let result = Exploration.run(Exploration.walks(Self.walks)) { program in
                let ring = MPSCRing<Int, ParkAtOnce, ExploredAtomics>(
                    capacity: 1, firstLap: 0, imposesBarriers: imposesBarriers)
                let consumer = Handoff(ring.consumer)
                let producer = Handoff(ring.producer)
                program.thread { _ = producer.take().trySend(7) }
                program.thread {
                    var end = consumer.take()
                    Exploration.expectation(end.receive() == 7, "not what was sent")
                    Exploration.expectation(end.receive() == nil, "something that was not sent")
                }
            }
            #expect(result.failure == nil)
        }
    }

    @Test func `a close for all against a send and a receive loses nothing`() {
        let result = Exploration.run(Exploration.walks(Self.walks)) { program in
            let ring = MPMCRing<Int, BusySpin, ExploredAtomics>(capacity: 1)
            let sender = Handoff(ring.producer.clone())
            let closer = Handoff(ring.producer)
            let consumer = Handoff(ring.consumer)
            let notes = Notes()
            program.thread {
                let end = sender.take()
                notes[0] = end.trySend(5).isSent ? 1 : 0
                sender.put(end)
            }
            program.thread {
                let end = closer.take()
                end.closeForAll()
                closer.put(end)
            }
            program.thread {
                let end = consumer.take()
                while let value = end.receive() { notes.count(value) }
                consumer.put(end)
            }
            program.end {
                Exploration.expectation(
                    notes[0] == notes.counted(5), "accepted \(notes[0]), got \(notes.counted(5))")
                sender.drop()
                closer.drop()
                consumer.drop()
            }
        }
        #expect(result.failure == nil)
    }

    @Test func `a wait that may time out takes the element or leaves it`() {
        let result = Exploration.run(Exploration.walks(Self.walks)) { program in
            let ring = MPMCRing<Int, ParkAtOnce, ExploredAtomics>(capacity: 1)
            let producer = Handoff(ring.producer)
            let consumer = Handoff(ring.consumer)
            let notes = Notes()
            program.thread {
                let end = producer.take()
                _ = end.trySend(5)
                producer.put(end)
            }
            program.thread {
                let end = consumer.take()
                switch end.receive(timeout: .seconds(1)) {
                case .received(let value): notes.count(value)
                case .timedOut: break
                case .closed: Exploration.expectation(false, "nobody closed it")
                }
                consumer.put(end)
            }
            program.end {
                let end = consumer.take()
                if let value = end.tryReceive() { notes.count(value) }
                Exploration.expectation(notes.counted(5) == 1, "lost, or had twice")
                end.close()
                producer.drop()
            }
        }
        #expect(result.failure == nil)
    }

    @Test func `stamping without release is found`() {
        let result = tries(UnreleasedStamps.self, capacity: 1, looks: 1)
        #expect(result.failure?.contains("races with") == true)
    }

    @Test func `sleeping without a barrier, and without another look, is found`() {
        let unfenced = stream(
            MPMCRing<Int, ParkAtOnce, Unfenced>.self, capacity: 1, producers: 1, consumers: 1,
            by: .depthFirst(limit: Self.limit))
        #expect(unfenced.failure?.contains("nobody is left to wake them") == true)
    }
}
