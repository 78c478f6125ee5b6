/// A piece of an unbounded channel: `SegmentGeometry.capacity` slots, each of which is written once and
/// read once, and the way to the next piece. See `SegmentLayout` for the picture.
///
/// Who may touch a segment: whoever has a ticket for one of its slots and is not through with it, and
/// whoever holds one of its references. It is given back when both ends have left it, all their
/// references are gone, and all slots are done with.
@safe @frozen @usableFromInline
struct Segment<Atomics: AtomicsProvider> {
    @usableFromInline let base: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    init(at base: UnsafeMutableRawPointer) {
        unsafe self.base = base
    }

    /// - Parameter address: of a segment, as tickets have it; not 0.
    @inlinable @inline(__always)
    init(_ address: UInt64) {
        // Sound: the address came from a pointer that `makeSegment` has got.
        unsafe base = UnsafeMutableRawPointer(bitPattern: UInt(address)).unsafelyUnwrapped
    }

    /// As tickets have it.
    @inlinable var address: UInt64 {
        @inline(__always) get { unsafe UInt64(UInt(bitPattern: base)) }
    }

    // All accesses below are sound because `makeSegment` has made atomics at these offsets, and
    // because of the rule above.

    /// Address of the next segment; 0 while there is none.
    @inlinable var next: SegmentCell<Atomics> {
        @inline(__always) get { unsafe SegmentCell(at: base) }
    }

    /// A bit for each slot that its receiver does not want to wait for: its sender goes on to another.
    @inlinable var skips: SegmentCell<Atomics> {
        @inline(__always) get { unsafe SegmentCell(at: base + 8) }
    }

    /// A bit for each of those whose receiver will not look at the segment again.
    @inlinable var left: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 16) }

    /// How many references there are, plus `residence` for each end that has not left.
    @inlinable var references: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 24) }

    /// Address of the segment that was put on the same pile before this one.
    @inlinable var older: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 32) }

    /// What an end counts for that has not left. More than all references together.
    @inlinable static var residence: UInt64 { 1 &<< 32 }
}

/// What a slot's state says of it.
@usableFromInline
enum SlotState {
    /// Nothing was written yet.
    @inlinable static var empty: UInt32 { 0 }
    /// There is an element for whoever has the receiver's ticket.
    @inlinable static var written: UInt32 { 1 }
    /// Neither side will touch it again.
    @inlinable static var done: UInt32 { 2 }
    /// The sender went on to another slot, because of the bit in `Segment.skips`.
    @inlinable static var skipped: UInt32 { 3 }
}

/// A ticket for a slot: the right to write it, or to read it when it is written.
@frozen @usableFromInline
struct SegmentClaim<Atomics: AtomicsProvider> {
    @usableFromInline let segment: Segment<Atomics>
    /// Of the slot in the segment, counted from 0; below the capacity.
    @usableFromInline let number: UInt64

    @inlinable @inline(__always)
    init(_ segment: Segment<Atomics>, _ number: UInt64) {
        self.segment = segment
        self.number = number
    }

    /// The slot's bit in `Segment.skips` and `Segment.left`.
    @inlinable var bit: UInt64 { @inline(__always) get { 1 &<< number } }

    /// Whether the receiver does not want to wait for the sender, who asks.
    @inlinable var isUnwanted: Bool {
        // Relaxed: a receiver that gives up sets the bit before its addition to the senders' word, from
        // which the asking sender's ticket was taken if it found the slot without a sender.
        @inline(__always) get { segment.skips.loadRelaxed() & bit != 0 }
    }

    /// The slot. For code that is specialised by the element.
    @inlinable @inline(__always)
    func slot<Element: ~Copyable>(_ layout: SegmentLayout<Element>.Type) -> SegmentSlot<Atomics> {
        // Sound: inside the segment.
        unsafe SegmentSlot(
            at: segment.base + layout.slotsOffset
                + Int(truncatingIfNeeded: number) &* layout.slotStride)
    }

    /// The slot. For code that is not.
    @inlinable
    func slot(_ geometry: SegmentGeometry) -> SegmentSlot<Atomics> {
        // Sound: inside the segment.
        unsafe SegmentSlot(
            at: segment.base + geometry.slotsOffset + Int(number) &* geometry.slotStride)
    }
}

/// A slot of a segment, in the hands of whoever has a ticket for it.
@safe @frozen @usableFromInline
struct SegmentSlot<Atomics: AtomicsProvider> {
    @usableFromInline let base: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    init(at base: UnsafeMutableRawPointer) {
        unsafe self.base = base
    }

    /// One of `SlotState`.
    @inlinable var state: SharedWord<Atomics> {
        // Sound: `makeSegment` has made an atomic at the beginning of every slot.
        @inline(__always) get { unsafe SharedWord(at: base) }
    }

    /// The slot as memory for an element. Whether it holds one, the state says.
    @inlinable @inline(__always)
    func place<Element: ~Copyable>(_: Element.Type) -> UnsafeMutablePointer<Element> {
        // Sound: inside the slot, aligned, and used for nothing else.
        unsafe (base + SegmentLayout<Element>.elementOffset).assumingMemoryBound(to: Element.self)
    }

    /// Puts the element in, and hands it to the receiver. The segment may be gone afterwards.
    @inlinable @inline(__always)
    func write<Element: ~Copyable>(_ element: consuming Element) {
        let place = unsafe place(Element.self)
        // Sound: the sender's ticket is the right to write, once.
        unsafe Atomics.willWrite(place, count: 1)
        unsafe place.initialize(to: element)
        // Pairs with the acquiring loads of the receivers: who sees it finds the element.
        state.storeReleasing(SlotState.written)
    }

    /// Takes out the element that was written. Leaves the state to the caller.
    @inlinable @inline(__always)
    func moveElement<Element: ~Copyable>(_: Element.Type) -> Element {
        let place = unsafe place(Element.self)
        // Sound: written, which was acquired; the receiver's ticket is the right to read, once.
        unsafe Atomics.willRead(place, count: 1)
        return unsafe place.move()
    }

    /// Takes out the element that was written, where many receive. The segment may be gone afterwards.
    @inlinable @inline(__always)
    func take<Element: ~Copyable>(_ type: Element.Type) -> Element {
        let element = moveElement(type)
        // Pairs with the acquiring load in `isDone`: the element is out, and this was all.
        state.storeReleasing(SlotState.done)
        return element
    }
}
