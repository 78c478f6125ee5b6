import Randomness
public import StateMachines

/// A member of a cluster that agrees on a log by majorities: Raft, as a value without I/O.
///
/// After Ongaro and Ousterhout, "In search of an understandable consensus algorithm" (the paper),
/// and Ongaro's thesis "Consensus: bridging theory and practice" (2014), with what implementations
/// have added: elections with pre-vote and leaders that step down without a majority (thesis §9.6,
/// §6.2), pipelined and batched entries with a bounded window (§10.2), refusals that skip whole
/// terms (paper §5.3), hand-over of leadership (§3.10), reads by read index and by lease, at
/// followers too (§6.4), snapshots in parts (paper §7), learners, and changes of membership by
/// joint consensus (paper §6).
///
/// Where it differs from the paper:
/// - Answers wait for the disk: a vote leaves when it is durable, entries are acknowledged when
///   they are, and a leader counts itself like a follower, when its own entries are. Requests for
///   votes leave when the candidate's own vote is durable.
/// - A follower acknowledges once a sync, however many messages it covers.
/// - A node that restarts keeps the promise which it may have made before: for an election timeout
///   it votes for nobody, unless a leader hands over. A lease is not safe without that.
/// - A member is a node with a disk (`QuorumMember`): a lost disk is a new member.
/// - Heartbeats do not look at logs; they move the commit only as far as the leader knows the
///   follower to agree.
/// - Followers put messages in order that overtake each other, once their log agrees with the
///   leader's, so that pipelining does not need a transport that keeps order.
/// - Commits are told to followers with the next message, or at once where none is under way.
///
/// Clients speak to it by `ClientRequest`; a retried one has its effect once, by `KeyedState`.
/// Applications may put opaque entries into the same log and apply them themselves.
///
/// Steps take O(members) time and no more for a message than for its entries; only a refused
/// message, an election and a compaction search or move more.
public struct QuorumNode: StateMachine {
    /// What members and clients say.
    public typealias Message = QuorumMessage
    /// What is made durable.
    public typealias Record = QuorumRecord
    /// What the application asks for.
    public typealias Request = QuorumRequest
    /// What the application is told.
    public typealias Event = QuorumEvent

    /// The node's number.
    public let id: NodeID
    /// How it behaves.
    public let settings: QuorumSettings
    /// Which of the node's disks it has.
    public let incarnation: UInt32
    /// The current term.
    public internal(set) var term: UInt64
    /// What it does in this term.
    public internal(set) var role: QuorumRole = .follower
    /// The leader of the term, where it is known.
    public var leader: NodeID? { leaderMember?.node }
    /// Messages that it did not act on.
    public internal(set) var ignored = IgnoredMessages()

    let isNew: Bool
    var random: Xoshiro256StarStar
    var vote: QuorumMember?
    var log: QuorumLog
    var keyed: KeyedState
    /// What was applied since the last snapshot.
    var compactionDue = CompactionDue()
    /// The place up to which it has no entries.
    public var base: UInt64 { log.base.index }
    /// Whether it keeps all entries that it has, however many there are, unless it is asked to compact.
    public var keepsEntries = false

    // What is on its way to the disk.
    var storedPosition: RecordPosition = 0
    /// The position of the last record of a term or a vote: what no answer may go before.
    var promisePosition: RecordPosition = 0
    var durable: DurableTail
    var deferred = FIFO<Deferred>()

    // A follower's.
    var leaderMember: QuorumMember?
    /// When a leader was last heard, of this term or one before: for an election timeout from then
    /// on the node has promised to vote for nobody else. A later term does not end that, or the
    /// lease of a leader would depend on who else knows of the term.
    var leaderHeard: Moment?
    var electionDeadline = Moment(nanoseconds: 0)
    /// Up to here the log is the leader's.
    var verified: UInt64
    var heardRound: UInt64 = 0
    /// The leader is to get an answer when more is durable.
    var owesAnswer = false
    var arriving: ArrivingSnapshot?
    var early = EarlyEntries()
    /// Whether entries of this term's leader were taken.
    var hasAgreed = false
    var followerReads = FollowerReads()
    /// When it asks next to be let in; nil where it does not.
    var joinDeadline: Moment?

    // A candidate's.
    var ballots: [(member: QuorumMember, isGranted: Bool)] = []
    /// How often it has stood since it heard of a leader.
    var candidacies = 0
    /// The record of its own vote; requests for others' leave when it is durable.
    var campaign: (position: RecordPosition, isTransfer: Bool)?

    // A leader's.
    var leading = Leadership()
    /// How many entries at the end of its log are in no record yet.
    var unrecorded = 0
    /// The entries that were sent last: to other members they are often the same.
    var lastBatch: (first: UInt64, last: UInt64, entries: [QuorumEntry]) = (0, 0, [])

    /// A message that waits for a record to be durable.
    struct Deferred {
        let position: RecordPosition
        let receiver: NodeID
        let message: QuorumMessage
    }

    /// This node with its disk.
    public var member: QuorumMember { QuorumMember(id, incarnation: incarnation) }
    /// The membership in force.
    public var membership: QuorumMembership { log.membership }
    /// The place of the last entry in its log.
    public var lastIndex: UInt64 { log.lastIndex }
    /// The term of the entry at a place of its log; nil where it has none, or a snapshot in its
    /// place.
    public func term(at index: UInt64) -> UInt64? { log.term(at: index) }
    /// How far its log is known to be committed, and applied.
    public var commitIndex: UInt64 { log.commit }
    /// The keyed state as far as it is applied.
    public var state: KeyedState { keyed }

