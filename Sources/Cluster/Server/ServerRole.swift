import ShenRing
import StateMachines

/// What a server of a replicated store does for it.
public enum ServerRole: String, Hashable, Sendable, CaseIterable {
    /// Decides what the log of a quorum says.
    case leader
    /// Follows a quorum's leader, whom it has heard of in this term.
    case follower
    /// Waits to hear who leads a quorum, or to want it itself.
    case waiting
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
}

/// What a server does, and by which decision of its cluster.
public struct ServerPost: Hashable, Sendable, CustomStringConvertible {
    /// What it does.
    public let role: ServerRole
    /// A quorum's term, or the epoch of a chain's configuration: where two servers claim what only one can
    /// be, who has the greater number is right, and the other one has not heard of it.
    public let epoch: UInt64

    /// The role and the number, as `leader 7`.
    public var description: String { "\(role.rawValue) \(epoch)" }

    /// The post that a quorum's event tells; nil where it tells none.
    init?(_ event: QuorumEvent) {
        guard case .role(let told, let term, let leader) = event else { return nil }
        epoch = term
        switch told {
        case .leader: role = .leader
        // A server that has just begun has the role, but follows nobody yet.
        case .follower: role = leader == nil ? .waiting : .follower
        case .preCandidate, .candidate: role = .candidate
        }
    }

    /// The post that an event of the chain tells at the node `id`; nil where it tells none.
    init?(_ event: ChainNode.Event, of id: NodeID) {
        switch event {
        case .entered(let configuration):
            epoch = configuration.epoch
            switch id {
            case configuration.head?.node: role = .head
            case configuration.tail?.node: role = .tail
            case configuration.joiner?.node: role = .joiner
            default: role = .middle
            }
        case .left(let epoch): (role, self.epoch) = (.outside, epoch)
        case .committed, .compacted, .installed, .decided: return nil
        }
    }
}

/// Tells when a server's post is another one.
struct PostWatch<Machine: StateMachine>: NodeApplication, Sendable {
    private let post: @Sendable (Machine.Event) -> ServerPost?
    private let changed: @Sendable (ServerPost) -> Void
    private var last: ServerPost?

    /// Finds posts in events by `post`, and tells those that are not the last one.
    init(
        post: @escaping @Sendable (Machine.Event) -> ServerPost?,
        changed: @escaping @Sendable (ServerPost) -> Void
    ) {
        self.post = post
        self.changed = changed
    }

    mutating func told(
        _ event: Machine.Event, at now: Moment, asking requests: inout [Machine.Request]
    ) { look(at: event) }

    /// Looks whether an event tells another post.
    mutating func look(at event: Machine.Event) {
        guard let found = post(event), found != last else { return }
        last = found
        changed(found)
    }
}
