/// A part of the circle, exactly: how many of its 2⁶⁴ positions.
public struct CircleShare: Hashable, Sendable {
    /// The number of positions, from 0 to 2⁶⁴.
    public let positions: UInt128

    /// The share of `positions` positions, at most 2⁶⁴.
    public init(positions: UInt128) {
        precondition(positions <= CircleShare.circle, "\(positions) positions")
        self.positions = positions
    }

    /// No position.
    public static let none = CircleShare(positions: 0)
    /// The whole circle.
    public static let whole = CircleShare(positions: circle)

    /// The share as a fraction of the circle, from 0 to 1, rounded to the nearest double.
    public var fraction: Double { Double(positions) * 0x1p-64 }

    /// Both shares together; they must not exceed the circle.
    public static func + (left: CircleShare, right: CircleShare) -> CircleShare {
        CircleShare(positions: left.positions + right.positions)
    }

    private static let circle = UInt128(1) << 64
}

extension CircleShare: Comparable {
    /// Orders by size.
    public static func < (left: CircleShare, right: CircleShare) -> Bool {
        left.positions < right.positions
    }
}

/// An arc of the circle that is never empty: the positions after `after` up to and including
/// `through`, clockwise, past the highest position to 0 where need be.
///
/// Half-open at its start because a point owns the positions up to itself. Where both ends are the
/// same it is the whole circle.
public struct HashArc: Hashable, Sendable {
    /// The last position before the arc.
    public let after: UInt64
    /// The last position of the arc.
    public let through: UInt64

    /// The positions after `after` up to `through`; the whole circle where they are equal.
    public init(after: UInt64, through: UInt64) {
        self.after = after
        self.through = through
    }

    /// Whether the position `hash` lies on the arc.
    public func contains(_ hash: UInt64) -> Bool {
        // Counted from the arc's first position, so that the wrap needs no case of its own.
        hash &- after &- 1 <= through &- after &- 1
    }

    /// How much of the circle it is.
    public var share: CircleShare {
        CircleShare(positions: UInt128(through &- after &- 1) + 1)
    }
}

extension HashArc: CustomStringConvertible {
    /// Such as `(0x10, 0x2f]`.
    public var description: String {
        "(0x\(String(after, radix: 16)), 0x\(String(through, radix: 16))]"
    }
}
