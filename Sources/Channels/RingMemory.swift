/// The memory of one ring: bookkeeping, each part 128 bytes from the next (processors fetch lines
/// in pairs), then the blocks.
///
/// ```
///    0  geometry    written once, before the ring is shared
///  128  producer    written by the producer only
///  256  consumer    written by the consumer only
///  384  state       closed flags, sleeping places, references: seldom written
///  512  blocks, and room for what is prefetched behind the last one
/// ```
///
/// Nothing here is typed by the element; who may touch a slot is decided by the tokens of its
/// block (see `BlockLayout`).
@safe @frozen @usableFromInline
struct RingMemory<Atomics: AtomicsProvider>: @unchecked Sendable {
    // Sendable because it leads to what never changes, to atomics, and to what these hand over.
    @usableFromInline let base: UnsafeMutableRawPointer

    init(base: UnsafeMutableRawPointer) {
        unsafe self.base = base
    }

    @inlinable static var blocksOffset: Int { 512 }

    // All accesses below are sound because `allocate`, the only maker of a `base`, has initialised a
    // value of that type at that offset, and because each end and each monitor holds a reference.

    /// The first block.
    @inlinable var firstBlock: UnsafeMutableRawPointer {
        @inline(__always) get { unsafe base + Self.blocksOffset }
    }

    /// What never changes once the ring is made.
    @inlinable var geometry: RingGeometry {
        @inline(__always) get { unsafe base.assumingMemoryBound(to: RingGeometry.self).pointee }
    }

    /// What the producer says of itself.
    @inlinable var producer: EndLine<Atomics> {
        @inline(__always) get { unsafe EndLine(at: base + 128) }
    }

    /// What the consumer says of itself.
    @inlinable var consumer: EndLine<Atomics> {
        @inline(__always) get { unsafe EndLine(at: base + 256) }
    }

    /// 1 once the producer is gone.
    @inlinable var producerClosed: SharedWord<Atomics> { unsafe SharedWord(at: base + 384) }

    /// 1 once the consumer is gone.
    @inlinable var consumerClosed: SharedWord<Atomics> { unsafe SharedWord(at: base + 388) }

    /// Ends that live; the last one destroys the elements that are left.
    var ends: SharedCount<Atomics> { unsafe SharedCount(at: base + 392) }

    /// Ends and monitors that live; the last one frees the memory.
    var references: SharedCount<Atomics> { unsafe SharedCount(at: base + 400) }

    /// Where the producer sleeps.
    @inlinable var producerSleeps: SleepPlace<Atomics> { unsafe SleepPlace(at: base + 408) }

    /// Where the consumer sleeps.
    @inlinable var consumerSleeps: SleepPlace<Atomics> { unsafe SleepPlace(at: base + 432) }
}

/// The line of one end: only that end writes it, anybody reads it.
@safe @frozen @usableFromInline
struct EndLine<Atomics: AtomicsProvider> {
    @usableFromInline let base: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    init(at base: UnsafeMutableRawPointer) {
        unsafe self.base = base
    }

    // Sound: `allocate` has initialised these (see `RingMemory`).

    /// Slots of all blocks that this end has left behind, as if each block were full: a multiple
    /// of the slots of a block. What was done in the current block is in the block's token.
    @inlinable var blockStart: SharedCount<Atomics> { unsafe SharedCount(at: base) }

    /// How often the end found the ring full (or empty) and had to wait.
    @inlinable var waits: SharedCount<Atomics> { unsafe SharedCount(at: base + 8) }

    /// How often a wait went to sleep.
    @inlinable var parks: SharedCount<Atomics> { unsafe SharedCount(at: base + 16) }

    /// The token of the end's next slot when it went away: for who counts.
    var leftAt: SharedWord<Atomics> { unsafe SharedWord(at: base + 24) }

    /// The token of the next slot with an element that nobody received and nobody has destroyed.
    var undestroyedToken: SharedWord<Atomics> { unsafe SharedWord(at: base + 28) }

    /// The block of that slot, as the bytes before it.
    var undestroyedBlock: SharedCount<Atomics> { unsafe SharedCount(at: base + 32) }

    /// Elements that found no room, and did not wait for it or not long enough.
    @inlinable var refused: SharedCount<Atomics> { unsafe SharedCount(at: base + 40) }

    /// What the end has learnt of its waits (see `SpinBudget`).
    @inlinable var spinBudget: SharedWord<Atomics> { unsafe SharedWord(at: base + 48) }
}
