/// A bounded first-in, first-out channel from many producers to many consumers.
///
/// Each end is a noncopyable handle that any number of threads may use at once, and of which `clone`
/// makes more. The channel closes for its receivers when the last producer is closed or goes away,
/// and for its senders when the last consumer is; `closeForAll` on any of them closes it at once.
///
/// ```swift
/// let channel = MPMCChannel<Order, SpinThenPark>(capacity: 1024)
/// let another = channel.producer.clone()
/// try channel.producer.send(order)
/// let next = channel.consumer.receive()
/// ```
///
/// Moves elements, and copies none: noncopyable elements and reference-counted ones pass without
/// any traffic on their counts. Nothing allocates. Linearizable, also in what it says of being full,
/// empty and closed: whatever was sent before a close is received by somebody. An operation is
/// one compare-exchange where nobody else is at the same end at the same moment. It is not lock-free
/// in one place: a thread that is stopped between claiming a slot and stamping it, for as long
/// as a move takes, holds up those who come to that slot.
///
/// - Elements: any type that may cross threads. A slot is a stamp of eight bytes and the element,
///   up to 64 bytes a power of two, above that whole cache lines.
/// - Memory: `capacity` slots (16 bytes for an 8-byte element), 768 bytes, and four lines behind the
///   last slot, which are asked for and never used. No more than the machine has.
/// - Source: Vyukov's bounded queue with the laps of crossbeam's `ArrayQueue`. See
///   `docs/decisions/0013-rings-of-many-claim-stamped-slots.md`.
public typealias MPMCChannel<Element: ~Copyable & Sendable, Wait: WaitStrategy> = MPMCRing<
    Element, Wait, ProcessorAtomics
>

/// An `MPMCChannel` over any provider of atomics: see there.
@frozen
public struct MPMCRing<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable {
    /// The end that sends.
    public typealias Producer = MultiProducer<Element, Wait, Atomics>

    /// The end that receives.
    public typealias Consumer = MultiConsumer<Element, Wait, Atomics>

    /// A handle of the end that sends.
    public var producer: MultiProducer<Element, Wait, Atomics>

    /// A handle of the end that receives.
    public var consumer: MultiConsumer<Element, Wait, Atomics>

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
            capacity: capacity, firstLap: firstLap, hasSoleReceiver: false, parks: Wait.parks,
            imposesBarriers: imposesBarriers)
        producer = MultiProducer(ring)
        consumer = MultiConsumer(ring)
    }

    /// The largest capacity for this element: 2³², or what fills 2⁴⁰ bytes if that is less.
    @inlinable
    public static var maximumCapacity: Int { SlotLayout<Element>.maximumCapacity }
}
