/// The arithmetic of positions in a ring with many ends.
///
/// A position is a number of 63 bits that only grows (and wraps after centuries): the lap round the
/// ring above, the slot's index in the low bits, as many as one more than the capacity needs. So
/// any capacity is exact, the index is a mask away, and going on is a comparison, no division.
///
/// A slot's stamp is the position that may be written next while it is free, and 1 more while it
/// holds the element of that position. (The index of the last slot and 1 do not reach the bits of
/// the lap.)
@frozen @usableFromInline
struct RingPositions {
    /// Elements that the ring holds.
    @usableFromInline let capacity: UInt64
    /// The bits of an index.
    @usableFromInline let mask: UInt64

    @inlinable
    init(capacity: Int) {
        self.capacity = UInt64(capacity)
        mask = UInt64.max >> UInt64(UInt64(capacity).leadingZeroBitCount)
    }

    /// Bit of the tail that says that nothing is to be sent any more. No position and no stamp has
    /// it.
    @inlinable static var closed: UInt64 { 1 << 63 }

    /// What stands in place of a position where there is none to be had now. Above all positions.
    @inlinable static var none: UInt64 { 1 << 63 }

    /// What stands in place of a position where there will be none.
    @inlinable static var never: UInt64 { .max }

    /// Which slot a position is about.
    @inlinable @inline(__always)
    func index(of position: UInt64) -> UInt64 { position & mask }

    /// The position behind this one.
    @inlinable @inline(__always)
    func after(_ position: UInt64) -> UInt64 {
        if _slowPath((position & mask) &+ 1 == capacity) {
            return ((position | mask) &+ 1) & ~Self.closed
        }
        return position &+ 1
    }

    /// The same slot in the next lap.
    @inlinable @inline(__always)
    func lapLater(_ position: UInt64) -> UInt64 {
        (position &+ mask &+ 1) & ~Self.closed
    }

    /// Whether `stamp` is that of an earlier time than `position`; they are less than half of all
    /// laps apart.
    @inlinable
    func isBefore(_ stamp: UInt64, _ position: UInt64) -> Bool {
        Int64(bitPattern: (stamp &- position) << 1) < 0
    }

    /// The first position of a lap.
    @inlinable
    func start(ofLap lap: UInt64) -> UInt64 {
        (lap &* (mask &+ 1)) & ~Self.closed
    }

    /// How many elements lie between two positions, of which `end` is the later one.
    @inlinable
    func distance(from start: UInt64, to end: UInt64) -> UInt64 {
        let from = index(of: start)
        let to = index(of: end)
        let laps = ((end &- to &- start &+ from) & ~Self.closed) / (mask &+ 1)
        return laps &* capacity &+ to &- from
    }
}
