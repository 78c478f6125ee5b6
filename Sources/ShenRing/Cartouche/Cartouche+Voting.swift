import StateMachines

/// A member as a voter and acceptor.
extension Cartouche {
    /// Leaves all lower epochs, and in memory at once: what says so to others waits until it is durable.
    ///
    /// - Parameter candidate: who gets this node's vote in the epoch; nil where it has its winner.
    mutating func promise(
        _ epoch: Epoch, to candidate: Member?, at now: Moment, into effects: inout Outbox
    ) {
        guard epoch > memory.promised else { return }
        if settings.has(.forgetsVote), candidate != nil {
            memory.apply(.promised(epoch, candidate))
        } else {
            promisePosition = store(.promised(epoch, candidate), into: &effects)
        }
        leaveLowerEpochs(at: now, into: &effects)
    }

    private mutating func leaveLowerEpochs(at now: Moment, into effects: inout Outbox) {
        horizon = max(horizon, memory.promised)
        if let candidacy, candidacy.epoch < memory.promised { self.candidacy = nil }
        // Whoever got the promise will have the token soon.
        pursuit?.isConfirmed = false
        pursuit?.next = now + settings.patience
        forgetOutdatedToken(into: &effects)
    }

    /// Answers a candidate: with a vote once that is durable, or with the epoch that it has to exceed, or
    /// not at all while a lease runs.
    ///
    /// Whether the vote counts is for the candidate to know. It may need that of a newcomer which knows of
    /// no ring yet: of one that is proposed with it, and perhaps agreed on.
    mutating func consider(
        _ ballot: Ballot, from sender: NodeID, at now: Moment, into effects: inout Outbox
    ) {
        guard ballot.candidate.node == sender, ballot.epoch > .none, ballot.epoch <= .limit else {
            return statistics.malformed += 1
        }
        horizon = max(horizon, ballot.epoch)
        if let chosen = memory.chosen, ballot.version < chosen.version,
            !settings.has(.countsRemovedMembers)
        {
            send(.installed(newest, chosen), to: sender, into: &effects)
        }
        let isPromised = ballot.epoch == memory.promised && memory.promisedTo == ballot.candidate
        let isAgain = settings.has(.regeneratesSameEpoch) && ballot.epoch == memory.promised
        guard ballot.epoch > memory.promised || isPromised || isAgain else {
            statistics.stale += 1
            let answer = Content.outvoted(promised: memory.promised, newest: newest)
            return send(answer, to: sender, into: &effects)
        }
        guard isPromised || !keepsOff(ballot, at: now) else { return statistics.stale += 1 }
        promise(ballot.epoch, to: ballot.candidate, at: now, into: &effects)
        wait(for: promisePosition, then: .vote(ballot), at: now, into: &effects)
    }

    /// Whether the node has promised somebody not to vote for this now.
    private func keepsOff(_ ballot: Ballot, at now: Moment) -> Bool {
        if let holding, let lease = holding.lease, lease > now, holding.epoch > ballot.succeeds {
            return true
        }
        return support.ends > now && support.epoch > ballot.succeeds
            && !settings.has(.votesDuringLease)
    }

    /// Gives the vote; what it promises is durable.
    mutating func vote(for ballot: Ballot, into effects: inout Outbox) {
        let isAgain = settings.has(.regeneratesSameEpoch)
        guard memory.promised == ballot.epoch,
            memory.promisedTo == ballot.candidate || isAgain,
            let own = ownVote(in: ballot.epoch)
        else { return statistics.stale += 1 }
        send(.vote(own), to: ballot.candidate.node, into: &effects)
    }

    /// This node's vote, with what it knows of the ring.
    func ownVote(in epoch: Epoch) -> Vote? {
        member.map {
            Vote(epoch: epoch, member: $0, chosen: memory.chosen, accepted: memory.accepted)
        }
    }

    /// Accepts what the winner of an epoch proposes, unless it has promised a higher one.
    mutating func consider(
        _ proposal: Proposal, from sender: NodeID, at now: Moment, into effects: inout Outbox
    ) {
        guard proposal.proposer.node == sender, proposal.configuration.isSound,
            proposal.base.isSound, proposal.configuration.version == proposal.base.version + 1,
            proposal.epoch > .none, proposal.epoch <= .limit
        else { return statistics.malformed += 1 }
        guard let member,
            proposal.base.contains(member) || proposal.configuration.contains(member)
        else { return statistics.strangers += 1 }
        guard proposal.epoch >= memory.promised else {
            statistics.stale += 1
            let answer = Content.outvoted(promised: memory.promised, newest: newest)
            return send(answer, to: sender, into: &effects)
        }
        let isNew =
            memory.accepted?.epoch != proposal.epoch
            || memory.accepted?.configuration != proposal.configuration
        if isNew {
            let isNews = memory.chosen.map { $0.version < proposal.base.version } ?? true
            promisePosition = store(.accepted(proposal), into: &effects)
            leaveLowerEpochs(at: now, into: &effects)
            if isNews { effects.report(.ringChanged(proposal.base)) }
        }
        wait(for: promisePosition, then: .accept(proposal), at: now, into: &effects)
    }

    /// Says that it accepted; what was accepted is durable.
    mutating func accept(
        _ proposal: Proposal, at now: Moment, into effects: inout Outbox
    ) {
        guard memory.promised == proposal.epoch, let member else { return statistics.stale += 1 }
        if proposal.proposer == member {
            count(member, accepting: proposal.epoch, from: node, at: now, into: &effects)
        } else {
            send(.accepted(proposal.epoch, member), to: proposal.proposer.node, into: &effects)
        }
    }
}
