import CNilometerShims
import Channels
import Counters

/// The engine's ring in the loops of the benchmark, one for each wait strategy.
enum OwnRings {
    /// What the `wait` parameter accepts, in the profiles' words.
    static let waitStrategies = ["busy-spin", "spin-then-yield", "spin-then-park"]

    /// A pair of rings of `capacity` that wait as `wait` says.
    static func pair(capacity: Int, wait: String) -> any RingPair {
        switch wait {
        case "busy-spin": LoopPair.make(capacity: capacity, BusySpin.self)
        case "spin-then-yield": LoopPair.make(capacity: capacity, SpinThenYield.self)
        case "spin-then-park": LoopPair.make(capacity: capacity, SpinThenPark.self)
        default: preconditionFailure("wait strategy '\(wait)' was accepted but does not exist")
        }
    }
}

/// The two ends of one direction, each taken by a loop while it runs and put back after it, so
/// that its position lives in registers meanwhile.
///
/// @unchecked Sendable: the producer is used by one thread and the consumer by the other, as
/// `RingPair` says; the hand-over of each window orders them with what comes before and after.
private final class Direction<Wait: WaitStrategy>: @unchecked Sendable {
    typealias Channel = SPSCChannel<UInt64, Wait>

    private var producer: Channel.Producer?
    private var consumer: Channel.Consumer?
    /// Its statistics, for who reads PAPI.
    private let published: [PublishedCounters.Source]

    init(capacity: Int) {
        let channel = Channel(capacity: capacity)
        published = EngineCounter.publish(channel.producer.monitor())
        producer = .some(channel.producer)
        consumer = .some(channel.consumer)
    }

    @inline(__always)
    func takeProducer() -> Channel.Producer {
        guard let end = producer.take() else { preconditionFailure("the producer is in use") }
        return end
    }

    @inline(__always)
    func takeConsumer() -> Channel.Consumer {
        guard let end = consumer.take() else { preconditionFailure("the consumer is in use") }
        return end
    }

    @inline(__always)
    func putBack(_ end: consuming Channel.Producer) { producer = .some(end) }

    @inline(__always)
    func putBack(_ end: consuming Channel.Consumer) { consumer = .some(end) }
}

/// A pair whose loops are closures: they are compiled for the wait strategy (see `LoopBody`). The
/// loops are those of the C++ rings, statement for statement.
///
/// @unchecked Sendable: the closures hold a `Direction` each way and nothing else.
private final class LoopPair: RingPair, @unchecked Sendable {
    private struct Loops {
        let uncontended: (Int) -> UInt64
        let initiate: (Int) -> UInt64
        let initiateStamped: (Int, inout [UInt64]) -> UInt64
        let respond: (Int) -> UInt64
        let produce: (Int) -> Void
        let consume: (Int) -> UInt64
        let produceBatches: (Int) -> Void
        let consumeBatches: (Int) -> UInt64
    }

    private let loops: Loops

    private init(_ loops: Loops) { self.loops = loops }

    func uncontended(_ count: Int) -> UInt64 { loops.uncontended(count) }
    func initiate(_ count: Int) -> UInt64 { loops.initiate(count) }
    func initiateStamped(_ count: Int, stamps: inout [UInt64]) -> UInt64 {
        loops.initiateStamped(count, &stamps)
    }
    func respond(_ count: Int) -> UInt64 { loops.respond(count) }
    func produce(_ count: Int, inBatches: Bool) {
        if inBatches { loops.produceBatches(count) } else { loops.produce(count) }
    }
    func consume(_ count: Int, inBatches: Bool) -> UInt64 {
        inBatches ? loops.consumeBatches(count) : loops.consume(count)
    }

    static func make<Wait: WaitStrategy>(capacity: Int, _ wait: Wait.Type) -> LoopPair {
        let there = Direction<Wait>(capacity: capacity)
        let back = Direction<Wait>(capacity: capacity)
        return LoopPair(
            Loops(
                uncontended: { RingLoops.uncontended(there, $0) },
                initiate: { RingLoops.initiate(there, back, $0) },
                initiateStamped: { RingLoops.initiate(there, back, $0, stamps: &$1) },
                respond: { RingLoops.respond(there, back, $0) },
                produce: { RingLoops.produce(there, $0) },
                consume: { RingLoops.consume(there, $0) },
                produceBatches: { RingLoops.produceBatches(there, $0) },
                consumeBatches: { RingLoops.consumeBatches(there, $0) }))
    }
}

