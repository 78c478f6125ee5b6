public import StateMachines

/// Which coordinator a key belongs to, and which come after it when that one does not answer: the members
/// of a ring, met clockwise from the key.
///
/// Everybody who knows the same coordinators finds the same ones without asking. One coordinator more moves
/// 1/N of the keys, where a hash modulo N would move nearly all.
///
/// Immutable; any thread may use it.
public final class CoordinatorDirectory: Sendable {
    private let ring: AnkhRing
    /// The coordinator of each of the ring's members, by number.
    private let nodes: [NodeID]

    /// The directory of these coordinators.
    ///
    /// - Parameter virtualNodes: points of each on the ring.
    /// - Throws: `CoordinatorError`, where there are none, or more than the layout has machines, or one
    ///   twice.
    public init(
        of coordinators: [NodeID], layout: StampLayout = .standard,
        virtualNodes: Int = AnkhRing.defaultVirtualNodes
    ) throws(CoordinatorError) {
        if coordinators.isEmpty { throw .none }
        guard coordinators.count <= layout.machines else {
            throw .tooMany(coordinators.count, machines: layout.machines)
        }
        let sorted = coordinators.sorted()
        for (one, other) in zip(sorted, sorted.dropFirst()) where one == other {
            throw .repeated(one)
        }
        // Numbers are the names, as 4 big-endian bytes, so that the ring's order is theirs.
        let members = sorted.map { node in
            RingMember(
                NodeName(
                    bytes: stride(from: 24, through: 0, by: -8).map { shift in
                        UInt8(truncatingIfNeeded: node.rawValue >> UInt32(shift))
                    }))
        }
        nodes = sorted
        do throws(RingError) {
            ring = try AnkhRing(members: members, virtualNodes: virtualNodes)
        } catch { preconditionFailure("a ring of coordinators: \(error)") }
    }

    /// How many coordinators there are.
    public var count: Int { nodes.count }

    /// The coordinators that are asked for `key`, in this order: `count` of them, or all.
    public func preferences(ofKey key: UInt64, count: Int) -> [NodeID] {
        ring.replicas(ofHash: KeyHash.position(of: key), count: count).map { nodes[Int($0)] }
    }

    /// The coordinator that `key` belongs to. One lookup of the ring.
    public func home(ofKey key: UInt64) -> NodeID { nodes[Int(ring.owner(ofKey: key))] }
}
