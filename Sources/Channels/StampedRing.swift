import CNilometerShims

/// The memory of a ring with many ends, and how they share it.
///
/// ```
///    0  geometry    written once, before the ring is shared
///  128  tail        the next position to send to, and whether the channel is closed: by senders
///  256  head        the next position to receive from: by receivers
///  384  state       closed flag, who sleeps, references: seldom written
///  512  counts      of waits and parks: by senders that wait
///  640  counts      the same: by receivers that wait
///  768  slots, and room for what is prefetched behind the last one
/// ```
///
/// A sender finds the slot at the tail free by its stamp, claims its position by a compare-exchange
/// of the tail, writes the element, and publishes it by the stamp. A receiver does the same at the
/// head. Nobody is held up by who has merely been looking; who is stopped between claim and stamp
/// holds up those who come to that very slot.
///
/// - Source: Vyukov's bounded MPMC queue (1024cores.net, 2010); laps in the positions as in
///   crossbeam's `ArrayQueue`, closing by a bit of the tail as in crossbeam-channel's `array`.
@safe @frozen @usableFromInline
struct StampedRing<Element: ~Copyable, Atomics: AtomicsProvider> {
    @usableFromInline typealias Layout = SlotLayout<Element>

    @usableFromInline let base: UnsafeMutableRawPointer
    /// Copies of what the geometry says, so that they may lie in registers.
    @usableFromInline let slots: UnsafeMutableRawPointer
    @usableFromInline let positions: RingPositions

    @inlinable
    init(base: UnsafeMutableRawPointer, _ positions: RingPositions) {
        unsafe self.base = base
        unsafe slots = base + Self.slotsOffset
        self.positions = positions
    }

    /// Where the slots begin: behind all else, at a multiple of the alignment, which is 128 or more.
    @inlinable static var slotsOffset: Int {
        (768 + Layout.alignment - 1) / Layout.alignment * Layout.alignment
    }

    // All accesses below are sound because `allocate`, the only maker of a `base`, has initialised a
    // value of that type at that offset, and because each end holds a reference.

    /// What never changes once the ring is made.
    @inlinable var geometry: StampedGeometry {
        unsafe base.assumingMemoryBound(to: StampedGeometry.self).pointee
    }

    /// The next position to send to, and `RingPositions.closed`.
    @inlinable var tail: SharedPosition<Atomics> {
        @inline(__always) get { unsafe SharedPosition(at: base + 128) }
    }

    /// The next position to receive from.
    @inlinable var head: SharedPosition<Atomics> {
        @inline(__always) get { unsafe SharedPosition(at: base + 256) }
    }

    /// 1 once the channel is closed: for those who wait, in a line that nobody writes meanwhile.
    @inlinable var closedFlag: SharedWord<Atomics> { unsafe SharedWord(at: base + 384) }

    /// Senders that sleep.
    @inlinable var senders: EventCount<Atomics> {
        @inline(__always) get { unsafe EventCount(at: base + 388) }
    }

    /// Receivers that sleep.
    @inlinable var receivers: EventCount<Atomics> {
        @inline(__always) get { unsafe EventCount(at: base + 392) }
    }

    /// Handles of senders that live; the last one closes the channel.
    var senderHandles: SharedCount<Atomics> { unsafe SharedCount(at: base + 400) }

    /// Handles of receivers that live; the last one closes the channel.
    var receiverHandles: SharedCount<Atomics> { unsafe SharedCount(at: base + 408) }

    /// Handles that live; the last one frees the memory.
    var references: SharedCount<Atomics> { unsafe SharedCount(at: base + 416) }

    /// How often senders had to wait, and slept.
    @inlinable var senderWaits: WaitCounts<Atomics> { unsafe WaitCounts(at: base + 512) }

    /// How often receivers had to wait, and slept.
    @inlinable var receiverWaits: WaitCounts<Atomics> { unsafe WaitCounts(at: base + 640) }

    /// The slot of a position. (Any number: the index is masked, and below the capacity for all
    /// positions.)
    @inlinable @inline(__always)
    func slot(at position: UInt64) -> UnsafeMutableRawPointer {
        unsafe slots
            + Int(truncatingIfNeeded: positions.index(of: position)) &* Layout.stride
    }

    /// The stamp of the slot of a position.
    @inlinable @inline(__always)
    func stamp(at position: UInt64) -> SharedPosition<Atomics> {
        unsafe SharedPosition(at: slot(at: position))
    }

