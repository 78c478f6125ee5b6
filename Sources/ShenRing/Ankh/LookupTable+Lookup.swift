import CNilometerShims

extension LookupTable {
    /// The owner of the first point at or after `hash`, clockwise.
    @inlinable @inline(__always)
    func owner(ofHash hash: UInt64) -> UInt32 {
        let (line, place) = find(hash)
        let rank = line.rank(of: place)
        let owner = line.owner(atRank: rank)
        if _slowPath(owner == LookupLine.unknown) { return exactOwner(ofHash: hash) }
        if _slowPath(line.isTied(place, atRank: rank)) { return exactOwner(ofHash: hash) }
        return UInt32(owner)
    }

    /// The owner of `hash` by the sorted points.
    @inlinable @inline(never)
    func exactOwner(ofHash hash: UInt64) -> UInt32 {
        // Sound: a position is at most `pointCount`, where the sentinel is.
        unsafe points[position(ofHash: hash)].owner
    }

    /// The number of the first point at or after `hash`; `pointCount` beyond the last.
    @inlinable @inline(__always)
    func position(ofHash hash: UInt64) -> Int {
        let (line, place) = find(hash)
        let rank = line.rank(of: place)
        if _fastPath(line.count != LookupLine.crowded && !line.isTied(place, atRank: rank)) {
            return line.firstPoint &+ rank
        }
        return scan(from: line.firstPoint, for: hash)
    }

    /// The number of the first point from `start` on that is at or after `hash`.
    @inlinable @inline(never)
    func scan(from start: Int, for hash: UInt64) -> Int {
        var index = start
        // Sound: `start` is at most `pointCount`, and no hash exceeds the sentinel there.
        while unsafe points[index].position < hash { index &+= 1 }
        return index
    }

    /// Asks for the line that a lookup of `hash` will read.
    @inlinable @inline(__always)
    func prefetch(_ hash: UInt64) {
        unsafe nilometer_prefetch(find(hash).line.bytes)
    }

    /// The line of `hash`'s bucket, and the place of `hash` in it.
    @inlinable @inline(__always)
    func find(_ hash: UInt64) -> (line: LookupLine, place: Int16) {
        let (bucket, place) = hash.multipliedFullWidth(by: lineCount)
        // Sound: the high word of a product with `lineCount` is below it, so the line is one of
        // those allocated.
        let offset = Int(truncatingIfNeeded: bucket &* UInt64(LookupLine.byteCount))
        return (unsafe LookupLine(at: lines + offset), LookupLine.place(place))
    }
}
