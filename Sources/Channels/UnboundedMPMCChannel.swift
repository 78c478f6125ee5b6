/// An unbounded first-in, first-out channel from many producers to many consumers.
///
/// A send never waits; memory follows what is in the channel. Each element goes to one of the
/// consumers. Moves elements, and copies none.
///
/// ```swift
/// let channel = UnboundedMPMCChannel<Order, SpinThenPark>()
/// let another = channel.consumer.clone()
/// try channel.producer.send(order)
/// let next = channel.consumer.receive()
/// ```
///
/// Linearizable, and in the order of sends for each producer. A thread that is stopped in the middle of
/// an operation holds up nobody but who needs the slot that it has.
///
/// - Elements: any type that may cross threads.
/// - Memory: as for an `UnboundedMPSCChannel`; a segment is used again or given back when all of its
///   receivers are through with it.
/// - Threads: at most 3000 in the middle of a receive at the same moment.
/// - Source: as for an `UnboundedMPSCChannel`.
public typealias UnboundedMPMCChannel<Element: ~Copyable & Sendable, Wait: WaitStrategy> =
    SegmentedMPMC<Element, Wait, ProcessorAtomics>

/// An `UnboundedMPMCChannel` over any provider of atomics: see there.
@frozen
public struct SegmentedMPMC<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable {
    /// The end that sends.
    public typealias Producer = UnboundedProducer<Element, Wait, Atomics>

    /// The end that receives.
    public typealias Consumer = UnboundedConsumer<Element, Wait, Atomics>

    /// A handle of the end that sends.
    public var producer: UnboundedProducer<Element, Wait, Atomics>

    /// A handle of the end that receives.
    public var consumer: UnboundedConsumer<Element, Wait, Atomics>

    /// Makes an empty channel.
    @inlinable
    public init() {
        self.init(segmentCapacity: SegmentLayout<Element>.capacity)
    }

    /// As `init()`, for tests: see `SegmentedMPSC`.
    @usableFromInline
    init(
        segmentCapacity: Int, keepsSegments: Bool = true, firstSegment: UInt64 = 0,
        imposesBarriers: Bool = true
    ) {
        let geometry = SegmentGeometry(
            SegmentLayout<Element>.self, capacity: segmentCapacity, keepsSegments: keepsSegments,
            hasManyConsumers: true, firstSegment: firstSegment)
        let memory = SegmentedMemory<Atomics>.allocate(
            geometry, parks: Wait.parks, imposesBarriers: imposesBarriers)
        producer = UnboundedProducer(memory)
        consumer = UnboundedConsumer(memory)
    }
}
