import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// Unbounded channels that are closed, waits that are given up, and two channels beside each other, in
/// walks through small programs.
@Suite(.serialized) struct SegmentClosingTests {
    typealias ParkAtOnce = RingTests.ParkAtOnce
    typealias Many<Wait: WaitStrategy> = SegmentedMPMC<Int, Wait, ExploredAtomics>
    typealias Sole<Wait: WaitStrategy> = SegmentedMPSC<Int, Wait, ExploredAtomics>

    static let limit = 100

    @Test(arguments: [1, 2])
    func `a close for all against sends and receives loses nothing`(_ capacity: Int) {
        let result = Exploration.run(Exploration.walks(Self.limit)) { program in
            let channel = Many<BusySpin>(segmentCapacity: capacity, keepsSegments: false)
            let sender = Handoff(channel.producer.clone())
            let closer = Handoff(channel.producer)
            let consumer = Handoff(channel.consumer)
            let notes = Notes()
            program.thread {
                let end = sender.take()
                for number in 0..<2 { notes[number] = end.trySend(number).isSent ? 1 : 0 }
                sender.put(end)
            }
            program.thread {
                let end = closer.take()
                end.closeForAll()
                closer.put(end)
            }
            program.thread {
                let end = consumer.take()
                while let value = end.receive() { notes.count(10 + value) }
                consumer.put(end)
            }
            program.end {
                sender.drop()
                closer.drop()
                consumer.drop()
                for number in 0..<2 {
                    let received = notes.counted(10 + number)
                    Exploration.expectation(
                        notes[number] == received, "\(number): \(notes[number]), got \(received)")
                }
            }
        }
        #expect(result.failure == nil)
    }

    @Test(arguments: [1, 2], [true, false])
    func `both ends go at the same time, and what is left goes with them`(
        _ capacity: Int, _ isSole: Bool
    ) {
        let result = Exploration.run(Exploration.walks(Self.limit)) { program in
            let counted = Counted()
            if isSole {
                let channel = SegmentedMPSC<Counted.Token, BusySpin, ExploredAtomics>(
                    segmentCapacity: capacity, keepsSegments: false)
                let producer = Handoff(channel.producer)
                let consumer = Handoff(channel.consumer)
                program.thread {
                    let end = producer.take()
                    for _ in 0..<2 { _ = end.trySend(counted.token()) }
                }
                program.thread {
                    var end = consumer.take()
                    _ = end.tryReceive()
                }
            } else {
                let channel = SegmentedMPMC<Counted.Token, BusySpin, ExploredAtomics>(
                    segmentCapacity: capacity, keepsSegments: false)
                let producer = Handoff(channel.producer)
                let consumer = Handoff(channel.consumer)
                program.thread {
                    let end = producer.take()
                    for _ in 0..<2 { _ = end.trySend(counted.token()) }
                }
                program.thread {
                    let end = consumer.take()
                    _ = end.tryReceive()
                }
            }
            program.end {
                Exploration.expectation(counted.isEven, "made \(counted.made) and not destroyed")
            }
        }
        #expect(result.failure == nil)
    }

    @Test(arguments: [1, 2], [true, false])
    func `waits that are given up lose nothing, and their segments are given back`(
        _ capacity: Int, _ keepsSegments: Bool
    ) {
        let result = Exploration.run(Exploration.walks(Self.limit)) { program in
            let channel = Many<ParkAtOnce>(
                segmentCapacity: capacity, keepsSegments: keepsSegments)
            let producer = Handoff(channel.producer)
            let original = Handoff(channel.consumer)
            let end = original.take()
            let notes = Notes()
            program.thread {
                let end = producer.take()
                for number in 0..<2 { _ = end.trySend(number) }
                producer.put(end)
            }
            var handles: [any Droppable] = [producer]
            for _ in 0..<2 {
                let consumer = Handoff(end.clone())
                handles.append(consumer)
                program.thread {
                    let end = consumer.take()
                    if let value = end.receive(timeout: .seconds(1)).element() {
                        notes.count(value)
                    }
                    consumer.put(end)
                }
            }
            original.put(end)
            program.end { [handles] in
                for handle in handles { handle.drop() }
                let end = original.take()
                while let value = end.tryReceive() { notes.count(value) }
                for number in 0..<2 {
                    Exploration.expectation(notes.counted(number) == 1, "lost, or had twice")
                }
                Exploration.expectation(
                    end.statistics.segments <= (keepsSegments ? 5 : 2), "\(end.statistics)")
            }
        }
        #expect(result.failure == nil)
    }

    @Test(arguments: [true, false])
    func `two channels cannot both seem empty to who has sent to the other`(_ isSole: Bool) {
        let result = crossing(
            ExploredAtomics.self, isSole: isSole, by: Exploration.walks(Self.limit))
        #expect(result.failure == nil)
        // Without the fence in the look of a receiver that finds nothing they can.
        let unfenced = crossing(
            WithoutFence.self, isSole: isSole, by: .depthFirst(limit: 30_000))
        #expect(unfenced.failure?.contains("both are empty") == true)
    }

    private func crossing<Atomics: AtomicsProvider>(
        _: Atomics.Type, isSole: Bool, by search: Exploration.Search
    ) -> Exploration {
        Exploration.run(search) { program in
            let notes = Notes()
            var handles: [any Droppable] = []
            if isSole {
                let channels = (0..<2).map { _ in
                    let channel = SegmentedMPSC<Int, BusySpin, Atomics>(
                        segmentCapacity: 2, keepsSegments: false)
                    return (Handoff(channel.producer), Handoff(channel.consumer))
                }
                for (producer, consumer) in channels { handles += [producer, consumer] }
                for number in 0..<2 {
                    let (producer, consumer) = (channels[number].0, channels[1 - number].1)
                    program.thread {
                        let sender = producer.take()
                        var receiver = consumer.take()
                        _ = sender.trySend(number)
                        notes[number] = receiver.tryReceive() == nil ? 0 : 1
                        producer.put(sender)
                        consumer.put(receiver)
                    }
                }
            } else {
                let channels = (0..<2).map { _ in
                    let channel = SegmentedMPMC<Int, BusySpin, Atomics>(
                        segmentCapacity: 2, keepsSegments: false)
                    return (Handoff(channel.producer), Handoff(channel.consumer))
                }
                for (producer, consumer) in channels { handles += [producer, consumer] }
                for number in 0..<2 {
                    let (producer, consumer) = (channels[number].0, channels[1 - number].1)
                    program.thread {
                        let sender = producer.take()
                        let receiver = consumer.take()
                        _ = sender.trySend(number)
                        notes[number] = receiver.tryReceive() == nil ? 0 : 1
                        producer.put(sender)
                        consumer.put(receiver)
                    }
                }
            }
            program.end { [handles] in
                for handle in handles { handle.drop() }
                Exploration.expectation(notes[0] + notes[1] > 0, "both are empty")
            }
        }
    }
}
