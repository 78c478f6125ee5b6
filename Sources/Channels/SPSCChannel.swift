/// A bounded first-in, first-out channel from one producer to one consumer.
///
/// The two ends are noncopyable handles: that there is one of each is checked by the compiler, and
/// each may be moved to its own thread. The channel closes when either end is closed or goes away.
///
/// ```swift
/// let channel = SPSCChannel<Order, SpinThenPark>(capacity: 1024)
/// var producer = channel.producer
/// var consumer = channel.consumer
/// try producer.send(order)
/// let next = consumer.receive()
/// ```
///
/// Moves elements, and copies none: noncopyable elements and reference-counted ones pass without
/// any traffic on their counts. Each operation is wait-free but for the waiting that its name
/// says, and none allocates.
///
/// An answer is about what this end sees: of two ends that both work at the same moment, one may be
/// told that the channel is full and the other that it is empty.
///
/// Keep an end in a local variable while it is used in a loop: its position then stays in registers.
///
/// - Elements: any type that may cross threads. Those up to 56 bytes share cache lines, `8 + stride`
///   bytes of a line go to the first, larger ones have lines of their own.
/// - Memory: `capacity` slots in blocks of one cache line with eight bytes of bookkeeping each
///   (seven 8-byte elements a line), rounded up to whole blocks, 512 bytes, and four blocks behind
///   the last one, which are asked for and never used. No more than the machine has.
/// - Source: the ring of flags of FastForward (Giacomoni et al., PPoPP 2008), with the flags of
///   a line's slots joined in one token per direction, so that elements need no spare value and
///   the ring holds exactly `capacity`. See `docs/decisions/0006-spsc-ring-of-block-tokens.md`.
public typealias SPSCChannel<Element: ~Copyable & Sendable, Wait: WaitStrategy> = SPSCRing<
    Element, Wait, ProcessorAtomics
>

/// An `SPSCChannel` over any provider of atomics: see there.
@frozen
public struct SPSCRing<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable {
    /// The end that sends.
    public var producer: Producer

    /// The end that receives.
    public var consumer: Consumer

    /// Makes an empty channel that holds `capacity` elements, no more and no fewer.
    ///
    /// Touches all of its memory, so that no send faults later. O(capacity).
    ///
    /// - Parameter capacity: at least 1, at most `maximumCapacity`.
    @inlinable
    public init(capacity: Int) {
        self.init(capacity: capacity, firstLap: 1, imposesBarriers: true)
    }

    /// As `init(capacity:)`, for tests: with tokens that begin in lap `firstLap`, so that they wrap
    /// soon, and without the kernel's help, as where a sandbox refuses `membarrier`.
    @inlinable
    init(capacity: Int, firstLap: UInt64, imposesBarriers: Bool) {
        let most = Self.maximumCapacity
        precondition(capacity >= 1, "the capacity of a channel is at least 1, not \(capacity)")
        precondition(
            capacity <= most, "the capacity of this channel is at most \(most), not \(capacity)")
        let memory = RingMemory<Atomics>.allocate(
            capacity: capacity, shape: BlockShape(BlockLayout<Element>.self), firstLap: firstLap,
            parks: Wait.parks, imposesBarriers: imposesBarriers)
        producer = Producer(memory)
        consumer = Consumer(memory)
    }

    /// The largest capacity for this element: 2³², or what fills 2⁴⁰ bytes if that is less.
    @inlinable
    public static var maximumCapacity: Int {
        BlockLayout<Element>.maximumCapacity
    }
}
