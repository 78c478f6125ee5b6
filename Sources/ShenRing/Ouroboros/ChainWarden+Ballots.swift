import Randomness
import StateMachines

/// Deciding: Paxos for the epoch after the last decided one.
extension ChainWarden {
    /// Begins an attempt where the configuration should change and no other warden seems to be at it.
    ///
    /// Lower ranks go first: a warden waits a retry period for each before it, and a random part of one,
    /// so that two seldom outvote each other.
    mutating func considerAttempt(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard attempt == nil, now >= deferUntil else { return }
        guard let proposal = proposal(at: now) else { return attemptAt = nil }
        guard let attemptAt else {
            return attemptAt = now + settings.retry * Int64(rank) + someRetry
        }
        guard now >= attemptAt else { return }
        self.attemptAt = nil
        let round = max(promised?.round ?? 0, accepted?.ballot.round ?? 0) + 1
        let ballot = ChainBallot(round: round, warden: id)
        attempt = Attempt(
            ballot: ballot, proposal: proposal, repeatAt: now + settings.retry,
            giveUpAt: now + patience)
        let position = notePromise(of: ballot, &effects)
        attempt?.opensAt = position
        openAttempt(at: now, into: &effects)
    }

    /// Begins to ask the others, as soon as the promise that this warden itself has made to the ballot
    /// is durable.
    ///
    /// Not before: a life that did not know of the ballot would give it to another proposal, and a
    /// ballot with two proposals can have each of them accepted by somebody. An attempt's time counts
    /// from here: where the own disk is slow, another attempt would only stand behind the same record.
    /// Until here it is in nobody's way, and gives way to whoever asks first. Were others already outvoted
    /// by it, wardens with slow disks would outvote each other for ever.
    mutating func openAttempt(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard var current = attempt, let position = current.opensAt, position <= durable else {
            return
        }
        current.opensAt = nil
        promised = max(promised ?? current.ballot, current.ballot)
        current.repeatAt = now + settings.retry
        current.giveUpAt = now + patience
        attempt = current
        sendAttempt(into: &effects)
    }

    /// What to propose: what should change; or what this warden has accepted, of which nobody may know
    /// that it is decided.
    private func proposal(at now: Moment) -> ChainConfiguration? {
        wanted(at: now) ?? accepted?.configuration
    }

    /// How long each half of an attempt may take: twice as long after each in this epoch that took too
    /// long.
    ///
    /// Not so many retries: promises wait for disks. An attempt that a slow one outlives would be
    /// followed by others in higher ballots, to each of which the promises come too late, for ever.
    private var patience: Span {
        (settings.leaseWaited + settings.suspicion) * (1 << min(overdueAttempts, 6))
    }

    /// A random span below half a retry period.
    private var someRetry: Span {
        mutating get {
            let most = UInt64(settings.retry.nanoseconds / 2) + 1
            return Span(nanoseconds: Int64(generator.next(below: most)))
        }
    }

    /// Repeats what an attempt asked, or gives it up.
    mutating func repeatAttempt(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard let current = attempt, now >= current.repeatAt else { return }
        let isOverdue = now >= current.giveUpAt && current.opensAt == nil
        // Who was well when it began may have gone since, and until it is promised, all may be as it
        // was again. What another ballot left stands.
        let isOutdated =
            current.highest == nil
            && (current.isAccepting
                ? !current.proposal.members.allSatisfy { isFit($0, at: now) }
                : current.proposal != proposal(at: now))
        guard !isOverdue, !isOutdated else {
            if isOverdue { overdueAttempts += 1 }
            attempt = nil
            attemptAt = now + someRetry
            return
        }
        attempt?.repeatAt = now + settings.retry
        sendAttempt(into: &effects)
    }

    /// Asks every warden, this one included, what the attempt is at.
    private func sendAttempt(into effects: inout Effects<ChainNode>) {
        guard let attempt, attempt.opensAt == nil else { return }
        let body: ChainBallotMessage =
            attempt.isAccepting
            ? .accept(base: decided, attempt.ballot, attempt.proposal)
            : .prepare(base: decided, attempt.ballot, wanted: attempt.proposal)
        for warden in settings.wardens { effects.send(message(.ballot(body)), to: warden) }
    }