    /// The slot of a position as memory for an element. Whether it holds one, the stamp says.
    @inlinable @inline(__always)
    func element(at position: UInt64) -> UnsafeMutablePointer<Element> {
        // Sound: slots are `stride` apart and aligned; this part is used for nothing else.
        unsafe (slot(at: position) + Layout.elementOffset)
            .assumingMemoryBound(to: Element.self)
    }

    /// Writes the element to a position that this thread has claimed, and publishes it.
    @inlinable @inline(__always)
    func write(_ element: consuming Element, at position: UInt64) {
        // Sound: the slot is free, and this thread's own until it is stamped.
        unsafe Atomics.willWrite(self.element(at: position), count: 1)
        unsafe self.element(at: position).initialize(to: element)
        // Pairs with the acquiring loads in `claimElement` and in `SoleConsumer`: whoever sees the
        // stamp finds the element initialised.
        stamp(at: position).storeReleasing(position &+ 1)
    }

    /// Moves the element out of a position that this thread has claimed, and frees the slot.
    @inlinable @inline(__always)
    func read(at position: UInt64) -> Element {
        // Sound: the slot is initialised, and this thread's own until it is stamped.
        unsafe Atomics.willRead(self.element(at: position), count: 1)
        let element = unsafe self.element(at: position).move()
        // Pairs with the acquiring load in `claimRoom`: whoever sees the stamp finds the element
        // moved out.
        stamp(at: position).storeReleasing(positions.lapLater(position))
        return element
    }

    /// Asks for the line of slots that come soon, when the first slot of a line is come to.
    @inlinable @inline(__always)
    func prefetch(from position: UInt64) {
        if positions.index(of: position) & UInt64(Layout.slotsPerLine &- 1) == 0 {
            // Sound: prefetching reads nothing; the memory reaches so far anyway.
            unsafe nilometer_prefetch(slot(at: position) + Layout.prefetchBytes)
        }
    }
}

/// What never changes once a ring with many ends is made.
@frozen @usableFromInline
struct StampedGeometry {
    @usableFromInline let positions: RingPositions
    /// Where tail and head began.
    @usableFromInline let start: UInt64
    /// Whether there is one receiver only, which keeps the head to itself.
    @usableFromInline let hasSoleReceiver: Bool
    /// Bytes of the whole allocation.
    @usableFromInline let byteCount: Int

    @inlinable
    init(positions: RingPositions, start: UInt64, hasSoleReceiver: Bool, byteCount: Int) {
        self.positions = positions
        self.start = start
        self.hasSoleReceiver = hasSoleReceiver
        self.byteCount = byteCount
    }
}

/// How often the threads at one side of a channel had to wait, slept, and were refused; and for how
/// long it pays them to spin. Written by those who found nothing at the first look.
@safe @frozen @usableFromInline
struct WaitCounts<Atomics: AtomicsProvider> {
    @usableFromInline let base: UnsafeMutableRawPointer

    /// - Parameter base: of 32 bytes in which `initialize` makes the words, in memory to which the
    ///   user of this value holds a reference. All accesses below rest on that.
    @inlinable
    init(at base: UnsafeMutableRawPointer) {
        unsafe self.base = base
    }

    /// How often one had to wait.
    @inlinable var waits: SharedCount<Atomics> { unsafe SharedCount(at: base) }

    /// How often a wait went to sleep.
    @inlinable var parks: SharedCount<Atomics> { unsafe SharedCount(at: base + 8) }

    /// Elements that were given back because there was no room.
    @inlinable var refused: SharedCount<Atomics> { unsafe SharedCount(at: base + 16) }

    /// What a `SpinBudget` keeps, for all threads at this side together.
    @inlinable var spinBudget: SharedWord<Atomics> { unsafe SharedWord(at: base + 24) }

    /// Makes the words.
    func initialize() {
        waits.initialize(to: 0)
        parks.initialize(to: 0)
        refused.initialize(to: 0)
        spinBudget.initialize(to: 0)
    }

    /// What was learnt about spinning, by a strategy whose `spins` are the most.
    @inlinable
    func budget(_ strategy: Patience) -> SpinBudget {
        // Relaxed, here and below: whose lesson gets lost does not matter.
        SpinBudget(spinBudget.loadRelaxed(), most: strategy.spins)
    }

    /// Changes what was learnt; returns how many polls the next wait has.
    @inlinable
    func learn(_ strategy: Patience, _ change: (inout SpinBudget) -> Void) -> Int {
        var budget = budget(strategy)
        change(&budget)
        spinBudget.storeRelaxed(budget.word)
        return budget.polls
    }
}
