public import StateMachines

/// What a member thinks of another.
public enum MemberStatus: UInt8, Hashable, Sendable {
    /// It has not heard of it.
    case unknown
    case alive
    /// It may be dead, and can still say that it is not.
    case suspect
    case dead
    /// It said that it goes.
    case left

    /// Whether it counts as a member.
    public var isPresent: Bool { self == .alive || self == .suspect }
}

/// A rule of a membership protocol that was broken.
public enum MembershipFinding: Hashable, Sendable, CustomStringConvertible {
    /// A member that was up was declared dead. Told once for each life of it.
    case falseDeath(of: NodeID, by: NodeID, at: Moment, upSince: Moment)
    /// A member was taken for alive again on the word of an incarnation that had been declared dead.
    case raised(
        NodeID, by: NodeID, at: Moment, incarnation: UInt64, dead: UInt64, isUp: Bool)
    /// In the end a member's view of another was wrong.
    case notConverged(NodeID, sees: NodeID, as: MemberStatus, isUp: Bool, at: Moment)

    /// What was broken, by whom and when, in one line.
    public var description: String {
        switch self {
        case .falseDeath(let node, let observer, let now, let since):
            "\(observer) declared \(node) dead at \(now), which was up since \(since)"
        case .raised(let node, let observer, let now, let incarnation, let dead, let isUp):
            "\(observer) raised \(node), which is \(isUp ? "up" : "down"), from the dead at \(now) "
                + "by incarnation \(incarnation), and \(dead) was dead"
        case .notConverged(let observer, let node, let status, let isUp, let now):
            "\(observer) still has \(node) as \(status) at \(now), which is \(isUp ? "up" : "down")"
        }
    }
}
