import ShenRing
import StateMachines

/// What a server of a replicated store does for it.
public enum ServerRole: String, Hashable, Sendable, CaseIterable {
    /// Decides what the log of a quorum says.
    case leader
    /// Follows a quorum's leader, or waits for one.
    case follower
    /// Wants to lead a quorum.
    case candidate
    /// Where writes enter a chain; alone, it is the tail as well.
    case head
    /// Stands between a chain's head and its tail.
    case middle
    /// Where writes of a chain are committed.
    case tail
    /// Is brought up behind a chain's tail.
    case joiner
    /// Has no place in the chain.
    case outside

    /// The role that a quorum's event tells; nil where it tells none.
    init?(_ event: QuorumEvent) {
        guard case .role(let role, _, _) = event else { return nil }
        switch role {
        case .leader: self = .leader
        case .follower: self = .follower
        case .preCandidate, .candidate: self = .candidate
        }
    }

    /// The role that an event of the chain tells at the node `id`; nil where it tells none.
    init?(_ event: ChainNode.Event, of id: NodeID) {
        switch event {
        case .entered(let configuration):
            switch id {
            case configuration.head?.node: self = .head
            case configuration.tail?.node: self = .tail
            case configuration.joiner?.node: self = .joiner
            default: self = .middle
            }
        case .left: self = .outside
        case .committed, .installed, .decided: return nil
        }
    }
}

/// Tells when a server's role is another one.
struct RoleWatch<Machine: StateMachine>: NodeApplication, Sendable {
    private let role: @Sendable (Machine.Event) -> ServerRole?
    private let changed: @Sendable (ServerRole) -> Void
    private var last: ServerRole?

    /// Finds roles in events by `role`, and tells those that are not the last one.
    init(
        role: @escaping @Sendable (Machine.Event) -> ServerRole?,
        changed: @escaping @Sendable (ServerRole) -> Void
    ) {
        self.role = role
        self.changed = changed
    }

    mutating func told(
        _ event: Machine.Event, at now: Moment, asking requests: inout [Machine.Request]
    ) {
        guard let found = role(event), found != last else { return }
        last = found
        changed(found)
    }
}
