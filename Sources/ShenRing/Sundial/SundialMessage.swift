public import StateMachines

/// What is said of a member: 12 bytes on the wire.
public struct MemberUpdate: Hashable, Sendable {
    /// Of whom.
    public let member: NodeID
    /// What it is held to be.
    public let state: MemberState
    /// Of a suspect: the number of the node that suspects it on its own account. Of one that died or
    /// left: how many milliseconds ago, as far as the sender knows. Of others: 0.
    public let detail: UInt32

    /// Of a member with a state, with the detail that belongs to its status.
    public init(_ member: NodeID, _ state: MemberState, detail: UInt32 = 0) {
        self.member = member
        self.state = state
        self.detail = detail
    }
}

/// A message between two nodes of a gossiping cluster.
public struct SundialMessage: Sendable {
    /// What it is for.
    public enum Body: Sendable {
        /// Are you there? Answered by an `ack` with the same number.
        case ping(sequence: UInt32)
        /// I am, or whom you asked me to probe is.
        case ack(sequence: UInt32)
        /// Probe this member for me.
        case pingRequest(sequence: UInt32, target: NodeID)
        /// Whom you asked me to probe has not answered so far, but I am here.
        case nack(sequence: UInt32)
        /// News, which is in `updates`. Where it carries the fingerprint of the sender's table, the
        /// receiver tells its own news if its table, after it took the sender's, is another.
        case gossip(fingerprint: UInt64?)
        /// You do not know what I know of yourself, which is in `updates`.
        case correction
        /// I know nobody: who is there?
        case join
        /// A part of the table, for one who joins: nothing of it is news to others.
        case welcome
        /// Fingerprints of a part of the sender's table: which of them differ from yours?
        case digest(TableDigest)
        /// All that the sender knows of the places `low..<high`. `asks` for what the receiver knows
        /// better.
        case part(low: UInt32, high: UInt32, asks: Bool)
        /// The whole table, by place, with heartbeats; what is not alive in it stands in `updates`.
        case table(states: [MemberState], heartbeats: [UInt32], asks: Bool)
    }

    /// The version of the protocol that this code speaks; it refuses greater ones.
    public static let currentVersion: UInt8 = 1
    /// The most updates in a message that is not a table.
    public static let mostUpdates = 64

    /// The version that the sender speaks.
    public var version = SundialMessage.currentVersion
    /// The sender's cluster.
    public var cluster: UInt32
    /// What the sender says of itself.
    public var sender: MemberState
    /// What it is for.
    public var body: Body
    /// News of members.
    public var updates: [MemberUpdate]

    /// A message in the current version.
    public init(cluster: UInt32, sender: MemberState, body: Body, updates: [MemberUpdate] = []) {
        self.cluster = cluster
        self.sender = sender
        self.body = body
        self.updates = updates
    }

    /// How many bytes it has on the wire, what carries it (UDP, IP) not included.
    ///
    /// A header of 16: version, kind, number of updates (2), cluster (4), sender (4), its state (4).
    /// Then 12 for each update, and what the body has. A table has 8 for each place.
    public var byteCount: Int {
        let own =
            switch body {
            case .ping, .ack, .nack: 4
            case .pingRequest: 8
            case .gossip(let fingerprint): fingerprint == nil ? 0 : 8
            case .correction, .join, .welcome: 0
            case .digest(let digest): 9 + 8 * digest.fingerprints.count
            case .part: 9
            case .table(let states, _, _): 5 + 8 * states.count
            }
        return 16 + own + 12 * updates.count
    }
}

/// What a node asks of its own gossip.
public enum SundialRequest: Hashable, Sendable {
    /// Tell the others that this node leaves, then fall silent.
    case leave
    /// Come back after `leave`.
    case rejoin
    /// Raise the incarnation, and so tell everybody something new: as when a node's address or what it
    /// offers has changed.
    case renew
}

/// What a node hears from its own gossip.
public enum SundialEvent: Hashable, Sendable {
    /// A member is held to be something else now; `unknown` where its tombstone was forgotten.
    case changed(NodeID, MemberState)
    /// This node goes by a new incarnation.
    case announced(incarnation: UInt32)
    /// A probe is over.
    case probed(NodeID, answered: Bool)
    /// The node was away so long that it forgot what it knew, and asks anew.
    case startedOver
    /// The others were told as often as planned that this node leaves: it may stop.
    case departed
}

/// What has to outlive a crash.
public enum SundialRecord: Hashable, Sendable {
    /// The node may have gone by this incarnation.
    case incarnation(UInt32)
}
