import StateMachines

/// What a node does with the token while it has it.
extension Cartouche {
    private enum Turn {
        /// Give the token up for a higher epoch.
        case succeed
        case grant
        /// A lease is to come.
        case wait
        case pass(Int)
        case rest
        /// Nobody is left who could take it.
        case drop
    }

    /// Grants the right, passes the token on, or lets it rest, until there is something to wait for.
    mutating func useToken(at now: Moment, into effects: inout Outbox) {
        guard let came = holding else { return }
        if let forfeited = came.forfeited, forfeited <= now { holding?.forfeited = nil }
        forgetChangesThatAreMade()
        askForLeaseWhereNeeded(at: now, into: &effects)
        guard let held = holding, held.grant == nil else { return }
        switch turn(of: held, at: now) {
        case .succeed: succeed(at: now, into: &effects)
        case .grant: makeGrant(at: now, into: &effects)
        case .pass(let place): pass(to: place, at: now, into: &effects)
        case .drop: dropToken(into: &effects)
        case .wait, .rest: break
        }
    }

    private func turn(of held: Holding, at now: Moment) -> Turn {
        if mustSucceed(held) { return .succeed }
        let receiver = receiver(after: held, at: now)
        if held.place == nil { return receiver.map { .pass($0) } ?? .drop }
        if isOwnTurn(held, receiver, at: now) {
            return hasLease(held, for: settings.leastHold, at: now) ? .grant : .wait
        }
        // A lease that is asked for is waited for, so that it goes with the token: a round trip, once in
        // half a lease.
        if held.renewal != nil { return .wait }
        if settings.has(.neverForwards), !held.isServed { return .rest }
        return receiver.map { .pass($0) } ?? .rest
    }

    /// One grant a visit, unless nobody else would get the token.
    private func isOwnTurn(_ held: Holding, _ receiver: Int?, at now: Moment) -> Bool {
        !tickets.isEmpty && mayAskForLease(held, at: now) && (!held.isServed || receiver == nil)
    }

    /// Whether the ring is to change, or a member waits that takes tokens of higher epochs only, or so many
    /// have promised higher ones that there is no lease to be had in this.
    private func mustSucceed(_ held: Holding) -> Bool {
        guard isMember, settings.regeneration == .majority else { return false }
        return !changes.isEmpty || held.token.places.contains { $0.wants && $0.floor > held.epoch }
            || (held.forfeited != nil && horizon > held.epoch)
    }

    /// Who gets the token next, were it passed on now; nil where it rests.
    private func receiver(after held: Holding, at now: Moment) -> Int? {
        let token = held.token
        let own = held.place ?? token.places.count - 1
        let othersWait = token.places.contains(where: \.wants)
        func next(where isWanted: (Place) -> Bool) -> Int? {
            let place = token.next(after: own) { $0.floor <= held.epoch && isWanted($0) }
            return place == held.place ? nil : place
        }
        if settings.order == .skipsIdle, othersWait { return next { $0.wants } }
        if held.place == nil { return next { _ in true } }
        switch settings.order {
        case .visitsAll where othersWait || !tickets.isEmpty: return next { _ in true }
        case .skipsIdle where !tickets.isEmpty: return nil
        default: return (leaving(held).map { $0 <= now } ?? false) ? next { _ in true } : nil
        }
    }

    /// When the token moves on though nobody wants it; nil where it rests.
    private func leaving(_ held: Holding) -> Moment? {
        if case .circulates(let span) = settings.idle { held.since + span } else { nil }
    }

    /// When something may have to be done with a token that waits here.
    func nextTurn(of held: Holding) -> Moment? {
        if let forfeited = held.forfeited { return forfeited }
        if held.renewal != nil { return nil }
        if let leaving = leaving(held), held.token.places.count > 1, !held.lingers {
            return leaving
        }
        if case .rests(keepsLease: true) = settings.idle, let lease = held.lease {
            return lease - settings.safeLease / 2 + Span(nanoseconds: 1)
        }
        return nil
    }

    private mutating func makeGrant(at now: Moment, into effects: inout Outbox) {
        guard var held = holding.take() else { return }
        held.token.grants += 1
        held.isServed = true
        var until = now + settings.hold
        if let lease = held.lease, usesLeases, !settings.has(.grantsBeyondLease) {
            until = min(until, lease)
        }
        let epoch = settings.has(.restartsFencingNumbers) ? 0 : held.epoch.number
        let grant = Grant(
            ticket: tickets.removeFirst(),
            number: FencingNumber(epoch: epoch, grant: held.token.grants), until: until)
        held.grant = grant
        holding = held
        statistics.grants += 1
        effects.report(.granted(grant))
    }

    /// Ends the right whose time is over.
    mutating func endGrant(at now: Moment, into effects: inout Outbox) {
        guard let grant = holding?.grant, grant.until <= now else { return }
        holding?.grant = nil
        statistics.ended += 1
        effects.report(.ended(grant))
    }

    /// Gives up a token, here or on its way, where there is a higher epoch: this node promised it, or it had
    /// a token.
    mutating func forgetOutdatedToken(into effects: inout Outbox) {
        let lowest = max(newest, memory.promised)
        if let passing, passing.token.position.epoch < lowest { self.passing = nil }
        if let holding, holding.epoch < lowest { dropToken(into: &effects) }
    }

    /// Gives the token up: there is another one, or will be.
    mutating func dropToken(into effects: inout Outbox) {
        if let grant = holding?.grant {
            statistics.ended += 1
            effects.report(.ended(grant))
        }
        holding = nil
    }

    private mutating func forgetChangesThatAreMade() {
        guard let chosen = memory.chosen, !changes.isEmpty else { return }
        changes.removeAll { chosen.applying($0.change) == nil }
    }
}

extension Cartouche.Holding {
    /// The token's epoch.
    var epoch: Cartouche.Epoch { token.position.epoch }

    /// Whether there is nobody that a token without anybody's want could go on to.
    var lingers: Bool {
        !token.places.indices.contains { $0 != place && token.places[$0].floor <= epoch }
    }
}
