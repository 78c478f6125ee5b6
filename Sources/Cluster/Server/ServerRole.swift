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
    /// Is brought up behind a chain's tail; or gets the log of a quorum, and does not vote yet.
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

    /// A post by a decision.
    fileprivate init(_ role: ServerRole, _ epoch: UInt64) {
        (self.role, self.epoch) = (role, epoch)
    }

    /// The post that an event of the chain tells at the node `id`; nil where it tells none.
    fileprivate init?(_ event: ChainNode.Event, of id: NodeID) {
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

/// Finds a server's post in what its machine tells.
protocol PostReader<Event>: Sendable {
    associatedtype Event
    /// The post that the server has with this event; nil where it tells of none.
    mutating func post(after event: Event) -> ServerPost?
}

/// The posts of a chain's server.
struct ChainPosts: PostReader {
    let id: NodeID

    func post(after event: ChainNode.Event) -> ServerPost? { ServerPost(event, of: id) }
}

/// The posts of a quorum's server. Who votes and who does what is told by different events.
struct QuorumPosts: PostReader {
    let id: NodeID
    private var votes = true
    private var last: (role: QuorumRole, term: UInt64, leader: NodeID?)?

    init(id: NodeID) { self.id = id }

    mutating func post(after event: QuorumEvent) -> ServerPost? {
        switch event {
        case .membership(let membership, _):
            votes = (membership.voters + membership.outgoing).contains { $0.node == id }
        case .role(let role, let term, let leader): last = (role, term, leader)
        default: return nil
        }
        guard let last else { return nil }
        switch last.role {
        case .leader: return ServerPost(.leader, last.term)
        // A server that has just begun has the role, but follows nobody yet.
        case .follower where last.leader == nil: return ServerPost(.waiting, last.term)
        case .follower: return ServerPost(votes ? .follower : .joiner, last.term)
        case .preCandidate, .candidate: return ServerPost(.candidate, last.term)
        }
    }
}

/// Tells when a server's post is another one.
struct PostWatch<Machine: StateMachine>: NodeApplication, Sendable {
    private var reader: any PostReader<Machine.Event>
    private let changed: @Sendable (ServerPost) -> Void
    private var last: ServerPost?

    /// Finds posts in events by `reader`, and tells those that are not the last one.
    init(
        reader: any PostReader<Machine.Event>, changed: @escaping @Sendable (ServerPost) -> Void
    ) {
        self.reader = reader
        self.changed = changed
    }

    mutating func told(
        _ event: Machine.Event, at now: Moment, asking requests: inout [Machine.Request]
    ) { look(at: event) }

    /// Looks whether an event tells another post.
    mutating func look(at event: Machine.Event) {
        guard let found = reader.post(after: event), found != last else { return }
        last = found
        changed(found)
    }
}
