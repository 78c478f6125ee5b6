/// A node of a cluster, by the number it was given; numbers are not used again for other nodes.
public struct NodeID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt32

    /// The node of this number.
    @inlinable
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// The node at a place of a list.
    @inlinable
    public init(place: Int) { rawValue = UInt32(place) }

    /// Its number as a place in a list.
    @inlinable
    public var place: Int { Int(rawValue) }

    /// Orders by number.
    @inlinable
    public static func < (left: NodeID, right: NodeID) -> Bool { left.rawValue < right.rawValue }

    /// `n` and the number.
    public var description: String { "n\(rawValue)" }
}
