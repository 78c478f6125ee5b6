import StateMachines

/// What a leader keeps for as long as it leads.
struct Leadership: Sendable {
    /// A read that waits for a round to be answered by a majority.
    struct Read {
        let read: WaitingRead
        let index: UInt64
        let round: UInt64
    }

    /// A hand-over that is under way.
    struct Transfer {
        let target: QuorumMember
        let deadline: Moment
        var isAsked = false
    }

    /// Every member, this node included where it is one.
    private(set) var peers: [QuorumPeer] = []
    private var voters: [Int] = []
    private var outgoing: [Int] = []
    /// The place of the first entry of the term.
    let firstIndex: UInt64
    /// The last round that was begun; each is a message to all that they answer.
    private(set) var round: UInt64 = 0
    /// The last round that a majority answered.
    private(set) var confirmed: UInt64 = 0
    /// When the rounds began that no majority has answered.
    private var begun = FIFO<(round: UInt64, at: Moment)>()
    /// When the last round began that a majority answered.
    private(set) var confirmedAt: Moment?
    /// Leadership was to be handed over: from then on, for the whole term, a majority may elect
    /// another leader at any moment, without waiting for its promises to this one to end.
    var isLeaseGone = false
    var heartbeatDeadline: Moment
    var transfer: Transfer?
    /// Requests that stand in the log and are not committed.
    var underWay: Set<RequestID> = []
    var uncommittedBytes = 0
    /// Reads that wait for a round.
    var reads = FIFO<Read>()
    /// Reads that wait for the first commit of the term.
    var earlyReads: [WaitingRead] = []

    init(firstIndex: UInt64 = 0, now: Moment = Moment(nanoseconds: 0)) {
        self.firstIndex = firstIndex
        heartbeatDeadline = now
    }

    func place(of member: QuorumMember) -> Int? { peers.firstIndex { $0.member == member } }

    subscript(place: Int) -> QuorumPeer {
        get { peers[place] }
        _modify { yield &peers[place] }
    }

    /// Counts by this membership from now on; what is known of members that stay is kept.
    mutating func adopt(
        _ membership: QuorumMembership, countingLearners: Bool, next: UInt64, at now: Moment
    ) {
        let known = peers
        peers = membership.members.map { member in
            known.first { $0.member == member } ?? QuorumPeer(member, next: next, heard: now)
        }
        voters = peers.indices.filter { place in
            membership.voters.contains(peers[place].member)
                || countingLearners && membership.learners.contains(peers[place].member)
        }
        outgoing = peers.indices.filter { membership.outgoing.contains(peers[$0].member) }
    }

    /// Whether the peer at a place is counted.
    func isVoter(_ place: Int) -> Bool { voters.contains(place) || outgoing.contains(place) }

    /// The greatest number that a majority, or while a change is under way a majority of either
    /// set, has reached.
    func reached(_ number: (QuorumPeer) -> UInt64) -> UInt64 {
        min(
            Majority.reached(by: voters) { number(peers[$0]) },
            Majority.reached(by: outgoing) { number(peers[$0]) })
    }

    /// Begins a round: answers to messages that are sent from now on show that whoever sends them
    /// follows this leader still.
    mutating func beginRound(at now: Moment, own: QuorumMember) {
        round += 1
        begun.append((round, now))
        if let place = place(of: own) {
            peers[place].round = round
            peers[place].heard = now
        }
    }

    /// Looks which round a majority has answered; returns whether it is a later one than before.
    mutating func confirm() -> Bool {
        let reached = min(reached { $0.round }, round)
        guard reached > confirmed else { return false }
        confirmed = reached
        while let first = begun.first, first.round <= reached {
            confirmedAt = first.at
            _ = begun.removeFirst()
        }
        return true
    }
}
