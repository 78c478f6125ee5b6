import StateMachines

extension Sundial {
    /// Takes what is said of a member: of two states the greater one holds.
    ///
    /// - Parameter isNews: whether others are to be told, if it was new here.
    mutating func take(
        _ update: MemberUpdate, from sender: NodeID, isNews: Bool, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard update.member != node else {
            hearOfItself(update.state, at: now, into: &effects)
            return
        }
        let held = table[update.member]
        if update.state == held {
            if held.status == .suspect {
                confirm(update.member, by: NodeID(update.detail), at: now)
            }
            return
        }
        guard supersedes(update.state, held) else { return }
        var died: Moment?
        if update.state.status == .dead || update.state.status == .left {
            guard let moment = timeOfDeath(update, held: held, at: now) else { return }
            died = moment
        }
        let accuser = update.state.status == .suspect ? NodeID(update.detail) : sender
        change(
            update.member, to: update.state, accuser: accuser, died: died, isNews: isNews, at: now,
            into: &effects)
    }

    /// Whether a state holds against what is held so far.
    private func supersedes(_ state: MemberState, _ held: MemberState) -> Bool {
        if settings.has(.oldGossipResurrects), state.isAlive, held.status == .dead { return true }
        if settings.has(.rejoinIgnored), held.status == .left { return false }
        if settings.has(.aliveEndsSuspicion), held.status == .suspect, state.isAlive {
            return state.incarnation >= held.incarnation
        }
        return state > held
    }

    /// When a member died, by this node's clock; nil where that is too long ago to remember it.
    ///
    /// One who did not know the member counts a period more: an age does not grow while a message is
    /// under way, and tombstones must not live on by being handed to and fro.
    private func timeOfDeath(
        _ update: MemberUpdate, held: MemberState, at now: Moment
    ) -> Moment? {
        if settings.has(.copiesRemoteClock) {
            return Moment(nanoseconds: Int64(update.detail) * 1_000_000)
        }
        var age = Span.milliseconds(Int64(update.detail))
        if !held.isKnown { age = age + settings.period }
        // Where the member is held to be running, its death is taken however long ago it was.
        guard age < tombstones.lifetime || held.isKnown else { return nil }
        return now - min(age, tombstones.lifetime)
    }

    /// Holds a member for something else from now on, whatever that takes.
    mutating func change(
        _ member: NodeID, to state: MemberState, accuser: NodeID, died: Moment? = nil,
        isNews: Bool = true, at now: Moment, into effects: inout Effects<Self>
    ) {
        let held = table[member]
        if !held.isKnown { order.insert(member) }
        table.set(state, of: member)
        suspicions.end(member)
        tombstones.remove(member)
        switch state.status {
        case .suspect:
            suspicions.begin(
                member, incarnation: state.incarnation, accuser: accuser, at: now,
                timeout: suspicionTimeout(confirmed: 0))
        case .dead, .left: tombstones.insert(member, died: died ?? now)
        case nil, .alive: break
        }
        // A new incarnation counts from nothing, or an old count would keep the new ones from being heard.
        let count = held.incarnation == state.incarnation ? heartbeats?[member] ?? 0 : 0
        heartbeats?.set(count, of: member, round: rounds)
        if isNews, !settings.countsHeartbeats {
            rumors.add(Rumors.Rumor(member: member, state: state, accuser: accuser))
        }
        effects.report(.changed(member, state))
    }

    /// Hears what others say of this node; objects where it has to.
    mutating func hearOfItself(
        _ state: MemberState, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard state > ownState else { return }
        guard !hasLeft else {
            // A former life had gone further before this one left without having heard of it.
            table.set(MemberState(.left, incarnation: state.incarnation), of: node)
            return
        }
        guard stage == .member else { return }
        if settings.has(.neverRefutes), state.incarnation == ownState.incarnation { return }
        if settings.has(.restartStaysBelowFormerLife), state.incarnation > ownState.incarnation {
            return
        }
        // The objection may be on its way to the disk already.
        if let pending, pending.incarnation > state.incarnation { return }
        counts.refutations += 1
        if state.status == .suspect { health.add(1) }
        raise(to: state.incarnation + 1, at: now, into: &effects)
    }

    /// Goes by a greater incarnation, as soon as that is durable where it has to be.
    mutating func raise(
        to incarnation: UInt32, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard settings.isDurable else {
            announce(incarnation, at: now, into: &effects)
            return
        }
        if let pending, pending.incarnation >= incarnation { return }
        let position = effects.store(.incarnation(incarnation))
        if settings.has(.announcesBeforeDurable) {
            announce(incarnation, at: now, into: &effects)
        } else {
            pending = (position, incarnation)
        }
    }

    /// Goes by a greater incarnation from now on, and tells the others.
    mutating func announce(
        _ incarnation: UInt32, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard incarnation <= MemberState.mostIncarnations, stage != .gone else { return }
        if case .leaving = stage { return }
        let isFirst = stage == .starting
        stage = .member
        let state = MemberState(.alive, incarnation: incarnation)
        table.set(state, of: node)
        if !settings.countsHeartbeats {
            rumors.add(Rumors.Rumor(member: node, state: state, accuser: node))
        }
        effects.report(.announced(incarnation: incarnation))
        if isFirst { begin(at: now, into: &effects) }
    }
}
