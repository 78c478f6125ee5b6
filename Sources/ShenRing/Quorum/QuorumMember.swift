public import StateMachines

/// A node with a disk: what votes and acknowledges is the disk, and a node that lost its own must
/// not speak for it.
///
/// A node whose disk was lost comes back as another *incarnation*, a new member to everybody: it is
/// let in as a learner, catches up, and may then be made a voter in place of the one that is gone.
/// Were it to go on as the old one, entries that it had acknowledged and votes that it had given
/// would be undone, and two majorities need no longer share a member that remembers.
public struct QuorumMember: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The node.
    public let node: NodeID
    /// Which of the node's disks: 0 for that of a founder, another number for every later one.
    public let incarnation: UInt32

    /// A disk of a node.
    public init(_ node: NodeID, incarnation: UInt32 = 0) {
        self.node = node
        self.incarnation = incarnation
    }

    /// By node, then by incarnation.
    public static func < (left: QuorumMember, right: QuorumMember) -> Bool {
        (left.node, left.incarnation) < (right.node, right.incarnation)
    }

    /// The node, with its incarnation where that is not the first.
    public var description: String {
        incarnation == 0 ? "\(node)" : "\(node)/\(incarnation)"
    }
}
