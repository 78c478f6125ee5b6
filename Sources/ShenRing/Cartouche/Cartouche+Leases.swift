import StateMachines

/// Leases: what a holder asks of a majority, so that its rights end before anybody votes for more.
///
/// A member that grants a lease counts it from its answer, by its own clock; the holder counts it from its
/// question, by its own, and shortens it by what both clocks may drift. The lease belongs to the epoch, so
/// it goes on with the token, and the next holder has to tell its end by its own clock without knowing how
/// long the token was under way. Two things that it can know bound that, and the later of both counts:
///
/// - Its own clock's reading that the token carried when the lease was asked for (`Place.leased`): the lease
///   began after it. Exact to a lap, however often the token is passed since.
/// - Its own reading that the token carries now (`Place.stamp`), and what was left of the sender's lease
///   when it sent the token: that was after the reading. Good for a want that came after the lease.
extension Cartouche {
    /// Whether rights need a lease.
    var usesLeases: Bool { settings.regeneration == .majority }

    /// Whether rights may last this long from now.
    func hasLease(_ held: Holding, for span: Span, at now: Moment) -> Bool {
        if !usesLeases || (settings.has(.grantsBeyondLease) && held.lease != nil) { return true }
        return held.lease.map { $0 - now >= span } ?? false
    }

    func mayAskForLease(_ held: Holding, at now: Moment) -> Bool {
        held.forfeited.map { $0 <= now } ?? true
    }

    /// Asks for a lease where less than half of one is left and somebody waits for the right.
    mutating func askForLeaseWhereNeeded(at now: Moment, into effects: inout Outbox) {
        guard usesLeases, let held = holding, held.renewal == nil, held.place != nil,
            mayAskForLease(held, at: now), !hasLease(held, for: settings.safeLease / 2, at: now)
        else { return }
        let isWanted = !tickets.isEmpty || held.token.places.contains(where: \.wants)
        guard isWanted || settings.idle == .rests(keepsLease: true) else { return }
        rounds += 1
        statistics.renewals += 1
        holding?.forfeited = nil
        holding?.renewal = Renewal(
            round: rounds, asked: now, stamps: held.token.places.map(\.stamp),
            due: now + settings.resend, giveUp: now + settings.patience)
        send(
            .renew(held.epoch, round: rounds), to: held.token.configuration.members,
            into: &effects)
        if let member {
            extendSupport(for: held.epoch, at: now)
            count(member, for: held.epoch, round: rounds, from: node, at: now)
        }
    }

    /// A member has granted the lease.
    mutating func count(
        _ supporter: Member, for epoch: Epoch, round: UInt64, from sender: NodeID, at now: Moment
    ) {
        guard supporter.node == sender else { return statistics.malformed += 1 }
        guard var renewal = holding?.renewal, renewal.round == round, let token = holding?.token,
            token.position.epoch == epoch
        else { return statistics.stale += 1 }
        guard !renewal.supporters.contains(supporter) else { return }
        renewal.supporters.append(supporter)
        holding?.renewal = renewal
        guard token.configuration.isMajority(renewal.supporters) else { return }
        let began = settings.has(.leasesFromAnswer) ? now : renewal.asked
        let lease = began + settings.safeLease
        let former = holding?.lease
        holding?.lease = max(former ?? lease, lease)
        for (place, stamp) in renewal.stamps.enumerated() where stamp != nil {
            holding?.token.places[place].leased = stamp
        }
        holding?.renewal = nil
    }

    /// Asks those again that have not granted it, ever more seldom, and gives up after `patience`: then
    /// others may have the token before this node tries again.
    mutating func renewalUnanswered(at now: Moment, into effects: inout Outbox) {
        guard let held = holding, var renewal = held.renewal else { return }
        guard now < renewal.giveUp else {
            holding?.renewal = nil
            holding?.forfeited = now + settings.patience
            return
        }
        renewal.due = min(now + max(settings.resend, now - renewal.asked), renewal.giveUp)
        holding?.renewal = renewal
        let silent = held.token.configuration.members.filter { !renewal.supporters.contains($0) }
        send(.renew(held.epoch, round: renewal.round), to: silent, into: &effects)
    }

    /// The end of the lease that came with a token; nil where this node cannot tell it.
    func lease(of token: Token, at place: Int, remaining: Span, at now: Moment) -> Moment? {
        if settings.has(.leasesFromArrival) { return now + remaining }
        let own = token.places[place]
        var end: Moment?
        if let leased = own.leased, leased.life == life {
            end = leased.reading + settings.safeLease
        }
        if remaining > .zero, let stamp = own.stamp, stamp.life == life {
            let other = stamp.reading + settings.shortened(remaining)
            end = max(end ?? other, other)
        }
        return end
    }

    // MARK: The member that is asked

    /// Promises a lease to the holder of an epoch, once the promise of the epoch itself is durable.
    mutating func answerRenewal(
        of epoch: Epoch, round: UInt64, from sender: NodeID, at now: Moment,
        into effects: inout Outbox
    ) {
        guard epoch > .none, epoch <= .limit else { return statistics.malformed += 1 }
        guard epoch >= memory.promised else {
            statistics.stale += 1
            let answer = Content.outvoted(promised: memory.promised, newest: newest)
            return send(answer, to: sender, into: &effects)
        }
        newest = max(newest, epoch)
        promise(epoch, to: nil, at: now, into: &effects)
        wait(
            for: promisePosition, then: .support(epoch, round: round, holder: sender), at: now,
            into: &effects)
    }

    mutating func giveSupport(
        to holder: NodeID, in epoch: Epoch, round: UInt64, at now: Moment,
        into effects: inout Outbox
    ) {
        guard memory.promised == epoch, let member else { return statistics.stale += 1 }
        extendSupport(for: epoch, at: now)
        send(.renewed(epoch, round: round, member), to: holder, into: &effects)
    }

    private mutating func extendSupport(for epoch: Epoch, at now: Moment) {
        support.epoch = max(support.epoch, epoch)
        support.ends = max(support.ends, now + settings.lease)
    }
}
