/// Counts the rings that a cluster has had; who may give out versions sees to it that none is given
/// twice.
public struct RingVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// Version number `rawValue`.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The version of a cluster's first ring.
    public static let first = RingVersion(1)

    /// The version after this one.
    public var next: RingVersion { RingVersion(rawValue + 1) }

    /// Orders by number: the higher is the newer.
    public static func < (left: RingVersion, right: RingVersion) -> Bool {
        left.rawValue < right.rawValue
    }

    /// `v` and the number.
    public var description: String { "v\(rawValue)" }
}

/// What a ring is made of, at one version: the value that nodes send each other, and from which each
/// makes the same `AnkhRing`.
///
/// Equal versions are to mean equal views; `PublishedRing` reports where they do not.
public struct RingView: Hashable, Sendable {
    /// Which of the cluster's rings it is.
    public let version: RingVersion
    /// The members in the order of their names.
    public let members: [RingMember]
    /// Points for each unit of weight.
    public let virtualNodes: Int

    /// The view of these members, which may come in any order.
    ///
    /// - Throws: what makes no ring of them. Names that look alike and are not the same bytes pass: a
    ///   view that one node has taken, every node must take. They are refused where they are proposed.
    public init(
        version: RingVersion, members: [RingMember],
        virtualNodes: Int = AnkhRing.defaultVirtualNodes
    ) throws(RingError) {
        guard virtualNodes > 0 else { throw .invalidVirtualNodes(virtualNodes) }
        self.version = version
        self.members = try Membership.validated(members, virtualNodes: virtualNodes)
        self.virtualNodes = virtualNodes
    }

    init(version: RingVersion, ordered members: [RingMember], virtualNodes: Int) {
        self.version = version
        self.members = members
        self.virtualNodes = virtualNodes
    }

    /// The number that the member called `name` has in the view's ring; nil where there is none.
    public func index(of name: NodeName) -> UInt32? { Membership.index(of: name, in: members) }
}
