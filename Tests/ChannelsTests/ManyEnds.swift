@testable import Channels

/// A consumer of a bounded channel.
protocol BoundedReceiving<Item>: Receiving, ~Copyable {
    var isFull: Bool { get }
    var capacity: Int { get }
    var statistics: ChannelStatistics { get }
}

extension MultiConsumer: Receiving, BoundedReceiving where Element: Copyable {
    typealias Item = Element
}

extension SoleConsumer: Receiving, BoundedReceiving where Element: Copyable {
    typealias Item = Element
}

extension MultiProducer: Sending where Element: Copyable {
    typealias Item = Element
}

/// A producer and a consumer of one channel.
struct Ends<Wait: WaitStrategy, Consumer: BoundedReceiving & ~Copyable>: ~Copyable {
    let producer: MultiProducer<Consumer.Item, Wait, ProcessorAtomics>
    var consumer: Consumer
}

typealias ManyEnds<Element: Sendable, Wait: WaitStrategy> = Ends<
    Wait, MultiConsumer<Element, Wait, ProcessorAtomics>
>
typealias SoleEnds<Element: Sendable, Wait: WaitStrategy> = Ends<
    Wait, SoleConsumer<Element, Wait, ProcessorAtomics>
>

/// The ends of a new MPMC channel.
func many<Element: Sendable, Wait>(
    _: Element.Type, _: Wait.Type, _ capacity: Int, firstLap: UInt64 = 0,
    imposesBarriers: Bool = true
) -> ManyEnds<Element, Wait> {
    let channel = MPMCChannel<Element, Wait>(
        capacity: capacity, firstLap: firstLap, imposesBarriers: imposesBarriers)
    return Ends(producer: channel.producer, consumer: channel.consumer)
}

/// The ends of a new MPSC channel.
func sole<Element: Sendable, Wait>(
    _: Element.Type, _: Wait.Type, _ capacity: Int, firstLap: UInt64 = 0,
    imposesBarriers: Bool = true
) -> SoleEnds<Element, Wait> {
    let channel = MPSCChannel<Element, Wait>(
        capacity: capacity, firstLap: firstLap, imposesBarriers: imposesBarriers)
    return Ends(producer: channel.producer, consumer: channel.consumer)
}

/// A lap from which a ring of this capacity needs `laps` more to come to the end of its positions.
func lap(_ laps: UInt64, beforeTheEndFor capacity: Int) -> UInt64 {
    (1 << 63) / (RingPositions(capacity: capacity).mask + 1) - laps
}