    /// Whether the node makes a mistake that was planted; false in all builds without them.
    @inline(__always)
    func has(_ mistake: QuorumMistake) -> Bool {
        settings.planted.has(mistake)
    }
}

// What happens to a node.
extension QuorumNode {
    /// Marks a new disk, and waits for a leader.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        if isNew {
            promisePosition = effects.store(.born(incarnation: incarnation, membership))
        } else if !has(.forgetsPromise) {
            // It may have promised just before it stopped.
            leaderHeard = now
        }
        waitForLeader(at: now)
        if log.membership.voters == [member], !log.membership.isJoint { electionDeadline = now }
        if settings.admitted.contains(id), !log.membership.isVoter(member) { joinDeadline = now }
        effects.report(.membership(log.membership, index: log.membershipIndex))
        effects.report(.role(role, term: term, leader: nil))
    }

    /// Takes what the application asks for.
    public mutating func handle(
        _ request: QuorumRequest, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch request {
        case .propose(let bytes, let token):
            propose(bytes, token: token, at: now, into: &effects)
        case .read(let token):
            read(.application(token: token), at: now, into: &effects)
        case .transfer(let target):
            transfer(to: target, at: now, into: &effects)
        case .change(let membership, let token):
            change(to: membership, token: token, at: now, into: &effects)
        case .compact(let index, let application):
            guard index == keyed.applied else {
                return effects.report(.ignored(.notApplied(keyed.applied)))
            }
            compact(application: application, into: &effects)
        }
    }

    /// Does what is due: elections, heartbeats, and giving up what has taken too long.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        if role == .leader {
            if let transfer = leading.transfer, transfer.deadline <= now {
                leading.transfer = nil
                effects.report(.transferEnded(isDone: false))
            }
            if leading.heartbeatDeadline <= now { beat(at: now, into: &effects) }
        } else {
            if mayStand, electionDeadline <= now { askWhetherElected(at: now, into: &effects) }
            if let deadline = followerReads.deadline, deadline <= now {
                askForReadIndex(at: now, into: &effects)
            }
            if let joinDeadline, joinDeadline <= now { askToBeLetIn(at: now, into: &effects) }
        }
    }

    /// Lets go what waited for records that are now durable.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        storedPosition = max(storedPosition, position)
        durable.stored(through: storedPosition)
        while let first = deferred.first, first.position <= storedPosition {
            effects.send(first.message, to: first.receiver)
            _ = deferred.removeFirst()
        }
        if let campaign, campaign.position <= storedPosition {
            self.campaign = nil
            askForVotes(isTransfer: campaign.isTransfer, at: now, into: &effects)
        }
        if role == .leader {
            countOwnEntries(at: now, into: &effects)
        } else if owesAnswer {
            answerLeader(into: &effects)
        }
    }

    /// The next election, heartbeat or end of something's time.
    public var deadline: Moment? {
        if role == .leader {
            guard let transfer = leading.transfer else { return leading.heartbeatDeadline }
            return min(leading.heartbeatDeadline, transfer.deadline)
        }
        var first = mayStand ? electionDeadline : nil
        for other in [followerReads.deadline, joinDeadline] {
            if let other, first.map({ other < $0 }) ?? true { first = other }
        }
        return first
    }
}

// What several parts of it do.
extension QuorumNode {
    /// Sends a message of the current term to a member.
    func send(
        _ body: QuorumMessage.Body, to receiver: QuorumMember, into effects: inout Effects<Self>
    ) {
        effects.send(message(body, to: receiver), to: receiver.node)
    }

    func message(
        _ body: QuorumMessage.Body, to receiver: QuorumMember, term: UInt64? = nil
    ) -> QuorumMessage {
        QuorumMessage(
            cluster: settings.cluster, from: incarnation, to: receiver.incarnation,
            term: term ?? self.term, body)
    }

    /// Sends a message when the record at a position is durable, at once where it is.
    mutating func send(
        _ body: QuorumMessage.Body, to receiver: QuorumMember, after position: RecordPosition,
        into effects: inout Effects<Self>
    ) {
        guard position > storedPosition else { return send(body, to: receiver, into: &effects) }
        deferred.append(
            Deferred(
                position: position, receiver: receiver.node, message: message(body, to: receiver)))
    }

    /// Makes the term and the vote durable.
    mutating func promise(into effects: inout Effects<Self>) {
        guard !has(.forgetsVote) else {
            promisePosition = effects.store(.promise(term: log.lastTerm, vote: nil))
            return
        }
        promisePosition = effects.store(.promise(term: term, vote: vote))
    }

    func reportRole(into effects: inout Effects<Self>) {
        effects.report(.role(role, term: term, leader: leader))
    }

    /// Waits for a leader, for one election timeout or up to two by chance (paper §5.2).
    mutating func waitForLeader(at now: Moment) {
        let timeout = settings.electionTimeout
        let further = random.next(below: UInt64(timeout.nanoseconds))
        electionDeadline = now + timeout + Span(nanoseconds: Int64(further))
    }
}
