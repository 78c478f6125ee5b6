public import StateMachines

/// A place in a chain: a node together with the disk that it had when it was given the place.
///
/// What a chain counts on is what a disk holds. A node that comes back with an empty disk is another
/// member, though it has the same number: it cannot take the place of the one that held data.
public struct ChainMember: Hashable, Sendable, CustomStringConvertible {
    /// The node.
    public let node: NodeID
    /// A number drawn when the node first wrote to an empty disk.
    public let disk: UInt64

    /// The member that is this node with this disk.
    public init(node: NodeID, disk: UInt64) {
        self.node = node
        self.disk = disk
    }

    /// The node, and the disk's lowest 16 bits.
    public var description: String { "\(node)/\(String(disk & 0xFFFF, radix: 16))" }
}

/// Who is in the chain, in which order, as a majority of the wardens decided it.
///
/// There is one configuration an epoch, and a node takes part in the latest one that it knows. Every
/// member holds all that was ever committed; the joiner does not yet.
public struct ChainConfiguration: Hashable, Sendable, CustomStringConvertible {
    /// Counts configurations; 0 is before the first.
    public let epoch: UInt64
    /// The chain, head first, tail last. Empty in epoch 0 only.
    public let members: [ChainMember]
    /// Who is being brought up behind the tail, if anybody.
    public let joiner: ChainMember?

    /// The configuration of an epoch.
    public init(epoch: UInt64, members: [ChainMember], joiner: ChainMember? = nil) {
        self.epoch = epoch
        self.members = members
        self.joiner = joiner
    }

    /// Before the first.
    public static let none = ChainConfiguration(epoch: 0, members: [])

    /// Where writes enter.
    public var head: ChainMember? { members.first }
    /// Where writes are committed.
    public var tail: ChainMember? { members.last }

    /// How far a member stands from the head; nil where it is not in the chain.
    public func place(of member: ChainMember) -> Int? { members.firstIndex(of: member) }

    /// Whether it is in the chain, or on its way into it.
    public func includes(_ member: ChainMember) -> Bool {
        joiner == member || members.contains(member)
    }

    /// `epoch: head → … → tail (+ joiner)`.
    public var description: String {
        let chain = members.map(\.description).joined(separator: " → ")
        return "\(epoch): \(chain)" + (joiner.map { " (+ \($0))" } ?? "")
    }
}
