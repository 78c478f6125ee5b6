/// A bounded first-in, first-out channel from many producers to one consumer.
///
/// As an `MPMCChannel`, with a consumer that is the only one: its operations are mutating, and need no
/// compare-exchange.
///
/// ```swift
/// let channel = MPSCChannel<Order, SpinThenPark>(capacity: 1024)
/// let another = channel.producer.clone()
/// try channel.producer.send(order)
/// var consumer = channel.consumer
/// let next = consumer.receive()
/// ```
///
/// Keep the consumer in a local variable while it is used in a loop: its position then stays in a
/// register.
public typealias MPSCChannel<Element: ~Copyable & Sendable, Wait: WaitStrategy> = MPSCRing<
    Element, Wait, ProcessorAtomics
>

/// An `MPSCChannel` over any provider of atomics: see there.
@frozen
public struct MPSCRing<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable {
    /// The end that sends.
    public typealias Producer = MultiProducer<Element, Wait, Atomics>

    /// The end that receives.
    public typealias Consumer = SoleConsumer<Element, Wait, Atomics>

    /// A handle of the end that sends.
    public var producer: MultiProducer<Element, Wait, Atomics>

    /// The end that receives.
    public var consumer: SoleConsumer<Element, Wait, Atomics>

    /// Makes an empty channel that holds `capacity` elements, no more and no fewer.
    ///
    /// Touches all of its memory, so that no send faults later. O(capacity).
    ///
    /// - Parameter capacity: at least 1, at most `maximumCapacity`.
    @inlinable
    public init(capacity: Int) {
        self.init(capacity: capacity, firstLap: 0, imposesBarriers: true)
    }

    /// As `init(capacity:)`, for tests: with positions that begin in lap `firstLap`, so that they wrap
    /// soon, and without the kernel's help, as where a sandbox refuses `membarrier`.
    @inlinable
    init(capacity: Int, firstLap: UInt64, imposesBarriers: Bool) {
        let ring = StampedRing<Element, Atomics>.allocate(
            capacity: capacity, firstLap: firstLap, hasSoleReceiver: true, parks: Wait.parks,
            imposesBarriers: imposesBarriers)
        producer = MultiProducer(ring)
        consumer = SoleConsumer(ring)
    }

    /// The largest capacity for this element: 2³², or what fills 2⁴⁰ bytes if that is less.
    @inlinable
    public static var maximumCapacity: Int { SlotLayout<Element>.maximumCapacity }
}
