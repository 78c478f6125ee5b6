/// How elements lie in memory: in blocks of a cache line (or more, for large elements), each with
/// the two words that say what is in it.
///
/// ```
///  0          4          8                                                   64
///  ├──────────┼──────────┼────────┬────────┬────────┬────────┬────────┬───────┤
///  │published │ released │ slot 0 │ slot 1 │ …                              │
///  └──────────┴──────────┴────────┴────────┴────────┴────────┴────────┴───────┘
/// ```
///
/// - `published` is written by the producer after each element, `released` by the consumer. Both
///   are *tokens*: the lap round the ring in the high bits, and in the low `lapShift` bits how
///   many slots of the block are done in that lap. `released` is a lap ahead: it says up to where
///   the producer may write.
/// - An element, the news of it and the room it leaves travel in one cache line. A ring with two
///   shared indices moves three lines for that. The consumer's write makes the line dirty in its
///   cache, and a dirty line is handed over whole when the producer asks for it again: the store
///   that follows needs no second transfer.
/// - Slots end where the block ends, so that in one-line blocks the end of a block is a matter of
///   six address bits.
/// - Tokens are 32 bits wide and wrap: they are compared by the sign of their difference. The
///   words of one block are never more than two laps apart.
@usableFromInline
enum BlockOffset {
    /// Offset of the word that the producer writes.
    @inlinable static var published: Int { 0 }

    /// Offset of the word that the consumer writes.
    @inlinable static var released: Int { 4 }
}

/// The numbers of a block for one type of element. See `BlockOffset` for the picture.
@usableFromInline
enum BlockLayout<Element: ~Copyable> {
    /// Bytes of a cache line on x86-64 and on most AArch64 processors.
    @inlinable static var lineBytes: Int { 64 }

    /// Bytes from one slot to the next.
    @inlinable static var stride: Int { MemoryLayout<Element>.stride }

    @inlinable static var headBytes: Int { max(8, MemoryLayout<Element>.alignment) }

    /// Whether a block is one cache line with as many slots as fit; else it is the fewest lines
    /// that hold one slot.
    @inlinable static var isOneLine: Bool { headBytes + stride <= lineBytes }

    /// Bytes of a block.
    @inlinable static var blockBytes: Int {
        if isOneLine { return lineBytes }
        let unit = max(lineBytes, MemoryLayout<Element>.alignment)
        return (headBytes + stride + unit - 1) / unit * unit
    }

    /// Slots of a full block.
    @inlinable static var slotsPerBlock: Int {
        isOneLine ? (lineBytes - headBytes) / stride : 1
    }

    /// Offset of the first slot of a full block.
    @inlinable static var slotsOffset: Int { blockBytes - slotsPerBlock * stride }

    /// Bits of a token that count slots: enough for `slotsPerBlock`.
    @inlinable static var lapShift: Int {
        Int.bitWidth - slotsPerBlock.leadingZeroBitCount
    }

    /// Difference between the tokens of one slot in two consecutive laps.
    @inlinable static var lap: UInt32 { 1 &<< UInt32(truncatingIfNeeded: lapShift) }

    /// How far ahead each end asks for lines: four blocks hide a transfer between two caches that
    /// share their last level, and more pushes out what is still wanted.
    @inlinable static var prefetchBytes: Int { 4 * blockBytes }

    /// How far ahead a batch asks for lines.
    @inlinable static var batchPrefetchBytes: Int { 16 * blockBytes }

    /// Largest capacity that is accepted: 2³² elements, or less where they would fill 2⁴⁰ bytes.
    @inlinable static var maximumCapacity: Int {
        min(1 << 32, (1 << 40) / blockBytes * slotsPerBlock)
    }
}
