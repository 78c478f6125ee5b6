/// A set of positions on the circle, kept as the arcs that it is made of.
///
/// Two sets are equal exactly if they hold the same positions.
public struct ArcSet: Hashable, Sendable {
    /// The stretches from 0 to the highest position, in order; none touches the next, and one that goes
    /// across the end of the circle is two. Both ends belong to it, so that the whole circle has one.
    var stretches: [ClosedRange<UInt64>]

    /// No position.
    public init() { stretches = [] }

    /// Every position.
    public static let whole = ArcSet(normal: [0...UInt64.max])

    /// The positions of all these arcs, which may overlap. O(n log n).
    public init(_ arcs: some Sequence<HashArc>) {
        var stretches: [ClosedRange<UInt64>] = []
        for arc in arcs {
            if arc.after == arc.through {
                stretches.append(0...UInt64.max)
            } else if arc.after < arc.through {
                stretches.append(arc.after + 1...arc.through)
            } else {
                stretches.append(0...arc.through)
                if arc.after < .max { stretches.append(arc.after + 1...UInt64.max) }
            }
        }
        self.stretches = ArcSet.joined(stretches)
    }

    private init(normal stretches: [ClosedRange<UInt64>]) { self.stretches = stretches }

    /// Whether it has no position.
    public var isEmpty: Bool { stretches.isEmpty }

    /// Whether the position `hash` is in it. O(log n).
    public func contains(_ hash: UInt64) -> Bool {
        var (low, high) = (0, stretches.count)
        while low < high {
            let middle = low + (high - low) / 2
            if stretches[middle].upperBound < hash { low = middle + 1 } else { high = middle }
        }
        return low < stretches.count && stretches[low].lowerBound <= hash
    }

    /// How much of the circle it is.
    public var share: CircleShare {
        stretches.reduce(.none) { sum, stretch in
            let length = UInt128(stretch.upperBound - stretch.lowerBound) + 1
            return sum + CircleShare(positions: length)
        }
    }

    /// The fewest arcs that have these positions, clockwise from the first that begins at 0 or later.
    public var arcs: [HashArc] {
        guard let first = stretches.first, let last = stretches.last else { return [] }
        var arcs = stretches.map { HashArc(after: $0.lowerBound &- 1, through: $0.upperBound) }
        if stretches.count > 1, first.lowerBound == 0, last.upperBound == .max {
            arcs[arcs.count - 1] = HashArc(after: last.lowerBound &- 1, through: first.upperBound)
            arcs.removeFirst()
        }
        return arcs
    }
}

extension ArcSet {
    /// The positions of either. Linear in both, but for a sort of what is nearly sorted.
    public func union(_ other: ArcSet) -> ArcSet {
        ArcSet(normal: ArcSet.joined(stretches + other.stretches))
    }

    /// The positions of both. Linear in both.
    public func intersection(_ other: ArcSet) -> ArcSet {
        var common: [ClosedRange<UInt64>] = []
        var (next, another) = (0, 0)
        while next < stretches.count, another < other.stretches.count {
            let (left, right) = (stretches[next], other.stretches[another])
            let start = max(left.lowerBound, right.lowerBound)
            let end = min(left.upperBound, right.upperBound)
            if start <= end { common.append(start...end) }
            if left.upperBound < right.upperBound { next += 1 } else { another += 1 }
        }
        return ArcSet(normal: common)
    }

    /// The positions of this one that are not in the other. Linear in both.
    public func subtracting(_ other: ArcSet) -> ArcSet { intersection(other.complement) }

    /// Every position that is not in it. Linear.
    public var complement: ArcSet {
        var gaps: [ClosedRange<UInt64>] = []
        var start: UInt64 = 0
        for stretch in stretches {
            if stretch.lowerBound > start { gaps.append(start...stretch.lowerBound - 1) }
            if stretch.upperBound == .max { return ArcSet(normal: gaps) }
            start = stretch.upperBound + 1
        }
        gaps.append(start...UInt64.max)
        return ArcSet(normal: gaps)
    }

    /// Sorted, those that overlap or touch made one.
    private static func joined(_ stretches: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        var joined: [ClosedRange<UInt64>] = []
        joined.reserveCapacity(stretches.count)
        for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = joined.last,
                last.upperBound == .max || stretch.lowerBound <= last.upperBound + 1
            else {
                joined.append(stretch)
                continue
            }
            joined[joined.count - 1] =
                last.lowerBound...max(last.upperBound, stretch.upperBound)
        }
        return joined
    }
}

extension ArcSet: CustomStringConvertible {
    /// Its arcs, such as `{(0x10, 0x2f]}`.
    public var description: String {
        "{" + arcs.map(\.description).joined(separator: " ") + "}"
    }
}
