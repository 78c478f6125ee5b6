/// A virtual node: a position on the circle and the member that put it there.
public struct RingPoint: Hashable, Sendable {
    /// Where on the circle of 2⁶⁴ positions.
    public let position: UInt64
    /// The member's number: its rank by name.
    public let owner: UInt32

    /// A point of `owner` at `position`.
    @inlinable
    public init(position: UInt64, owner: UInt32) {
        self.position = position
        self.owner = owner
    }
}

extension RingPoint: Comparable {
    /// Orders by position, and at one position by the member's rank: where two members' points
    /// fall together, the one whose name comes first owns the arc that ends there.
    @inlinable
    public static func < (left: RingPoint, right: RingPoint) -> Bool {
        left.position < right.position
            || (left.position == right.position && left.owner < right.owner)
    }
}
