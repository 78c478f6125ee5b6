import Randomness
import StateMachines

/// A node that wants to win an epoch, to mint its token.
extension Cartouche {
    /// Gives the token up to stand for a higher epoch: to change the ring, or to let in members that take
    /// tokens of higher epochs only.
    mutating func succeed(at now: Moment, into effects: inout Outbox) {
        guard let held = holding.take() else { return }
        if let change = changes.first?.change, settings.has(.changesWithoutAgreement),
            let changed = memory.chosen?.applying(change)
        {
            store(.installed(changed), into: &effects)
        }
        let floor = held.token.places.map(\.floor).max() ?? .none
        stand(
            above: max(held.epoch, floor), succeeding: held.token, at: now, into: &effects)
    }

    /// Stands for an epoch above all that this node has heard of.
    ///
    /// It asks nobody before its own vote is durable. Else a candidate that crashes after it has won could
    /// stand for the same epoch again, and be given the same votes.
    mutating func stand(
        above floor: Epoch = .none, succeeding legacy: Token? = nil, at now: Moment,
        into effects: inout Outbox
    ) {
        guard isMember, let member else { return }
        let highest = max(floor, memory.promised, max(horizon, newest))
        guard highest < .limit else { return }
        let isAgain = settings.has(.regeneratesSameEpoch) && newest > .none && legacy == nil
        let epoch = isAgain ? max(newest, memory.promised) : highest.next
        statistics.candidacies += 1
        promise(epoch, to: member, at: now, into: &effects)
        let patience = UInt64(settings.patience.nanoseconds)
        let further = Span(nanoseconds: Int64(generator.next(below: patience)))
        candidacy = Candidacy(
            epoch: epoch, succeeds: legacy?.position.epoch ?? .none, legacy: legacy,
            change: changes.first?.change, due: now + settings.patience,
            expires: now + settings.patience + further)
        pursuit = nil
        wait(for: promisePosition, then: .stand(epoch), at: now, into: &effects)
    }

    /// Asks all for their votes; the own one is durable.
    mutating func askForVotes(_ epoch: Epoch, at now: Moment, into effects: inout Outbox) {
        guard candidacy?.epoch == epoch, candidacy?.stage == .storing else { return }
        candidacy?.stage = .asking
        if let own = ownVote(in: epoch) { candidacy?.votes = [own] }
        sendCandidacy(at: now, into: &effects)
        decide(at: now, into: &effects)
    }

    /// Sends what the candidacy waits for answers to, to those that have not given them.
    private mutating func sendCandidacy(at now: Moment, into effects: inout Outbox) {
        guard var candidacy, let member, let chosen = memory.chosen else { return }
        candidacy.due = now + settings.resend
        self.candidacy = candidacy
        switch candidacy.stage {
        case .storing:
            break
        case .asking:
            let ballot = Ballot(
                epoch: candidacy.epoch, candidate: member, succeeds: candidacy.succeeds,
                version: chosen.version)
            let voters = candidacy.votes.map(\.member)
            let asked = chosen.joined(with: candidacy.pending(beyond: chosen))
            send(.prepare(ballot), to: asked.filter { !voters.contains($0) }, into: &effects)
        case .proposing(let proposal, let accepted):
            let asked = proposal.base.joined(with: proposal.configuration)
            send(
                .propose(proposal), to: asked.filter { !accepted.contains($0) }, into: &effects)
        }
    }

    mutating func candidacyUnanswered(at now: Moment, into effects: inout Outbox) {
        guard let candidacy else { return }
        guard now < candidacy.expires else { return self.candidacy = nil }
        sendCandidacy(at: now, into: &effects)
    }

    /// Counts a vote, and learns what its voter knows of the ring.
    mutating func count(
        _ vote: Vote, from sender: NodeID, at now: Moment, into effects: inout Outbox
    ) {
        guard vote.member.node == sender, vote.chosen?.isSound ?? true,
            vote.accepted?.configuration.isSound ?? true
        else { return statistics.malformed += 1 }
        guard candidacy?.epoch == vote.epoch, candidacy?.stage == .asking else {
            return statistics.stale += 1
        }
        if let chosen = vote.chosen, !settings.has(.countsRemovedMembers) {
            learn(chosen, at: now, into: &effects)
        }
        guard candidacy?.votes.contains(where: { $0.member == vote.member }) == false else {
            return
        }
        candidacy?.votes.append(vote)
        decide(at: now, into: &effects)
    }

