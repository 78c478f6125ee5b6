@testable import Channels

/// A consumer of an unbounded channel.
protocol UnboundedReceiving<Item>: Receiving, ~Copyable {
    var statistics: UnboundedStatistics { get }
}

extension UnboundedConsumer: Receiving, UnboundedReceiving where Element: Copyable {
    typealias Item = Element
}

extension SoleUnboundedConsumer: Receiving, UnboundedReceiving where Element: Copyable {
    typealias Item = Element
}

extension UnboundedProducer: Sending where Element: Copyable {
    typealias Item = Element
}

/// A producer and a consumer of one unbounded channel.
struct UnboundedEnds<Wait: WaitStrategy, Consumer: UnboundedReceiving & ~Copyable>: ~Copyable {
    let producer: UnboundedProducer<Consumer.Item, Wait, ProcessorAtomics>
    var consumer: Consumer
}

typealias ManyUnboundedEnds<Element: Sendable, Wait: WaitStrategy> = UnboundedEnds<
    Wait, UnboundedConsumer<Element, Wait, ProcessorAtomics>
>
typealias SoleUnboundedEnds<Element: Sendable, Wait: WaitStrategy> = UnboundedEnds<
    Wait, SoleUnboundedConsumer<Element, Wait, ProcessorAtomics>
>

/// The ends of a new unbounded MPMC channel whose counts of segments soon wrap.
func unboundedMany<Element: Sendable, Wait>(
    _: Element.Type, _: Wait.Type, _ segmentCapacity: Int = 60, keepsSegments: Bool = true,
    imposesBarriers: Bool = true
) -> ManyUnboundedEnds<Element, Wait> {
    let channel = UnboundedMPMCChannel<Element, Wait>(
        segmentCapacity: segmentCapacity, keepsSegments: keepsSegments, firstSegment: .max - 2,
        imposesBarriers: imposesBarriers)
    return UnboundedEnds(producer: channel.producer, consumer: channel.consumer)
}

/// The ends of a new unbounded MPSC channel whose counts of segments soon wrap.
func unboundedSole<Element: Sendable, Wait>(
    _: Element.Type, _: Wait.Type, _ segmentCapacity: Int = 60, keepsSegments: Bool = true,
    imposesBarriers: Bool = true
) -> SoleUnboundedEnds<Element, Wait> {
    let channel = UnboundedMPSCChannel<Element, Wait>(
        segmentCapacity: segmentCapacity, keepsSegments: keepsSegments, firstSegment: .max - 2,
        imposesBarriers: imposesBarriers)
    return UnboundedEnds(producer: channel.producer, consumer: channel.consumer)
}
