/// An arc of the circle whose keys have another owner in a newer ring.
public struct MovedRange: Hashable, Sendable {
    /// The positions whose keys move.
    public let arc: HashArc
    /// Who owned them: the member's number in the older ring.
    public let from: UInt32
    /// Who owns them now: the member's number in the newer ring.
    public let to: UInt32
}

/// An arc of the circle whose keys have another set of replicas in a newer ring.
public struct MovedReplicas: Hashable, Sendable {
    /// The positions whose keys have other replicas.
    public let arc: HashArc
    /// Who held them, the owner first: numbers in the older ring.
    public let from: [UInt32]
    /// Who holds them now, the owner first: numbers in the newer ring.
    public let to: [UInt32]
    /// Those of `from` that hold them no longer; numbers in the older ring.
    public let leaving: [UInt32]
    /// Those of `to` that did not hold them before and need a copy; numbers in the newer ring.
    public let joining: [UInt32]
}

extension Sequence where Element == MovedRange {
    /// The part of the circle that moves, exactly.
    public var moved: CircleShare { reduce(.none) { $0 + $1.arc.share } }
}

extension Sequence where Element == MovedReplicas {
    /// The part of the circle whose replicas change, exactly.
    public var moved: CircleShare { reduce(.none) { $0 + $1.arc.share } }
}
