extension RingPoint {
    /// Sorts points that come in order of owner by position, keeping that order where positions
    /// are equal.
    ///
    /// Least-significant-digit radix sort, six passes of 11 bits: linear in the number of points
    /// whatever the positions are, equal ones included (Knuth, TAOCP 3, 5.2.5). A pass is skipped
    /// where all points share its digit.
    static func sortByPosition(_ points: inout [RingPoint]) {
        var scratch = points
        for shift in stride(from: 0, to: 64, by: digitBits) {
            var starts = digitCounts(points, shift: shift)
            if starts.contains(points.count) { continue }
            var total = 0
            for digit in starts.indices {
                let count = starts[digit]
                starts[digit] = total
                total += count
            }
            for point in points {
                let digit = point.digit(shift: shift)
                scratch[starts[digit]] = point
                starts[digit] += 1
            }
            swap(&points, &scratch)
        }
    }

    /// Two sorted lists as one sorted list, in time linear in both.
    ///
    /// With `leftFirstAtTies` the order at one position is that of the lists, not that of the owners:
    /// a mistake to plant, which no ring makes otherwise.
    static func merged(
        _ left: [RingPoint], _ right: [RingPoint], leftFirstAtTies: Bool = false
    ) -> [RingPoint] {
        if left.isEmpty { return right }
        if right.isEmpty { return left }
        var merged: [RingPoint] = []
        merged.reserveCapacity(left.count + right.count)
        var (next, other) = (0, 0)
        while next < left.count, other < right.count {
            let isTie = leftFirstAtTies && right[other].position == left[next].position
            if !isTie, right[other] < left[next] {
                merged.append(right[other])
                other += 1
            } else {
                merged.append(left[next])
                next += 1
            }
        }
        merged.append(contentsOf: left[next...])
        merged.append(contentsOf: right[other...])
        return merged
    }

    private static let digitBits = 11

    private func digit(shift: Int) -> Int {
        Int(truncatingIfNeeded: (position >> shift) & ((1 << RingPoint.digitBits) - 1))
    }

    private static func digitCounts(_ points: [RingPoint], shift: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: 1 << digitBits)
        for point in points { counts[point.digit(shift: shift)] += 1 }
        return counts
    }
}
