public import StateMachines

/// What the nodes of a chain, its wardens and its clients send to each other.
public struct ChainMessage: Hashable, Sendable {
    /// The version of what is described here. A node ignores, and counts, messages of any other.
    public static let currentVersion: UInt8 = 1

    /// The version of the sender's messages.
    public let version: UInt8
    /// The sender's cluster; nodes ignore, and count, messages of any other.
    public let cluster: ClusterID
    /// What it says.
    public let body: Body

    /// A message to nodes of a cluster.
    public init(_ body: Body, cluster: ClusterID, version: UInt8 = currentVersion) {
        self.body = body
        self.cluster = cluster
        self.version = version
    }

    /// What a message says.
    public enum Body: Hashable, Sendable {
        /// Client to member.
        case request(ClientRequest)
        /// Member to client.
        case answer(ClientAnswer)

        /// A node to its predecessor: where it stands at the beginning of an epoch.
        case hello(ChainHello)
        /// A node to its successor: entries, and how far its side of the chain has them durable.
        case forward(ChainForward)
        /// The tail to the joiner: a part of a state, in place of entries that it no longer has.
        case image(ChainImagePart)
        /// The joiner's answer: how many bytes it has of the image of the state at this place.
        case imageReceived(epoch: UInt64, applied: UInt64, count: Int)
        /// A node to its predecessor: how far it has got.
        case acknowledgement(ChainAcknowledgement)
        /// A member to the tail: which entries are committed?
        case query(epoch: UInt64, round: UInt64)
        /// The tail's answer to the query of a round: all through this place.
        case version(epoch: UInt64, round: UInt64, committed: UInt64)

        /// A replica to a warden.
        case heartbeat(ChainHeartbeat)
        /// A warden's answer to the heartbeat of a number: the warden's epoch, and whether the member
        /// has a lease of it.
        case standing(number: UInt64, epoch: UInt64, leased: Bool)
        /// A configuration that was decided; any node that knows it to any that does not.
        case configuration(ChainConfiguration)
        /// Between wardens.
        case ballot(ChainBallotMessage)
    }
}

extension ChainMessage: ClientMessaging {
    /// A client's request.
    public static func request(_ request: ClientRequest, cluster: ClusterID) -> ChainMessage {
        ChainMessage(.request(request), cluster: cluster)
    }

    /// The answer in it, if it is one for a client of this cluster.
    public func answer(cluster: ClusterID) -> ClientAnswer? {
        guard version == Self.currentVersion, cluster == self.cluster else { return nil }
        if case .answer(let answer) = body { return answer }
        return nil
    }
}

/// Where a node stands when it enters an epoch: enough for its predecessor to find where their logs
/// part.
public struct ChainHello: Hashable, Sendable {
    /// The epoch that it entered.
    public let epoch: UInt64
    /// The last place that it dropped from its log.
    public let base: UInt64
    /// The epoch of the entry there.
    public let baseEpoch: UInt64
    /// Its last entry.
    public let last: UInt64
    /// Where epochs begin in its log.
    public let runs: [EpochRun]
}

/// Entries on their way from head to tail.
public struct ChainForward: Hashable, Sendable {
    /// The epoch in which they are sent.
    public let epoch: UInt64
    /// The place before the first of them.
    public let previous: UInt64
    /// The epoch of the entry there.
    public let previousEpoch: UInt64
    /// The entries, in order; none in a message that only asks or tells how far things are.
    public let entries: [ChainEntry]
    /// The head, the sender and all between them have the entries through this place durable.
    public let durable: UInt64
    /// The entries through this place are committed, as far as the sender knows.
    public let committed: UInt64
    /// Whether the receiver is to answer with what it has, though nothing is new.
    public let asks: Bool
}

/// A part of the state after some entry, for a joiner whose log ends before what the tail's log begins
/// with.
public struct ChainImagePart: Hashable, Sendable {
    /// The epoch in which it is sent.
    public let epoch: UInt64
    /// The place of the last entry in the state.
    public let applied: UInt64
    /// The epoch of that entry.
    public let lastEpoch: UInt64
    /// The bytes of the whole image.
    public let total: Int
    /// Where this part begins.
    public let offset: Int
    /// The part.
    public let bytes: [UInt8]
}

/// How far a node has got, told to its predecessor.
public struct ChainAcknowledgement: Hashable, Sendable {
    /// The epoch.
    public let epoch: UInt64
    /// The last entry that it has without a gap.
    public let received: UInt64
    /// The last entry that it has durable.
    public let durable: UInt64
    /// The last entry that it knows to be committed.
    public let committed: UInt64
    /// Whether entries came that do not follow on `received`: what is between was lost.
    public let misses: Bool
}

/// What a replica tells each warden now and then.
public struct ChainHeartbeat: Hashable, Sendable {
    /// Counts its rounds of heartbeats; not used again by another life of the node.
    public let number: UInt64
    /// Who it is.
    public let member: ChainMember
    /// The latest epoch that it knows.
    public let epoch: UInt64
    /// The latest epoch in which it took part in an earlier life. It will not act in that one again; 0
    /// where there is none.
    public let barred: UInt64
    /// As the tail of `epoch`: this joiner holds all that was and will be committed in that epoch.
    public let inSync: ChainMember?
    /// The member, or the joiner, that is cut off: the node behind a link over which nothing goes.
    public let cutOff: NodeID?
}

/// Orders attempts to have a configuration decided: by round, then by warden.
public struct ChainBallot: Hashable, Sendable, Comparable {
    /// The round, from 1.
    public let round: UInt64
    /// Whose it is.
    public let warden: NodeID

    /// By round, and within a round by warden.
    public static func < (left: ChainBallot, right: ChainBallot) -> Bool {
        (left.round, left.warden) < (right.round, right.warden)
    }
}

/// A configuration that a warden has accepted in a ballot.
public struct AcceptedConfiguration: Hashable, Sendable {
    /// The ballot.
    public let ballot: ChainBallot
    /// The configuration.
    public let configuration: ChainConfiguration
}

/// What wardens say to each other to decide the configuration after `base`: single-decree Paxos for each
/// epoch (Lamport, "Paxos made simple", 2001, §2.2).
public enum ChainBallotMessage: Hashable, Sendable {
    /// Phase 1a, with what the proposer wants. A warden that hears a member itself which would be left
    /// out does not answer, so that one that hears nobody disturbs nobody.
    case prepare(base: ChainConfiguration, ChainBallot, wanted: ChainConfiguration)
    /// Phase 1b: nothing below the ballot will be accepted; what was accepted so far.
    case promise(epoch: UInt64, ChainBallot, accepted: AcceptedConfiguration?)
    /// Phase 2a.
    case accept(base: ChainConfiguration, ChainBallot, ChainConfiguration)
    /// Phase 2b.
    case accepted(epoch: UInt64, ChainBallot)
    /// A ballot above the one that was sent has been promised.
    case outvoted(epoch: UInt64, ChainBallot)
}

extension ChainMessage.Body {
    /// Whether it brings entries for the log, and nothing that is to be answered before these have had
    /// their effect.
    var isEntries: Bool {
        switch self {
        case .request(let request): !request.operation.isRead
        case .forward: true
        default: false
        }
    }
}
