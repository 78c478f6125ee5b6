public import Quantities

/// A consistent-hash ring: an immutable snapshot that says which member owns a key.
///
/// Each member has `weight × virtualNodes` points on a circle of 2⁶⁴ positions. A key belongs to
/// the member of the first point at or after the key's own position, clockwise; past the last
/// point the circle goes on at the first. Source: Karger et al., "Consistent hashing and random
/// trees", STOC 1997.
///
/// A point's position is XXH3-64 (seed 0) of the member's name followed by the number of the point
/// among the member's, from 0, as 4 little-endian bytes. A key's position is XXH3-64 of its bytes
/// (`KeyHash`). Members are numbered by the order of their names as bytes. So the same set of
/// members and the same number of virtual nodes give the same ring everywhere, in whatever order
/// they were given or joined. Where points of two members fall on one position, the one whose name
/// comes first owns the arc that ends there.
///
/// Any thread may read a ring. To share one between threads that look up while another replaces
/// it, use `SnapshotCell`. It is noncopyable, so that no lookup costs a reference count.
///
/// 160 virtual nodes do not spread the load within 1 %: the relative standard deviation between
/// members is about 1/√160 = 8 %. `balance()` gives what a ring really has.
public struct AnkhRing: ~Copyable, Sendable {
    /// The members in the order of their names; a lookup's result is an index into it.
    public let members: [RingMember]
    /// Points for each unit of weight.
    public let virtualNodes: Int

    @usableFromInline let table: LookupTable
    let placement: PointPlacement

    /// The number of virtual nodes unless a caller asks for another.
    public static let defaultVirtualNodes = 160
    /// The most points that a ring holds; beyond it a weight is taken for a mistake.
    public static let pointLimit = 1 << 26

    /// The ring of `members`.
    ///
    /// - Parameters:
    ///   - members: at least one member, in any order, with distinct names that are not
    ///     empty and weights of at least 1.
    ///   - virtualNodes: points for each unit of weight, at least 1.
    /// - Throws: what is wrong with the arguments; nothing is replaced by a default.
    /// - Complexity: linear in the number of points.
    public init(
        members: [RingMember], virtualNodes: Int = AnkhRing.defaultVirtualNodes
    ) throws(RingError) {
        try self.init(members: members, virtualNodes: virtualNodes, placement: .xxh3)
    }

    /// The ring of `members` on a circle where `placement` puts the points.
    package init(
        members: [RingMember], virtualNodes: Int, placement: PointPlacement
    ) throws(RingError) {
        guard virtualNodes > 0 else { throw .invalidVirtualNodes(virtualNodes) }
        let ordered = try Membership.validated(members, virtualNodes: virtualNodes)
        var points: [RingPoint] = []
        points.reserveCapacity(ordered.reduce(0) { $0 + $1.weight } * virtualNodes)
        for (index, member) in ordered.enumerated() {
            placement.append(member, at: index, virtualNodes: virtualNodes, to: &points)
        }
        RingPoint.sortByPosition(&points)
        self.init(
            members: ordered, points: points, virtualNodes: virtualNodes, placement: placement)
    }

    init(
        members: [RingMember], points: [RingPoint], virtualNodes: Int, placement: PointPlacement
    ) {
        self.members = members
        self.virtualNodes = virtualNodes
        self.placement = placement
        table = LookupTable(sorted: points.span)
    }

    /// How many points are on the circle.
    public var pointCount: Int { table.pointCount }

    /// The memory of the lookup table, which grows linearly with the points; names not included.
    public var memory: ByteCount { ByteCount(UInt64(table.byteCount)) }

    /// The points in the order of their positions.
    ///
    /// - Complexity: linear in the number of points: a copy, for tests and for comparisons.
    public func points() -> [RingPoint] {
        table.withPoints { points in points.indices.map { points[$0] } }
    }

    /// The number of the member called `name`, or `nil` where there is none.
    ///
    /// - Complexity: logarithmic in the number of members.
    public func index(of name: NodeName) -> UInt32? {
        Membership.index(of: name, in: members)
    }
}
