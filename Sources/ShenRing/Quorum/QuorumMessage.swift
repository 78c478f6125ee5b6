import StateMachines

/// What the nodes of a quorum and its clients send to each other.
///
/// Requests and answers have the paper's fields (Raft figures 2 and 13) and these: the members that
/// speak and are spoken to, since a node with another disk is another member; a *round*, which an
/// answer repeats, so that a leader knows when it was last followed by a majority (thesis §6.4);
/// and in a refusal where the logs may agree (Raft §5.3).
public struct QuorumMessage: Hashable, Sendable {
    /// The version that this program writes and reads.
    public static let version: UInt16 = 1

    /// The version of the message.
    public let version: UInt16
    /// The cluster that it is of.
    public let cluster: ClusterID
    /// The sender's incarnation.
    public let from: UInt32
    /// The receiver's incarnation, as the sender knows it.
    public let to: UInt32
    /// The sender's term; of a pre-vote the one that it would ask for votes in.
    public let term: UInt64
    /// What it says.
    public let body: Body

    /// A message of a term, from a member of a cluster to another.
    public init(
        version: UInt16 = QuorumMessage.version, cluster: ClusterID, from: UInt32 = 0,
        to: UInt32 = 0, term: UInt64 = 0, _ body: Body
    ) {
        self.version = version
        self.cluster = cluster
        self.from = from
        self.to = to
        self.term = term
        self.body = body
    }
}

extension QuorumMessage {
    /// What a message says.
    public enum Body: Hashable, Sendable {
        /// Would you vote for me? Changes nothing at the one who is asked (thesis §9.6).
        case preVote(Candidacy)
        /// Vote for me (Raft §5.2).
        case vote(Candidacy)
        /// The answer to either.
        case ballot(Ballot)
        /// Entries, from the leader (Raft §5.3).
        case append(Append)
        /// I lead, from the leader; entries up to `commit` are committed, and the receiver has
        /// them.
        case heartbeat(commit: UInt64, round: UInt64)
        /// All entries up to `matched` are the leader's and durable here.
        case appended(matched: UInt64, round: UInt64)
        /// What should precede the entries is not here.
        case unmatched(Unmatched)
        /// The sender of a leader's message is not the leader any more: the answer has a later
        /// term.
        case outdated
        /// A part of a snapshot, from the leader (Raft §7).
        case snapshot(SnapshotPart)
        /// The receiver has this many bytes of the snapshot up to `index`.
        case snapshotReceived(index: UInt64, count: Int, round: UInt64)
        /// Become leader at once: leadership is transferred (thesis §3.10).
        case campaignNow
        /// From a follower: from which index on may I answer reads that came before this?
        case readIndex(ticket: UInt64)
        /// The answer; nil where the asked one does not lead.
        case readIndexReply(ticket: UInt64, index: UInt64?)
        /// Let me in: from one that is no voter, to who may lead. Says nothing of terms, and to no incarnation.
        case join
        /// A client's request.
        case request(ClientRequest)
        /// What became of it.
        case answer(ClientAnswer)
    }

    /// What a candidate says of itself.
    public struct Candidacy: Hashable, Sendable {
        /// The place of its last entry.
        public let lastIndex: UInt64
        /// The term of its last entry.
        public let lastTerm: UInt64
        /// The leader itself asked it to: then those who hear a leader vote as well.
        public let isTransfer: Bool
    }

    /// A vote.
    public struct Ballot: Hashable, Sendable {
        /// Whether it is for the candidate.
        public let isGranted: Bool
        /// Whether it answers a pre-vote.
        public let isPreVote: Bool
    }

    /// Entries and what precedes them.
    public struct Append: Hashable, Sendable {
        /// The place before the first entry.
        public let previousIndex: UInt64
        /// The term of the entry there.
        public let previousTerm: UInt64
        /// The entries, which may be none.
        public let entries: [QuorumEntry]
        /// How far the leader's log is committed.
        public let commit: UInt64
        /// The leader's round.
        public let round: UInt64
    }

    /// Where a follower's log may agree with the leader's.
    public struct Unmatched: Hashable, Sendable {
        /// The place before the first entry that was refused.
        public let previousIndex: UInt64
        /// The last place before it that may agree, by term: terms only grow along a log.
        public let hintIndex: UInt64
        /// The term of the follower's entry there.
        public let hintTerm: UInt64
        /// The leader's round.
        public let round: UInt64
    }

    /// A part of a snapshot.
    public struct SnapshotPart: Hashable, Sendable {
        /// The last place that the snapshot stands for.
        public let index: UInt64
        /// The term of the entry there.
        public let term: UInt64
        /// The bytes of the whole snapshot.
        public let total: Int
        /// Where this part begins.
        public let offset: Int
        /// The part.
        public let bytes: [UInt8]
        /// The leader's round.
        public let round: UInt64
    }
}

extension QuorumMessage.Body {
    /// The leader's round that an answer to a leader repeats; 0 where it is none.
    var round: UInt64 {
        switch self {
        case .appended(_, let round), .snapshotReceived(_, _, let round): round
        case .unmatched(let refusal): refusal.round
        default: 0
        }
    }
}

extension QuorumMessage {
    /// About how many bytes it takes on the wire: 32 for what every message has, and its own.
    public var size: Int {
        32
            + {
                switch body {
                case .preVote, .vote: 17
                case .ballot: 2
                case .append(let append): append.entries.reduce(32) { $0 + $1.size }
                case .heartbeat, .appended: 16
                case .unmatched: 32
                case .outdated, .campaignNow, .join: 0
                case .snapshot(let part): 40 + part.bytes.count
                case .snapshotReceived: 24
                case .readIndex: 8
                case .readIndexReply: 17
                case .request(let request): request.size
                case .answer(let answer): 16 + answer.outcome.size
                }
            }()
    }
}

extension RequestOutcome {
    fileprivate var size: Int {
        switch self {
        case .written, .redirected: 9
        case .mismatch(let value), .value(let value): 9 + (value?.count ?? 0)
        case .overloaded, .forgotten: 1
        }
    }
}

extension QuorumMessage: ClientMessaging {
    /// A request, to a server of this cluster.
    public static func request(_ request: ClientRequest, cluster: ClusterID) -> QuorumMessage {
        QuorumMessage(cluster: cluster, .request(request))
    }

    /// The answer that this message carries, if it is one of this cluster and version.
    public func answer(cluster: ClusterID) -> ClientAnswer? {
        guard version == Self.version, self.cluster == cluster, case .answer(let answer) = body
        else { return nil }
        return answer
    }
}
