import StateMachines

/// Which ring a node has, in few bytes: equal stamps, equal views.
public struct RingStamp: Hashable, Sendable {
    /// The version.
    public let version: RingVersion
    /// The view's digest.
    public let digest: UInt64

    /// The stamp of a view.
    public init(of view: RingView) {
        version = view.version
        digest = view.digest
    }
}

extension RingView {
    /// XXH3-64 of the number of virtual nodes and of every member's weight, name's length and name, in
    /// order, numbers as 8 little-endian bytes: the same everywhere, and other for other views but for a
    /// chance of 2⁻⁶⁴.
    public var digest: UInt64 {
        var bytes: [UInt8] = []
        func append(_ number: Int) {
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        append(virtualNodes)
        for member in members {
            append(member.weight)
            append(member.name.bytes.count)
            bytes += member.name.bytes
        }
        // Sound: bytes of an array of bytes, all of them initialised.
        return KeyHash.position(of: unsafe bytes.span.bytes)
    }
}

/// What nodes that share a ring tell each other.
public struct AnkhMessage: Hashable, Sendable {
    /// What is told.
    public enum Content: Hashable, Sendable {
        /// The ring that the sender has: who has a newer one answers with it, who has an older one with
        /// its own stamp, which asks for it.
        case stamp(RingStamp)
        /// Changes in the order of their versions, without a gap.
        case changes([RingChange])
        /// A whole view, for who has missed more changes than are kept.
        case view(RingView)
    }

    /// Which cluster it is of; that of another is ignored.
    public let cluster: ClusterID
    /// What is told.
    public let content: Content

    /// A message within a cluster.
    public init(cluster: ClusterID, _ content: Content) {
        self.cluster = cluster
        self.content = content
    }
}

extension AnkhMessage {
    /// About as many bytes as it takes on the wire: numbers as they are, names with their lengths.
    public var size: Int {
        switch content {
        case .stamp: 8 + 1 + 16
        case .changes(let changes): changes.reduce(8 + 1 + 4) { $0 + $1.size }
        case .view(let view): view.members.reduce(8 + 1 + 8 + 4 + 4) { $0 + $1.size }
        }
    }
}

extension RingChange {
    var size: Int {
        (joining + reweighted).reduce(8 + 3 * 4) { $0 + $1.size }
            + leaving.reduce(0) { $0 + 2 + $1.bytes.count }
    }
}

extension RingMember {
    var size: Int { 2 + name.bytes.count + 4 }
}