    mutating func take(
        _ ballot: ChainBallotMessage, from sender: NodeID, at now: Moment,
        _ ignored: inout ChainNode.Ignored, _ effects: inout Effects<ChainNode>
    ) {
        switch ballot {
        case .prepare(let base, let ballot, let wanted):
            guard agree(on: base, with: sender, &ignored, &effects) else { return }
            // Once something was accepted, what is wanted is of no importance.
            guard accepted != nil || !objects(to: wanted, at: now) else { return }
            promise(ballot, to: sender, at: now, &effects)
        case .accept(let base, let ballot, let proposal):
            guard agree(on: base, with: sender, &ignored, &effects) else { return }
            accept(
                AcceptedConfiguration(ballot: ballot, configuration: proposal), from: sender,
                at: now, &ignored, &effects)
        case .promise(let epoch, let ballot, let earlier):
            guard isCurrent(epoch, ballot, &ignored) else { return }
            take(promiseOf: sender, earlier, at: now, &effects)
        case .accepted(let epoch, let ballot):
            guard isCurrent(epoch, ballot, &ignored) else { return }
            take(acceptanceOf: sender, &effects)
        case .outvoted(let epoch, let higher):
            guard epoch == decided.epoch + 1, let current = attempt, current.ballot < higher
            else { return ignored.old += 1 }
            // To be tried again above it. Were it left to whoever has the higher ballot, a warden
            // that wants what all others object to would keep them from anything else.
            // One whom this warden itself has made a promise, it leaves it to.
            attempt = nil
            attemptAt = now + settings.retry * Int64(rank) + someRetry
            promised = max(promised ?? higher, higher)
        }
    }

    /// Learns what the sender knows to be decided; where this warden knows more, tells the sender.
    /// Says whether both are at the same epoch now.
    private mutating func agree(
        on base: ChainConfiguration, with sender: NodeID, _ ignored: inout ChainNode.Ignored,
        _ effects: inout Effects<ChainNode>
    ) -> Bool {
        learn(base, into: &effects)
        if base.epoch < decided.epoch {
            ignored.old += 1
            effects.send(message(.configuration(decided)), to: sender)
        } else if base != decided {
            ignored.malformed += 1
        } else {
            return true
        }
        return false
    }

    /// Whether a reply belongs to the attempt under way.
    private func isCurrent(
        _ epoch: UInt64, _ ballot: ChainBallot, _ ignored: inout ChainNode.Ignored
    ) -> Bool {
        if epoch == decided.epoch + 1, ballot == attempt?.ballot { return true }
        ignored.old += 1
        return false
    }

    /// Another warden is at it: unless it falls silent, this one does nothing.
    private mutating func leaveItToOthers(at now: Moment) {
        if attempt?.opensAt != nil { attempt = nil }
        deferUntil = now + settings.suspicion + settings.retry * Int64(rank)
    }

    private mutating func promise(
        _ ballot: ChainBallot, to sender: NodeID, at now: Moment,
        _ effects: inout Effects<ChainNode>
    ) {
        let epoch = decided.epoch + 1
        if let promised, ballot < promised {
            return effects.send(message(.ballot(.outvoted(epoch: epoch, promised))), to: sender)
        }
        promised = ballot
        if sender != id { leaveItToOthers(at: now) }
        // What it has accepted meanwhile is in the answer.
        let position = max(notePromise(of: ballot, &effects), acceptanceNoted?.position ?? 0)
        answer(.promise(epoch: epoch, ballot, accepted: accepted), sender, position, &effects)
    }

    /// Has the promise to a ballot stored, once, and says where its record stands.
    private mutating func notePromise(
        of ballot: ChainBallot, _ effects: inout Effects<ChainNode>
    ) -> RecordPosition {
        if let promiseNoted, promiseNoted.ballot == ballot { return promiseNoted.position }
        let position = effects.store(.promised(epoch: decided.epoch + 1, ballot))
        promiseNoted = (ballot, position)
        return position
    }

