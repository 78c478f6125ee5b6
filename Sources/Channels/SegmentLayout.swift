/// How elements lie in a segment of an unbounded channel: behind a line of bookkeeping, in slots
/// that each say what is in them.
///
/// ```
///  0      8       16     24           32                64
///  ├──────┼───────┼──────┼────────────┼─────────────────┼──────────────┬──────────────┬──
///  │ next │ skips │ left │ references │ older           │ state,element│ state,element│ …
///  └──────┴───────┴──────┴────────────┴─────────────────┴──────────────┴──────────────┴──
/// ```
///
/// An element and the news of it travel in one cache line, or in neighbouring ones.
@usableFromInline
enum SegmentLayout<Element: ~Copyable> {
    /// From a slot's beginning, where its state is, to its element. Slots are aligned to it.
    @inlinable static var elementOffset: Int { max(4, MemoryLayout<Element>.alignment) }

    /// Bytes from one slot to the next.
    @inlinable static var slotStride: Int {
        let end = elementOffset + MemoryLayout<Element>.stride
        return (end + elementOffset - 1) / elementOffset * elementOffset
    }

    /// From a segment's beginning to its first slot.
    @inlinable static var slotsOffset: Int { max(64, MemoryLayout<Element>.alignment) }

    /// Slots of a segment, unless a test wants fewer: 60 (a segment of 8-byte elements is then a
    /// kibibyte), fewer where those would take more than 16 KiB, but not under 7.
    @inlinable static var capacity: Int {
        min(60, max(7, (16384 - slotsOffset) / slotStride))
    }
}

/// The numbers of a `SegmentLayout` for the code that is not specialised by the element, and what
/// else never changes once a channel is made.
@frozen @usableFromInline
struct SegmentGeometry {
    /// Slots of a segment.
    @usableFromInline let capacity: UInt64
    @usableFromInline let slotsOffset: Int
    @usableFromInline let slotStride: Int
    @usableFromInline let alignment: Int
    /// Bytes of a segment.
    @usableFromInline let byteCount: Int
    /// The slot whose sender prepares the next segment; no slot's where none is prepared.
    @usableFromInline let middle: UInt64
    /// Whether segments are kept for the next use, a few of them, and prepared before they are
    /// needed.
    @usableFromInline let keepsSegments: Bool
    /// Whether there may be more than one consumer.
    @usableFromInline let hasManyConsumers: Bool
    /// What the counts of segments begin with: tests begin near the end of the 64 bits.
    @usableFromInline let firstSegment: UInt64

    /// - Parameter capacity: 1 to 64: there is a bit for each slot.
    init<Element: ~Copyable>(
        _ layout: SegmentLayout<Element>.Type, capacity: Int, keepsSegments: Bool,
        hasManyConsumers: Bool, firstSegment: UInt64
    ) {
        precondition(
            (1...64).contains(capacity), "a segment has 1 to 64 slots, not \(capacity)")
        self.capacity = UInt64(capacity)
        slotsOffset = layout.slotsOffset
        slotStride = layout.slotStride
        // So that the low eight bits of an address are free (see `SendTickets`).
        alignment = max(256, MemoryLayout<Element>.alignment)
        byteCount = layout.slotsOffset + capacity * layout.slotStride
        middle = keepsSegments ? UInt64(capacity / 2) : .max
        self.keepsSegments = keepsSegments
        self.hasManyConsumers = hasManyConsumers
        self.firstSegment = firstSegment
    }
}
