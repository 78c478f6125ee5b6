import StateMachines

/// How the token gets from one member to the next, once.
extension Cartouche {
    /// A reading of the own clock, for others to bring back.
    func stamp(at now: Moment) -> Stamp { Stamp(life: life, reading: now) }

    /// The lowest epoch whose tokens this node takes.
    var floor: Epoch {
        settings.regeneration == .alone ? .none : max(barred.next, memory.promised, newest)
    }

    /// Passes the token on, and until it is acknowledged again and again.
    mutating func pass(to place: Int, at now: Moment, into effects: inout Outbox) {
        guard let held = holding.take() else { return }
        var token = held.token
        if !settings.has(.passesWithoutSequence) { token.position = token.position.passed }
        if let own = held.place {
            token.places[own].wants = wantsToken
            token.places[own].stamp = stamp(at: now)
            isAnnounced = wantsToken
        }
        let receiver = token.configuration.members[place]
        passing = Passing(
            token: token, receiver: receiver, lease: held.lease, due: now,
            interval: settings.resend)
        trail = receiver.node
        sendPass(at: now, into: &effects)
    }

    private mutating func sendPass(at now: Moment, into effects: inout Outbox) {
        guard var passing else { return }
        let remaining = passing.lease.map { max($0 - now, .zero) } ?? .zero
        send(.pass(passing.token, remaining: remaining), to: passing.receiver.node, into: &effects)
        passing.due = now + passing.interval
        passing.interval = min(passing.interval * 2, settings.patience)
        self.passing = passing
    }

    mutating func passUnanswered(at now: Moment, into effects: inout Outbox) {
        statistics.resent += 1
        sendPass(at: now, into: &effects)
        guard settings.has(.takesUnansweredBack), let passing else { return }
        takeBack(passing, floor: .none, at: now)
    }

    /// The token came to where it was passed.
    mutating func passArrived(_ position: Position, at sender: NodeID) {
        guard let passing, passing.token.position == position, passing.receiver.node == sender
        else { return statistics.stale += 1 }
        self.passing = nil
    }

    /// The token came and was not taken. Only where the receiver is certain that it never took it and never
    /// will, it is still this node's; otherwise it may be anywhere, and is lost to this node.
    mutating func passRefused(
        _ position: Position, _ refusal: Refusal, by sender: NodeID, at now: Moment
    ) {
        horizon = max(horizon, refusal.floor)
        newest = max(newest, refusal.newest)
        guard let passing, passing.token.position == position, passing.receiver.node == sender
        else { return statistics.stale += 1 }
        self.passing = nil
        isAnnounced = false
        guard refusal.isCertain, position.epoch >= newest else { return }
        takeBack(passing, floor: refusal.floor, at: now)
    }

    private mutating func takeBack(_ passing: Passing, floor: Epoch, at now: Moment) {
        var token = passing.token
        token.position = token.position.passed
        if let place = token.configuration.place(of: passing.receiver.node) {
            token.places[place].floor = max(token.places[place].floor, floor)
        }
        statistics.takenBack += 1
        hold(token, lease: passing.lease, at: now)
    }

    // MARK: The receiver

    /// Takes a token, unless it is a copy of one that was here, or of an epoch that this node has left.
    ///
    /// The first token of an epoch is taken when the promise of the epoch is durable, and acknowledged then:
    /// after a crash the node refuses all others of the epoch.
    mutating func receive(
        _ token: Token, remaining: Span, from sender: NodeID, at now: Moment,
        into effects: inout Outbox
    ) {
        guard let member, token.isSound, let place = token.configuration.place(of: node),
            token.configuration.members[place] == member
        else { return statistics.malformed += 1 }
        let position = token.position
        if position.epoch == seen.epoch, position <= seen, !settings.has(.takesStaleTokens) {
            statistics.duplicates += 1
            return send(.taken(position), to: sender, into: &effects)
        }
        guard position.epoch > barred, position.epoch >= max(memory.promised, newest),
            position > seen || settings.has(.takesStaleTokens)
        else { return refuse(position, from: sender, into: &effects) }
        newest = max(newest, position.epoch)
        if usesLeases {
            promise(position.epoch, to: nil, at: now, into: &effects)
            guard promisePosition <= durable || settings.has(.takesBeforeStored) else {
                return wait(
                    for: promisePosition,
                    then: .take(token, remaining: remaining, sender: sender),
                    at: now, into: &effects)
            }
        }
        statistics.taken += 1
        send(.taken(position), to: sender, into: &effects)
        learn(token.configuration, at: now, into: &effects)
        let lease = lease(of: token, at: place, remaining: remaining, at: now)
        hold(token, lease: lease, at: now)
    }

    private mutating func refuse(
        _ position: Position, from sender: NodeID, into effects: inout Outbox
    ) {
        statistics.refused += 1
        // Of this life the node remembers all that it took, and the durable promise keeps it from taking
        // this one later.
        let isCertain =
            position.epoch > barred && position > seen && memory.promised > position.epoch
            && promisePosition <= durable
        let refusal = Refusal(floor: floor, newest: newest, isCertain: isCertain)
        send(.refused(position, refusal), to: sender, into: &effects)
    }

    /// Has the token from now on.
    mutating func hold(_ token: Token, lease: Moment?, at now: Moment) {
        var token = token
        let place = token.configuration.place(of: node)
        if let place {
            token.places[place].visit = token.position.sequence
            token.places[place].wants = false
        }
        for heard in heard where heard.since + settings.patience * 2 > now {
            enter(heard.want, in: &token)
        }
        heard.removeAll(keepingCapacity: true)
        seen = max(seen, token.position)
        passing = nil
        candidacy = nil
        if let pursuit, let asked = pursuit.asked, !pursuit.isReminded, pursuit.round == 0 {
            waits.observe(now - asked)
        }
        pursuit = nil
        isAnnounced = false
        holding = Holding(token: token, place: place, lease: lease, since: now)
    }

    mutating func enter(_ want: Want, in token: inout Token) {
        if settings.has(.dropsWants), want.member.node == token.configuration.members.last?.node {
            return
        }
        if want.member.node != node { token.enter(want) }
    }
}
