import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// What rings of many ends answer when there is no room or no element: answers of different threads
/// have to fit together.
@Suite(.serialized) struct StampedAnswerTests {
    static let limit = 20_000

    typealias Sender<Atomics: AtomicsProvider> = Handoff<MultiProducer<Int, BusySpin, Atomics>>

    private func many<Atomics: AtomicsProvider>(
        _: Atomics.Type
    ) -> (Sender<Atomics>, Handoff<MultiConsumer<Int, BusySpin, Atomics>>) {
        let ring = MPMCRing<Int, BusySpin, Atomics>(capacity: 2)
        return (Handoff(ring.producer), Handoff(ring.consumer))
    }

    private func sole<Atomics: AtomicsProvider>(
        _: Atomics.Type
    ) -> (Sender<Atomics>, Handoff<SoleConsumer<Int, BusySpin, Atomics>>) {
        let ring = MPSCRing<Int, BusySpin, Atomics>(capacity: 2)
        return (Handoff(ring.producer), Handoff(ring.consumer))
    }

    /// In a channel of two with one element, a thread sends until there is no room, and another
    /// receives until there is nothing. Where the first one was refused at the second send, the
    /// channel held two then; so the other finds a second one behind the first.
    private func fullAndEmpty<Atomics: AtomicsProvider, Consumer: Looking<Int> & ~Copyable>(
        _ make: () -> (Sender<Atomics>, Handoff<Consumer>)
    ) -> Exploration {
        Exploration.run(limit: Self.limit) { program in
            let (producer, consumer) = make()
            let first = producer.take()
            _ = first.trySend(1)
            producer.put(first)
            let notes = Notes()
            program.thread {
                let end = producer.take()
                for step in 0..<2 { notes[step] = end.trySend(2 + step).isSent ? 1 : 0 }
                producer.put(end)
            }
            program.thread {
                var end = consumer.take()
                for step in 2..<4 { notes[step] = UInt32(end.tryReceive() ?? 0) }
                consumer.put(end)
            }
            program.end {
                Exploration.expectation(
                    notes.list(4) != [1, 0, 1, 0], "full, and then empty without what was sent")
                producer.drop()
                consumer.drop()
            }
        }
    }

    @Test func `a full channel and an empty one are not seen behind each other`() {
        let ofMany = fullAndEmpty { many(ExploredAtomics.self) }
        #expect(ofMany.failure == nil)
        let ofOne = fullAndEmpty { sole(ExploredAtomics.self) }
        #expect(ofOne.failure == nil)
        // Without the fences of who finds no room or nothing they are.
        let unfencedMany = fullAndEmpty { many(WithoutFence.self) }
        #expect(unfencedMany.failure?.contains("full, and then empty") == true)
        let unfencedOne = fullAndEmpty { sole(WithoutFence.self) }
        #expect(unfencedOne.failure?.contains("full, and then empty") == true)
    }

    /// A thread sends to a channel with one element and then takes one, so that it is never empty.
    private func neverEmpty<Atomics: AtomicsProvider>(_: Atomics.Type) -> Exploration {
        Exploration.run(limit: Self.limit) { program in
            let ring = MPMCRing<Int, BusySpin, Atomics>(capacity: 2)
            let consumers = (0..<2).map { _ in Handoff(ring.consumer.clone()) }
            let original = ring.producer
            _ = original.trySend(1)
            let producer = Handoff(original)
            program.thread {
                let sender = producer.take()
                let receiver = consumers[0].take()
                _ = sender.trySend(2)
                _ = receiver.tryReceive()
                producer.put(sender)
                consumers[0].put(receiver)
            }
            program.thread {
                let receiver = consumers[1].take()
                let count = receiver.statistics
                Exploration.expectation(count.received <= count.sent, "\(count)")
                Exploration.expectation(receiver.tryReceive() != nil, "empty, which it never was")
                consumers[1].put(receiver)
            }
            program.end {
                producer.drop()
                for consumer in consumers { consumer.drop() }
            }
        }
    }

    @Test func `who sees a position sees the other one as it was when that was claimed`() {
        let result = neverEmpty(ExploredAtomics.self)
        #expect(result.failure == nil)
        #expect(neverEmpty(UnreleasedClaims.self).failure != nil)
    }
}

/// A consumer that looks for elements that can be copied, whatever the ring.
protocol Looking<Item>: ~Copyable, Sendable {
    associatedtype Item: Sendable

    mutating func tryReceive() -> Item?
}

extension MultiConsumer: Looking where Element: Copyable {
    typealias Item = Element
}

extension SoleConsumer: Looking where Element: Copyable {
    typealias Item = Element
}