    private mutating func accept(
        _ acceptance: AcceptedConfiguration, from sender: NodeID, at now: Moment,
        _ ignored: inout ChainNode.Ignored, _ effects: inout Effects<ChainNode>
    ) {
        let (epoch, ballot) = (decided.epoch + 1, acceptance.ballot)
        guard acceptance.configuration.epoch == epoch else { return }
        if let promised, ballot < promised {
            return effects.send(message(.ballot(.outvoted(epoch: epoch, promised))), to: sender)
        }
        // A ballot has one proposal. Whoever sends a second one has forgotten the first, which may have
        // been decided.
        if let accepted, accepted.ballot == ballot, accepted != acceptance {
            return ignored.malformed += 1
        }
        promised = ballot
        if sender != id { leaveItToOthers(at: now) }
        // The attempt is repeated; by then the lease will have ended.
        guard !isBlocked(acceptance.configuration, at: now) else {
            return blocked = (acceptance, now + settings.retry * 4)
        }
        accepted = acceptance
        answer(
            .accepted(epoch: epoch, ballot), sender, note(acceptance, &effects), &effects)
    }

    /// Has what was accepted stored, once, and says where its record stands.
    private mutating func note(
        _ acceptance: AcceptedConfiguration, _ effects: inout Effects<ChainNode>
    ) -> RecordPosition {
        if let acceptanceNoted, acceptanceNoted.acceptance == acceptance {
            return acceptanceNoted.position
        }
        let position = effects.store(.accepted(acceptance))
        acceptanceNoted = (acceptance, position)
        return position
    }

    /// Answers when what the answer tells of is durable.
    ///
    /// What is asked again and again meanwhile is answered once. Were it noted again as well, a disk
    /// that needs a sync for each record, and for each longer than questions are apart, would fall
    /// behind for ever.
    private mutating func answer(
        _ body: ChainBallotMessage, _ receiver: NodeID, _ position: RecordPosition,
        _ effects: inout Effects<ChainNode>
    ) {
        guard position > durable else {
            return effects.send(message(.ballot(body)), to: receiver)
        }
        let reply = Withheld(
            position: position, receiver: receiver, body: body, epoch: decided.epoch + 1)
        if !withheld.contains(reply) { withheld.append(reply) }
    }

    /// How many wardens it takes.
    private var needed: Int { settings.has(.decidedWithoutMajority) ? 1 : settings.majority }

    private mutating func take(
        promiseOf sender: NodeID, _ earlier: AcceptedConfiguration?, at now: Moment,
        _ effects: inout Effects<ChainNode>
    ) {
        guard var current = attempt, !current.isAccepting,
            !current.promises.contains(sender)
        else { return }
        current.promises.append(sender)
        // What may have been decided in a lower ballot is proposed again.
        if let earlier, earlier.ballot > current.highest ?? ChainBallot(round: 0, warden: id) {
            current.highest = earlier.ballot
            current.proposal = earlier.configuration
        }
        if current.promises.count >= needed {
            current.isAccepting = true
            current.repeatAt = now + settings.retry
            current.giveUpAt = now + patience
        }
        attempt = current
        if current.isAccepting { sendAttempt(into: &effects) }
    }

    private mutating func take(
        acceptanceOf sender: NodeID, _ effects: inout Effects<ChainNode>
    ) {
        guard var current = attempt, current.isAccepting,
            !current.acceptances.contains(sender)
        else { return }
        current.acceptances.append(sender)
        attempt = current
        guard current.acceptances.count >= needed else { return }
        learn(current.proposal, into: &effects)
        announce(into: &effects)
    }

    /// Tells what was decided to all who take part in it, or did, and to the other wardens.
    private func announce(into effects: inout Effects<ChainNode>) {
        for node in settings.replicas + settings.wardens where node != id {
            effects.send(message(.configuration(decided)), to: node)
        }
        // A node that is both tells itself.
        if settings.replicas.contains(id) {
            effects.send(message(.configuration(decided)), to: id)
        }
    }

    /// Takes a configuration as decided, if it is later than what this warden knows.
    mutating func learn(
        _ configuration: ChainConfiguration, into effects: inout Effects<ChainNode>
    ) {
        guard configuration.epoch > decided.epoch else { return }
        decided = configuration
        (promised, accepted, blocked, attempt, attemptAt) = (nil, nil, nil, nil, nil)
        (promiseNoted, acceptanceNoted, overdueAttempts) = (nil, nil, 0)
        deferUntil = Moment(nanoseconds: .min)
        for place in watched.indices {
            watched[place].inSync = nil
            // Who is out waits until it has been heard of for a while, from now.
            if watched[place].cutOffUntil != nil, let member = watched[place].member,
                configuration.includes(member)
            {
                watched[place].cutOffUntil = nil
            }
        }
        effects.store(.decided(configuration))
        effects.report(.decided(configuration))
    }
}