/// The loops over the engine's ring, each specialised for its wait strategy by the closure that
/// calls it.
private enum RingLoops {
    /// Sends `value`; the partner never closes within a window.
    @inline(__always)
    private static func send<Wait>(
        _ value: UInt64, _ producer: inout SPSCChannel<UInt64, Wait>.Producer
    ) {
        do {
            try producer.send(value)
        } catch {
            preconditionFailure("the ring was closed within a window")
        }
    }

    static func uncontended<Wait>(_ there: Direction<Wait>, _ count: Int) -> UInt64 {
        var producer = there.takeProducer()
        var consumer = there.takeConsumer()
        var wrong: UInt64 = 0
        for value in 1...UInt64(max(1, count)) {
            // There is always room, and always an element: one thread does both.
            if !producer.trySend(value).isSent { wrong = 1 }
            wrong |= (consumer.tryReceive() ?? 0) ^ value
        }
        there.putBack(producer)
        there.putBack(consumer)
        return wrong
    }

    static func initiate<Wait>(
        _ there: Direction<Wait>, _ back: Direction<Wait>, _ count: Int
    ) -> UInt64 {
        var producer = there.takeProducer()
        var consumer = back.takeConsumer()
        var wrong: UInt64 = 0
        for value in 1...UInt64(max(1, count)) {
            send(value, &producer)
            wrong |= (consumer.receive() ?? 0) ^ value
        }
        there.putBack(producer)
        back.putBack(consumer)
        return wrong
    }

    static func initiate<Wait>(
        _ there: Direction<Wait>, _ back: Direction<Wait>, _ count: Int, stamps: inout [UInt64]
    ) -> UInt64 {
        var producer = there.takeProducer()
        var consumer = back.takeConsumer()
        var wrong: UInt64 = 0
        var last = nilometer_ticks_unordered()
        for index in 0..<count {
            let value = UInt64(index) + 1
            send(value, &producer)
            wrong |= (consumer.receive() ?? 0) ^ value
            let now = nilometer_ticks_unordered()
            stamps[index] = now - last
            last = now
        }
        there.putBack(producer)
        back.putBack(consumer)
        return wrong
    }

    static func respond<Wait>(
        _ there: Direction<Wait>, _ back: Direction<Wait>, _ count: Int
    ) -> UInt64 {
        var producer = back.takeProducer()
        var consumer = there.takeConsumer()
        var wrong: UInt64 = 0
        for expected in 1...UInt64(max(1, count)) {
            let value = consumer.receive() ?? 0
            send(value, &producer)
            wrong |= value ^ expected
        }
        back.putBack(producer)
        there.putBack(consumer)
        return wrong
    }

    static func produce<Wait>(_ there: Direction<Wait>, _ count: Int) {
        var producer = there.takeProducer()
        for value in 1...UInt64(max(1, count)) { send(value, &producer) }
        there.putBack(producer)
    }

    static func consume<Wait>(_ there: Direction<Wait>, _ count: Int) -> UInt64 {
        var consumer = there.takeConsumer()
        var wrong: UInt64 = 0
        for expected in 1...UInt64(max(1, count)) {
            wrong |= (consumer.receive() ?? 0) ^ expected
        }
        there.putBack(consumer)
        return wrong
    }

    /// Messages of a batch: as many as the C++ rings hand over at once.
    private static let batch = 256

    static func produceBatches<Wait>(_ there: Direction<Wait>, _ count: Int) {
        var producer = there.takeProducer()
        var values = [UInt64](repeating: 0, count: batch)
        var next: UInt64 = 1
        while next <= UInt64(count) {
            let size = min(batch, count - Int(next) + 1)
            for index in 0..<size { values[index] = next + UInt64(index) }
            do {
                try producer.sendBatch(values.span.extracting(0..<size))
            } catch {
                preconditionFailure("the ring was closed within a window")
            }
            next += UInt64(size)
        }
        there.putBack(producer)
    }

    static func consumeBatches<Wait>(_ there: Direction<Wait>, _ count: Int) -> UInt64 {
        var consumer = there.takeConsumer()
        var wrong: UInt64 = 0
        // SAFETY: the output is used while the memory is there, within its capacity.
        unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: batch) { memory in
            var next: UInt64 = 1
            while next <= UInt64(count) {
                var output = unsafe OutputSpan(buffer: memory, initializedCount: 0)
                let size = consumer.receiveBatch(into: &output)
                for index in 0..<size { wrong |= output.span[index] ^ (next + UInt64(index)) }
                next += UInt64(size)
            }
        }
        there.putBack(consumer)
        return wrong
    }
}
