@testable import Channels

/// A consumer of an unbounded channel, of elements that can be copied.
protocol UnboundedReceiving<Item>: ~Copyable, Sendable {
    associatedtype Item: Sendable

    mutating func tryReceive() -> Item?
    mutating func receive() -> Item?
    mutating func receive(timeout: Duration) -> ReceiveAttempt<Item>
    mutating func tryReceiveBatch(into output: inout OutputSpan<Item>) -> Int
    mutating func receiveBatch(into output: inout OutputSpan<Item>) -> Int
    func closeForAll()
    consuming func close()
    var isClosed: Bool { get }
    var isEmpty: Bool { get }
    var count: Int { get }
    var statistics: UnboundedStatistics { get }
}

extension UnboundedConsumer: UnboundedReceiving where Element: Copyable {
    typealias Item = Element
}

extension SoleUnboundedConsumer: UnboundedReceiving where Element: Copyable {
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

/// What one batch receives, as an array.
func receiveArray<Consumer: UnboundedReceiving & ~Copyable>(
    batchFrom consumer: inout Consumer, atMost limit: Int
) -> [Consumer.Item] {
    [Consumer.Item](capacity: limit) { output in
        _ = consumer.tryReceiveBatch(into: &output)
    }
}
