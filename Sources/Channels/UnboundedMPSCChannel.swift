/// An unbounded first-in, first-out channel from many producers to one consumer.
///
/// A send never waits; memory follows what is in the channel. Moves elements, and copies none.
///
/// ```swift
/// let channel = UnboundedMPSCChannel<Order, SpinThenPark>()
/// let another = channel.producer.clone()
/// try channel.producer.send(order)
/// var consumer = channel.consumer
/// let next = consumer.receive()
/// ```
///
/// Linearizable, and in the order of sends for each producer. Sends are lock-free: a thread that is
/// stopped in the middle of one holds up nobody but the consumer, when it comes to that very slot.
///
/// Keep the consumer in a local variable while it is used in a loop: its position then stays in
/// registers.
///
/// - Elements: any type that may cross threads.
/// - Memory: segments of 60 slots (fewer for elements over 260 bytes), each with four bytes of
///   bookkeeping, rounded up to the element's alignment, and 64 for the segment. A segment that was
///   read to its end is used again or given back; three at most are kept.
/// - Source: linked segments as in crossbeam's channels (2019) and Go's and Java's before them, with
///   slots shared out by one addition to a word that holds segment and ticket. See
///   `docs/decisions/0014-unbounded-channels-of-segments.md`.
public typealias UnboundedMPSCChannel<Element: ~Copyable & Sendable, Wait: WaitStrategy> =
    SegmentedMPSC<Element, Wait, ProcessorAtomics>

/// An `UnboundedMPSCChannel` over any provider of atomics: see there.
@frozen
public struct SegmentedMPSC<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable {
    /// The end that sends.
    public typealias Producer = UnboundedProducer<Element, Wait, Atomics>

    /// The end that receives.
    public typealias Consumer = SoleUnboundedConsumer<Element, Wait, Atomics>

    /// A handle of the end that sends.
    public var producer: UnboundedProducer<Element, Wait, Atomics>

    /// The end that receives.
    public var consumer: SoleUnboundedConsumer<Element, Wait, Atomics>

    /// Makes an empty channel.
    @inlinable
    public init() {
        self.init(segmentCapacity: SegmentLayout<Element>.capacity)
    }

    /// As `init()`, for tests: with short segments, whether or not used ones are kept, with counts of
    /// segments that begin near the end of the 64 bits, and without the kernel's help, as where a
    /// sandbox refuses `membarrier`.
    ///
    /// - Parameter segmentCapacity: 1 to 64.
    @usableFromInline
    init(
        segmentCapacity: Int, keepsSegments: Bool = true, firstSegment: UInt64 = 0,
        imposesBarriers: Bool = true
    ) {
        let geometry = SegmentGeometry(
            SegmentLayout<Element>.self, capacity: segmentCapacity, keepsSegments: keepsSegments,
            hasManyConsumers: false, firstSegment: firstSegment)
        let memory = SegmentedMemory<Atomics>.allocate(
            geometry, parks: Wait.parks, imposesBarriers: imposesBarriers)
        producer = UnboundedProducer(memory)
        consumer = SoleUnboundedConsumer(memory)
    }
}
