import CNilometerShims

/// One bucket of the circle in one cache line: where its points lie and who owns what lies between
/// them.
///
///     bytes  0..<2    the number of the first point, low half
///     bytes  2..<30   14 places of points in ascending order, in 2⁻¹⁵ of the bucket
///     bytes 30..<32   the number of the first point, high half
///     bytes 32..<62   15 owners: of what lies up to the first point, …, beyond the last
///     bytes 62..<64   how many points there are; 15 stands for more than 14
///
/// Seven points are expected in a bucket; the places beyond the last hold the highest place and
/// the owners beyond it repeat it. A bucket of more than 14 points (one in 170) has no places and
/// the owner `unknown` throughout, and so has one whose owners do not fit in 16 bits: there the
/// points decide.
@safe @frozen @usableFromInline struct LookupLine {
    /// The line's 64 bytes, aligned to 64.
    @usableFromInline let bytes: UnsafeRawPointer

    @inlinable @inline(__always)
    init(at bytes: UnsafeRawPointer) { unsafe self.bytes = bytes }

    /// A place in a bucket, cut to the 15 bits that a line keeps.
    @inlinable @inline(__always)
    static func place(_ lowWord: UInt64) -> Int16 { Int16(truncatingIfNeeded: lowWord &>> 49) }

    /// How many of the line's places are at most `place`.
    @inlinable @inline(__always)
    func rank(of place: Int16) -> Int {
        // Sound: reads bytes 2..<34 of the line's 64.
        unsafe Int(truncatingIfNeeded: nilometer_rank14(bytes + LookupLine.placesOffset, place))
    }

    /// Whether the point before rank `rank` has this very place, so that 15 bits do not tell on
    /// which side of it a hash lies. Rank 0 compares half a point's number: a needless yes, once
    /// in 2¹⁶, costs a look at the points and no more.
    @inlinable @inline(__always)
    func isTied(_ place: Int16, atRank rank: Int) -> Bool {
        // Sound: a rank is at most 14, so these are two of the bytes 0..<30.
        unsafe bytes.load(fromByteOffset: rank &* 2, as: Int16.self) == place
    }

    /// The owner at rank `rank`, or `unknown`.
    @inlinable @inline(__always)
    func owner(atRank rank: Int) -> UInt16 {
        // Sound: a rank is at most 14, so these are two of the bytes 32..<62.
        unsafe bytes.load(fromByteOffset: LookupLine.ownersOffset &+ rank &* 2, as: UInt16.self)
    }

    /// The number of the first point at or beyond the bucket's start.
    @inlinable @inline(__always)
    var firstPoint: Int {
        // Sound: both halves lie in the line's first 32 bytes.
        let low = unsafe bytes.load(fromByteOffset: 0, as: UInt16.self)
        let high = unsafe bytes.load(fromByteOffset: LookupLine.highHalfOffset, as: UInt16.self)
        return Int(high) &<< 16 | Int(low)
    }

    /// How many points the bucket has; `crowded` for more than 14.
    @inlinable @inline(__always)
    var count: Int {
        // Sound: the line's last two bytes.
        unsafe Int(bytes.load(fromByteOffset: LookupLine.countOffset, as: UInt16.self))
    }

    @inlinable @inline(__always) static var unknown: UInt16 { .max }
    @inlinable @inline(__always) static var capacity: Int { 14 }
    @inlinable @inline(__always) static var crowded: Int { 15 }
    @inlinable @inline(__always) static var byteCount: Int { 64 }
    @inlinable @inline(__always) static var placesOffset: Int { 2 }
    @inlinable @inline(__always) static var highHalfOffset: Int { 30 }
    @inlinable @inline(__always) static var ownersOffset: Int { 32 }
    @inlinable @inline(__always) static var countOffset: Int { 62 }
}

extension LookupLine {
    /// Writes the line of the bucket that holds the points numbered `range`.
    ///
    /// - Parameters:
    ///   - bytes: the line's 64 bytes.
    ///   - range: at most 2³² points precede and lie in it.
    ///   - points: all points, sorted.
    ///   - lineCount: how many buckets cut the circle.
    static func write(
        to bytes: UnsafeMutableRawPointer, points range: Range<Int>, of points: Span<RingPoint>,
        lineCount: UInt64
    ) {
        func owner(_ index: Int) -> UInt16 {
            let point = points[index < points.count ? index : 0]
            return UInt16(exactly: point.owner) ?? unknown
        }
        let isCrowded = range.count > capacity
        let first = UInt32(range.lowerBound)
        // Sound: every offset is within the 64 bytes that the caller gives.
        unsafe bytes.storeBytes(of: UInt16(truncatingIfNeeded: first), as: UInt16.self)
        unsafe bytes.storeBytes(
            of: UInt16(first >> 16), toByteOffset: highHalfOffset, as: UInt16.self)
        unsafe bytes.storeBytes(
            of: UInt16(isCrowded ? crowded : range.count), toByteOffset: countOffset,
            as: UInt16.self)
        for slot in 0..<capacity {
            var place = Int16.max
            if !isCrowded, slot < range.count {
                let position = points[range.lowerBound + slot].position
                place = self.place(position.multipliedFullWidth(by: lineCount).low)
            }
            unsafe bytes.storeBytes(
                of: place, toByteOffset: placesOffset + slot * 2, as: Int16.self)
        }
        for rank in 0...capacity {
            let owner = isCrowded ? unknown : owner(min(range.lowerBound + rank, range.upperBound))
            unsafe bytes.storeBytes(
                of: owner, toByteOffset: ownersOffset + rank * 2, as: UInt16.self)
        }
    }
}
