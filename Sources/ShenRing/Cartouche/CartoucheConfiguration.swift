public import StateMachines

extension Cartouche {
    /// A member of a ring: a node together with the disk that keeps its votes.
    ///
    /// A node that has lost its disk has forgotten what it voted for, so it is another voter than before,
    /// though the same node: it gets a new number, and the ring takes it in by a change that replaces
    /// the old member. Its old votes stay the votes of a member that is gone, and no vote of the new one
    /// counts before a majority has admitted it. Asking others what one may have voted for would not
    /// do: a vote that was given just before the crash may be known to nobody yet (Michael, Ports,
    /// Sharma and Szekeres, "Recovering shared objects without stable storage", DISC 2017).
    public struct Member: Hashable, Sendable, Comparable, CustomStringConvertible {
        /// The node.
        public let node: NodeID
        /// The number of its disk: 0 for a founder's first one, drawn at random for others.
        public let disk: UInt64

        /// A node with the disk of this number.
        public init(_ node: NodeID, disk: UInt64 = 0) {
            self.node = node
            self.disk = disk
        }

        /// By node, then by disk.
        public static func < (left: Member, right: Member) -> Bool {
            (left.node, left.disk) < (right.node, right.disk)
        }

        /// The node, and its disk where it is not a founder's.
        public var description: String { disk == 0 ? "\(node)" : "\(node)/\(disk)" }
    }

    /// A change of a ring by one member.
    public enum Change: Hashable, Sendable {
        /// The member joins; where the ring has its node with another disk, it takes that one's place.
        case add(Member)
        /// The node leaves.
        case remove(NodeID)
    }

    /// Who is on a ring, in the order in which the token goes round.
    public struct Configuration: Hashable, Sendable {
        /// Counts the changes since the ring was founded.
        public let version: UInt64
        /// The members by their nodes; at least one, and no node twice.
        public let members: [Member]

        /// The first configuration of a ring.
        public init(founders: [NodeID]) throws(CartoucheError) {
            guard !founders.isEmpty else { throw .noMembers }
            let sorted = founders.sorted()
            for (left, right) in zip(sorted, sorted.dropFirst()) where left == right {
                throw .memberTwice(left)
            }
            self.init(version: 0, members: sorted.map { Member($0) })
        }

        init(version: UInt64, members: [Member]) {
            self.version = version
            self.members = members
        }

        /// How many members are more than half.
        public var majority: Int { members.count / 2 + 1 }

        /// Whether this very member belongs to it.
        public func contains(_ member: Member) -> Bool {
            place(of: member.node).map { members[$0] == member } ?? false
        }

        /// The node's place on the ring; nil where it is not on it. O(log n).
        public func place(of node: NodeID) -> Int? {
            var (low, high) = (0, members.count)
            while low < high {
                let middle = (low + high) / 2
                if members[middle].node < node { low = middle + 1 } else { high = middle }
            }
            return low < members.count && members[low].node == node ? low : nil
        }

        /// Whether more than half of the members are among these, each of which is there once.
        public func isMajority(_ some: [Member]) -> Bool {
            some.count { contains($0) } >= majority
        }

        /// The configuration after a change; nil where it changes nothing or leaves nobody.
        public func applying(_ change: Change) -> Configuration? {
            var changed = members
            switch change {
            case .add(let member):
                guard !contains(member) else { return nil }
                changed.removeAll { $0.node == member.node }
                changed.append(member)
                changed.sort()
            case .remove(let node):
                changed.removeAll { $0.node == node }
                guard !changed.isEmpty, changed.count < members.count else { return nil }
            }
            return Configuration(version: version + 1, members: changed)
        }

        /// Whether it could have been made by the rules above; what is not came from elsewhere.
        var isSound: Bool {
            !members.isEmpty
                && zip(members, members.dropFirst()).allSatisfy { $0.node < $1.node }
        }
    }
}

/// Why a ring could not be founded or set up.
public enum CartoucheError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A ring needs at least one member.
    case noMembers
    /// A node is named twice.
    case memberTwice(NodeID)
    /// A span that has to be positive is not.
    case notPositive(String, Span)
    /// The bound on the drift of clocks lies outside 0 ..< 0.5.
    case invalidDrift(Double)
    /// Rights of this span do not fit into a lease, of which the drift of clocks leaves the other.
    case holdBeyondLease(Span, Span)
    /// The least span of a right exceeds the greatest.
    case leastHoldAboveHold(Span, Span)

    /// One line: what was found and what was expected.
    public var description: String {
        switch self {
        case .noMembers:
            "token ring: no members; expected at least 1"
        case .memberTwice(let node):
            "token ring: \(node) is named twice; expected distinct nodes"
        case .notPositive(let name, let span):
            "token ring: \(name) is \(span); expected more than 0"
        case .invalidDrift(let drift):
            "token ring: a drift of \(drift); expected 0 ..< 0.5"
        case .holdBeyondLease(let hold, let lease):
            "token ring: rights of \(hold); expected at most half of the \(lease) left of a lease"
        case .leastHoldAboveHold(let least, let hold):
            "token ring: a least hold of \(least); expected at most the hold, \(hold)"
        }
    }
}
