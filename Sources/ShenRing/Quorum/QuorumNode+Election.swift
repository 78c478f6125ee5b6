import StateMachines

// Elections (paper §5.2, §5.4.1) with pre-vote (thesis §9.6) and voters that keep to a leader they
// hear (thesis §4.2.3).
extension QuorumNode {
    /// Whether the node may become leader: it votes, or did before a change that is not known to be
    /// committed (thesis §4.2.2). For such a change it may be the only one who can lead: it has
    /// what the others lack, who need its vote as long as they do not know of the change. It does
    /// not count itself.
    var mayStand: Bool {
        if log.membership.isVoter(member) { return true }
        return log.membershipIndex > log.commit && log.membership(at: log.commit).isVoter(member)
    }

    /// Whether a leader is there that no election should disturb: this node, or one heard of within
    /// the election timeout, be it before a restart.
    func hearsLeader(at now: Moment) -> Bool {
        if role == .leader { return true }
        guard let leaderHeard else { return false }
        return now - leaderHeard < settings.electionTimeout
    }

    private var candidacy: QuorumMessage.Candidacy {
        QuorumMessage.Candidacy(
            lastIndex: log.lastIndex, lastTerm: log.lastTerm, isTransfer: false)
    }

    /// Asks the others whether they would vote for this node, without disturbing anybody.
    mutating func askWhetherElected(at now: Moment, into effects: inout Effects<Self>) {
        role = .preCandidate
        leaderMember = nil
        waitForLeader(at: now)
        ballots = [(member, true)]
        reportRole(into: &effects)
        refuseFollowerReads(into: &effects)
        for peer in log.membership.members where peer != member && log.membership.isVoter(peer) {
            effects.send(message(.preVote(candidacy), to: peer, term: term + 1), to: peer.node)
        }
        countBallots(at: now, into: &effects)
    }

    /// Becomes a candidate in the next term, and asks for votes when its own is durable.
    mutating func stand(isTransfer: Bool, at now: Moment, into effects: inout Effects<Self>) {
        term += 1
        vote = member
        promise(into: &effects)
        role = .candidate
        leaderMember = nil
        verified = log.commit
        heardRound = 0
        owesAnswer = false
        arriving = nil
        early.removeAll()
        hasAgreed = false
        if !has(.countsPreVotes) { ballots.removeAll() }
        campaign = (promisePosition, isTransfer)
        candidacies += 1
        waitForLeader(at: now)
        // Votes wait for disks. Were each term as short as the one before, those of disks that are
        // slower than that would come too late for ever. One retry is free: votes get split.
        electionDeadline = now + (electionDeadline - now) * (1 << min(max(0, candidacies - 2), 6))
        reportRole(into: &effects)
        refuseFollowerReads(into: &effects)
        if has(.countsPreVotes) { countBallots(at: now, into: &effects) }
    }

    mutating func askForVotes(
        isTransfer: Bool, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard role == .candidate else { return }
        let candidacy = QuorumMessage.Candidacy(
            lastIndex: log.lastIndex, lastTerm: log.lastTerm, isTransfer: isTransfer)
        for peer in log.membership.members where peer != member && log.membership.isVoter(peer) {
            send(.vote(candidacy), to: peer, into: &effects)
        }
        note(member, isGranted: true)
        countBallots(at: now, into: &effects)
    }

    mutating func answerPreVote(
        _ candidacy: QuorumMessage.Candidacy, inTerm asked: UInt64, from candidate: QuorumMember,
        at now: Moment, into effects: inout Effects<Self>
    ) {
        let isGranted = asked > term && !hearsLeader(at: now) && reaches(candidacy)
        let ballot = QuorumMessage.Ballot(isGranted: isGranted, isPreVote: true)
        // A grant is of the term that was asked for, as the node does not go there.
        let answer = message(
            .ballot(ballot), to: candidate, term: isGranted ? asked : term)
        guard promisePosition > storedPosition else {
            return effects.send(answer, to: candidate.node)
        }
        deferred.append(
            Deferred(position: promisePosition, receiver: candidate.node, message: answer))
    }

    mutating func answerVote(
        _ candidacy: QuorumMessage.Candidacy, from candidate: QuorumMember, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        let isFree = vote == nil && leaderMember == nil && role == .follower
        let mayVote = candidacy.isTransfer || !hearsLeader(at: now)
        let isGranted = vote == candidate || isFree && mayVote && reaches(candidacy)
        if isGranted {
            if vote == nil {
                vote = candidate
                promise(into: &effects)
            }
            waitForLeader(at: now)
        }
        let ballot = QuorumMessage.Ballot(isGranted: isGranted, isPreVote: false)
        send(.ballot(ballot), to: candidate, after: promisePosition, into: &effects)
    }

    /// Whether a candidate's log is at least as far as this one (paper §5.4.1).
    private func reaches(_ candidacy: QuorumMessage.Candidacy) -> Bool {
        has(.votesForOutdated)
            || log.isReached(by: candidacy.lastIndex, term: candidacy.lastTerm)
    }

    mutating func count(
        _ ballot: QuorumMessage.Ballot, inTerm asked: UInt64, from voter: QuorumMember,
        at now: Moment, into effects: inout Effects<Self>
    ) {
        let isMine =
            ballot.isPreVote
            ? role == .preCandidate && (asked == term + 1 || !ballot.isGranted)
            : role == .candidate && asked == term
        guard isMine else { return ignored.unexpected += 1 }
        note(voter, isGranted: ballot.isGranted)
        countBallots(at: now, into: &effects)
    }

    private mutating func note(_ voter: QuorumMember, isGranted: Bool) {
        guard !ballots.contains(where: { $0.member == voter }) else { return }
        ballots.append((voter, isGranted))
    }

    private mutating func countBallots(at now: Moment, into effects: inout Effects<Self>) {
        let outcome = log.membership.outcome { voter in
            ballots.first { $0.member == voter }?.isGranted
        }
        switch (outcome, role) {
        case (.won, .preCandidate): stand(isTransfer: false, at: now, into: &effects)
        case (.won, .candidate): lead(at: now, into: &effects)
        case (.lost, _): follow(nil, inTerm: term, at: now, into: &effects)
        default: break
        }
    }
}
