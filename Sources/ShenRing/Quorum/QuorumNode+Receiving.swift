public import StateMachines

// What a message's term does to a node (paper §5.1), and which part of it takes the message.
extension QuorumNode {
    /// Takes a message; one that is foreign, stale or impossible is counted and changes nothing.
    public mutating func receive(
        _ message: QuorumMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        absorb(message, from: sender, at: now, into: &effects)
        settle(at: now, into: &effects)
    }

    /// Has requests that came together stored, and brought to the others, together.
    public mutating func settle(at now: Moment, into effects: inout Effects<Self>) {
        guard unrecorded > 0 else { return }
        record(into: &effects)
        if role == .leader { replicate(at: now, into: &effects) }
    }

    /// Takes a message; what a client's request leads to waits.
    public mutating func absorb(
        _ message: QuorumMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard message.cluster == settings.cluster else { return ignored.otherCluster += 1 }
        guard message.version == QuorumMessage.version else { return ignored.otherVersion += 1 }
        if case .request(let request) = message.body {
            return serve(request, from: sender, at: now, into: &effects)
        }
        // Whatever is no request finds those that came before it stored and under way.
        settle(at: now, into: &effects)
        if case .join = message.body {
            let asking = QuorumMember(sender, incarnation: message.from)
            return admit(asking, at: now, into: &effects)
        }
        guard message.to == incarnation, sender != id else {
            return ignored.otherIncarnation += 1
        }
        let sender = QuorumMember(sender, incarnation: message.from)
        if message.term > term {
            guard meetLater(message, from: sender, at: now, into: &effects) else { return }
        } else if message.term < term {
            return meetEarlier(message, from: sender, into: &effects)
        }
        dispatch(message, from: sender, at: now, into: &effects)
    }

    /// A message of a later term ends this one, unless it does not mean to; says whether it is to
    /// be looked at.
    private mutating func meetLater(
        _ message: QuorumMessage, from sender: QuorumMember, at now: Moment,
        into effects: inout Effects<Self>
    ) -> Bool {
        switch message.body {
        case .preVote:
            return true
        case .ballot(let ballot) where ballot.isPreVote && ballot.isGranted:
            return true
        case .vote(let candidacy) where !candidacy.isTransfer && hearsLeader(at: now):
            // Somebody who cannot hear the leader must not depose it (thesis §4.2.3); leases build
            // on this.
            ignored.disruptive += 1
            return false
        case .append, .heartbeat, .snapshot:
            follow(sender, inTerm: message.term, at: now, into: &effects)
        default:
            follow(nil, inTerm: message.term, at: now, into: &effects)
        }
        return true
    }

    /// A message of an earlier term changes nothing here; leaders and candidates are told of the
    /// later one.
    private mutating func meetEarlier(
        _ message: QuorumMessage, from sender: QuorumMember, into effects: inout Effects<Self>
    ) {
        switch message.body {
        case .append, .heartbeat, .snapshot:
            send(.outdated, to: sender, after: promisePosition, into: &effects)
        case .preVote, .vote:
            let isPreVote = if case .preVote = message.body { true } else { false }
            let refusal = QuorumMessage.Ballot(isGranted: false, isPreVote: isPreVote)
            send(.ballot(refusal), to: sender, after: promisePosition, into: &effects)
        default:
            ignored.staleTerm += 1
        }
    }

    private mutating func dispatch(
        _ message: QuorumMessage, from sender: QuorumMember, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        switch message.body {
        case .preVote(let candidacy):
            answerPreVote(
                candidacy, inTerm: message.term, from: sender, at: now, into: &effects)
        case .vote(let candidacy):
            answerVote(candidacy, from: sender, at: now, into: &effects)
        case .ballot(let ballot):
            count(ballot, inTerm: message.term, from: sender, at: now, into: &effects)
        case .append(let append):
            guard hears(sender, round: append.round, at: now, into: &effects) else { return }
            take(append, from: sender, at: now, into: &effects)
        case .heartbeat(let commit, let round):
            guard hears(sender, round: round, at: now, into: &effects) else { return }
            let known = has(.commitsUnmatched) ? log.lastIndex : verified
            apply(through: min(commit, known), at: now, into: &effects)
            answerLeader(into: &effects)
        case .snapshot(let part):
            guard hears(sender, round: part.round, at: now, into: &effects) else { return }
            take(part, from: sender, at: now, into: &effects)
        case .appended, .unmatched, .snapshotReceived:
            hear(message.body, from: sender, at: now, into: &effects)
        case .campaignNow:
            guard sender == leaderMember, mayStand, role == .follower else {
                return ignored.unexpected += 1
            }
            stand(isTransfer: true, at: now, into: &effects)
        case .readIndex(let ticket):
            guard role == .leader else {
                return send(
                    .readIndexReply(ticket: ticket, index: nil), to: sender, into: &effects)
            }
            read(.follower(sender, ticket: ticket), at: now, into: &effects)
        case .readIndexReply(let ticket, let index):
            takeReadIndex(index, ticket: ticket, at: now, into: &effects)
        case .outdated, .join, .request, .answer:
            ignored.unexpected += 1
        }
    }

    /// Hears the leader of this term. False, and counted, where there is another one.
    private mutating func hears(
        _ sender: QuorumMember, round: UInt64, at now: Moment, into effects: inout Effects<Self>
    ) -> Bool {
        guard role != .leader, leaderMember == nil || leaderMember == sender else {
            ignored.impossible += 1
            return false
        }
        if leaderMember == nil || role != .follower {
            follow(sender, inTerm: term, at: now, into: &effects)
        }
        leaderHeard = now
        candidacies = 0
        heardRound = max(heardRound, round)
        waitForLeader(at: now)
        return true
    }

    /// Becomes a follower, in this term or a later one.
    mutating func follow(
        _ leader: QuorumMember?, inTerm newTerm: UInt64, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        let (led, isLater) = (role == .leader, newTerm > term)
        if isLater {
            term = newTerm
            vote = nil
            promise(into: &effects)
            verified = log.commit
            heardRound = 0
            owesAnswer = false
            arriving = nil
            early.removeAll()
            hasAgreed = false
        }
        role = .follower
        leaderMember = leader
        if leader != nil { (leaderHeard, candidacies) = (now, 0) }
        ballots.removeAll()
        campaign = nil
        waitForLeader(at: now)
        if led { stopLeading(isLaterTerm: isLater, into: &effects) }
        reportRole(into: &effects)
        if leader != nil, !followerReads.waiting.isEmpty || !followerReads.asked.isEmpty {
            askForReadIndex(at: now, into: &effects)
        }
    }
}
