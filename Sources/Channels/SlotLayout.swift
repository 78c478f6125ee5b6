/// How the slots of a ring with many ends lie in memory: each a stamp and an element, side by side.
///
/// ```
///  0        8          16       24         32                                64
///  ├────────┼──────────┼────────┼──────────┼────────┬──────────┬──────┬────────┤
///  │ stamp  │ element  │ stamp  │ element  │ …      four slots a line for 8 bytes
///  └────────┴──────────┴────────┴──────────┴────────┴──────────┴──────┴────────┘
/// ```
///
/// No slot crosses a line that it need not cross: slots are a power of two of bytes up to a line,
/// and whole lines above.
@usableFromInline
enum SlotLayout<Element: ~Copyable> {
    /// Bytes of a cache line on x86-64 and on most AArch64 processors.
    @inlinable static var lineBytes: Int { 64 }

    /// Offset of the element in its slot.
    @inlinable static var elementOffset: Int { max(8, MemoryLayout<Element>.alignment) }

    /// Bytes from one slot to the next.
    @inlinable static var stride: Int {
        let bytes = elementOffset + MemoryLayout<Element>.size
        if bytes <= lineBytes {
            return 1 << (Int.bitWidth - (bytes - 1).leadingZeroBitCount)
        }
        let unit = max(lineBytes, MemoryLayout<Element>.alignment)
        return (bytes + unit - 1) / unit * unit
    }

    /// Slots of a line, or 1 where a slot takes more than half of one.
    @inlinable static var slotsPerLine: Int { max(1, lineBytes / stride) }

    /// Alignment of the memory that slots lie in.
    @inlinable static var alignment: Int { max(128, MemoryLayout<Element>.alignment) }

    /// How far ahead an end asks for lines: as for `BlockLayout`.
    @inlinable static var prefetchBytes: Int { 4 * max(lineBytes, stride) }

    /// Largest capacity that is accepted: 2³² elements, or less where they would fill 2⁴⁰ bytes.
    @inlinable static var maximumCapacity: Int { min(1 << 32, (1 << 40) / stride) }
}