    /// Wins the epoch where a majority of the ring voted for it, and of the ring that it may have become:
    /// a voter may have accepted the next configuration without knowing whether it is agreed on.
    ///
    /// That next one then has to be proposed anew before anything else (Lamport 2001, "Paxos made simple",
    /// section 2.2: the value of the highest-numbered proposal).
    private mutating func decide(at now: Moment, into effects: inout Outbox) {
        guard let candidacy, let chosen = memory.chosen, let member else { return }
        let voters = candidacy.votes.map(\.member)
        let pending = candidacy.pending(beyond: chosen)
        let isWon =
            chosen.isMajority(voters)
            && (pending.map { $0.isMajority(voters) } ?? true)
        guard isWon || settings.has(.regeneratesAlone) else { return }
        guard let next = pending ?? candidacy.change.flatMap({ chosen.applying($0) }) else {
            return mint(former: chosen, at: now, into: &effects)
        }
        let proposal = Proposal(
            epoch: candidacy.epoch, proposer: member, configuration: next, base: chosen)
        self.candidacy?.stage = .proposing(proposal, accepted: [])
        let position = store(.accepted(proposal), into: &effects)
        wait(for: position, then: .accept(proposal), at: now, into: &effects)
        sendCandidacy(at: now, into: &effects)
    }

    /// Counts a member that accepted the proposal: it is agreed on when majorities of both rings have.
    mutating func count(
        _ acceptor: Member, accepting epoch: Epoch, from sender: NodeID, at now: Moment,
        into effects: inout Outbox
    ) {
        guard acceptor.node == sender else { return statistics.malformed += 1 }
        guard candidacy?.epoch == epoch,
            case .proposing(let proposal, var accepted) = candidacy?.stage
        else { return statistics.stale += 1 }
        guard !accepted.contains(acceptor) else { return }
        accepted.append(acceptor)
        candidacy?.stage = .proposing(proposal, accepted: accepted)
        guard proposal.base.isMajority(accepted),
            proposal.configuration.isMajority(accepted)
        else { return }
        mint(agreed: proposal.configuration, former: proposal.base, at: now, into: &effects)
    }

    /// Makes the token of the epoch that was won, and tells all.
    private mutating func mint(
        agreed: Configuration? = nil, former: Configuration, at now: Moment,
        into effects: inout Outbox
    ) {
        guard let candidacy else { return }
        let ring = agreed ?? former
        makeToken(
            of: candidacy.epoch, on: ring, inheriting: candidacy.legacy, at: now, into: &effects)
        send(.installed(candidacy.epoch, ring), to: former.joined(with: agreed), into: &effects)
        if let agreed { learn(agreed, at: now, into: &effects) }
    }

    /// Has the first token of an epoch.
    mutating func makeToken(
        of epoch: Epoch, on ring: Configuration, inheriting legacy: Token? = nil, at now: Moment,
        into effects: inout Outbox
    ) {
        var token = Token(epoch: epoch, configuration: ring)
        if let legacy { token.inherit(legacy) }
        newest = max(newest, epoch)
        statistics.minted += 1
        effects.report(.minted(epoch))
        hold(token, lease: nil, at: now)
    }
}

extension Cartouche.Candidacy {
    /// What the voters may have agreed on beyond the ring that is known to be: the configuration accepted
    /// in the highest epoch, where it is a later one.
    func pending(beyond chosen: Cartouche.Configuration) -> Cartouche.Configuration? {
        var latest: Cartouche.Accepted?
        for accepted in votes.compactMap(\.accepted)
        where accepted.configuration.version > chosen.version {
            if accepted.epoch > latest?.epoch ?? .none { latest = accepted }
        }
        return latest?.configuration
    }
}

extension Cartouche.Configuration {
    /// The members of both, each once, by their nodes.
    func joined(with other: Cartouche.Configuration?) -> [Cartouche.Member] {
        guard let other else { return members }
        return members + other.members.filter { !contains($0) }
    }
}
