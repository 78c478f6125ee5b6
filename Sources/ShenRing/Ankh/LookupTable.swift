/// The points of a ring, laid out so that the owner of a hash is found in constant expected time.
///
/// The circle is cut into one bucket for seven points; a hash is in bucket
/// ⌊hash · buckets / 2⁶⁴⌋, the high word of one multiplication, and the low word is its place in
/// the bucket. A bucket is one cache line that holds the places of its points and their owners
/// (`LookupLine`), and nearly always gives the answer alone. Where it cannot (a crowded bucket, or
/// a hash whose place agrees with a point's in 15 bits: less than 1 % together) the sorted points
/// decide, exactly.
///
/// Rejected: an index of buckets into the points (three dependent cache misses for one here),
/// and buckets of 8 bytes for at most one point (as fast while they stay in the cache, but
/// 32 bytes a point, and a mispredicted branch for the 3 % that hold more).
///
/// Memory: 9.2 bytes of lines, which lookups read, and 16 of points for each point.
///
/// `@unchecked Sendable`: the memory is written in `init` and nowhere else, and freed in `deinit`
/// by the only owner; between the two any number of threads read it.
@safe @frozen @usableFromInline
struct LookupTable: ~Copyable, @unchecked Sendable {
    @usableFromInline let lines: UnsafeRawPointer
    @usableFromInline let lineCount: UInt64
    /// The sorted points, and a sentinel at the highest position that has the first one's owner: a
    /// hash beyond the last point wraps to the first.
    @usableFromInline let points: UnsafePointer<RingPoint>
    @usableFromInline let pointCount: Int

    static let pointsPerLine = 7

    /// The table of these points.
    ///
    /// - Precondition: at least one point and fewer than 2³²; sorted.
    /// - Complexity: linear in the number of points.
    init(sorted sortedPoints: Span<RingPoint>) {
        let count = sortedPoints.count
        precondition(count > 0 && count < Int(UInt32.max), "\(count) points")
        pointCount = count
        lineCount = UInt64((count + LookupTable.pointsPerLine - 1) / LookupTable.pointsPerLine)

        // Sound: each block is allocated for exactly what is written to it below, all of it
        // before the pointers are stored and anyone can read.
        let points = UnsafeMutablePointer<RingPoint>.allocate(capacity: count + 1)
        for index in sortedPoints.indices {
            unsafe (points + index).initialize(to: sortedPoints[index])
        }
        unsafe (points + count).initialize(
            to: RingPoint(position: .max, owner: sortedPoints[0].owner))
        unsafe self.points = UnsafePointer(points)

        let lines = UnsafeMutableRawPointer.allocate(
            byteCount: Int(lineCount) * LookupLine.byteCount, alignment: LookupLine.byteCount)
        unsafe LookupTable.fill(lines, lineCount: lineCount, from: sortedPoints)
        unsafe self.lines = UnsafeRawPointer(lines)
    }

    deinit {
        // Sound: the blocks that `init` allocated, of trivial elements; nothing borrows a table
        // that is destroyed.
        unsafe lines.deallocate()
        unsafe points.deallocate()
    }

    /// The bytes that the table occupies.
    var byteCount: Int {
        Int(lineCount) * LookupLine.byteCount + (pointCount + 1) * MemoryLayout<RingPoint>.stride
    }

    /// The sorted points without the sentinel.
    func withPoints<Result, Failure: Error>(
        _ body: (Span<RingPoint>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Sound: the memory holds `pointCount` points for as long as the table is borrowed.
        try body(unsafe UnsafeBufferPointer(start: points, count: pointCount).span)
    }

    private static func fill(
        _ lines: UnsafeMutableRawPointer, lineCount: UInt64, from points: Span<RingPoint>
    ) {
        var first = 0
        for line in 0..<lineCount {
            var end = first
            while end < points.count,
                points[end].position.multipliedFullWidth(by: lineCount).high == line
            { end += 1 }
            // Sound: `line` is below `lineCount`, the number of lines that `lines` has room for.
            unsafe LookupLine.write(
                to: lines + Int(line) * LookupLine.byteCount, points: first..<end, of: points,
                lineCount: lineCount)
            first = end
        }
    }
}
