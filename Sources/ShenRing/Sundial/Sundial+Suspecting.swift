import StateMachines

extension Sundial {
    /// Suspects a member on this node's own account.
    mutating func suspect(_ member: NodeID, at now: Moment, into effects: inout Effects<Self>) {
        let held = table[member]
        guard held.isRunning else { return }
        if settings.has(.deathWithoutSuspicion) {
            declareDead(member, incarnation: held.incarnation, at: now, into: &effects)
        } else if held.isAlive {
            change(
                member, to: MemberState(.suspect, incarnation: held.incarnation), accuser: node,
                at: now, into: &effects)
        } else {
            confirm(member, by: node, at: now)
        }
    }

    /// Another node suspects a suspect too: it has less time to object, and others are told who does
    /// (Lifeguard, section IV-B).
    mutating func confirm(_ member: NodeID, by accuser: NodeID, at now: Moment) {
        if settings.has(.relayRestartsTimeout) { suspicions.restart(member, at: now) }
        let (settings, nodes) = (settings, table.running)
        let isNew = suspicions.confirm(
            member, by: accuser, most: settings.suspicion.confirmations
        ) {
            settings.suspicion.timeout(confirmed: $0, nodes: nodes, period: settings.period)
        }
        guard isNew, !settings.countsHeartbeats else { return }
        rumors.add(Rumors.Rumor(member: member, state: table[member], accuser: accuser))
    }

    /// How long a suspicion with so many confirmations lasts now.
    func suspicionTimeout(confirmed: Int) -> Span {
        settings.suspicion.timeout(
            confirmed: confirmed, nodes: table.running, period: settings.period)
    }

    /// Holds a member for dead in an incarnation, unless more is known of it by now.
    mutating func declareDead(
        _ member: NodeID, incarnation: UInt32, at now: Moment, into effects: inout Effects<Self>
    ) {
        let state = MemberState(.dead, incarnation: incarnation)
        guard table[member].isRunning, table[member] < state else { return }
        change(member, to: state, accuser: node, at: now, into: &effects)
    }

    /// Notices that this node stood still, or that its clock leapt: what it waited for may lie unread
    /// before it. It gives up its probe, gives suspects as much more time, and trusts itself less.
    ///
    /// Away for half the lifetime of tombstones, it may know as alive who is dead and nearly forgotten;
    /// so it forgets what it knew. What lies unread is as old as that: it hears nothing for a period.
    mutating func noticePause(at now: Moment, into effects: inout Effects<Self>) {
        let gap = now - lastStep
        lastStep = now
        // A round is due each period, whatever else is.
        guard let due = nextRound, now - due > settings.period else { return }
        nextRound = now
        if nextProbe != nil { nextProbe = now }
        probe = nil
        relays = []
        if gap > settings.tombstoneLifetime / 2, !settings.has(.bringsBackStaleTable) {
            isDeafUntil = now + settings.period
            startOver(at: now, into: &effects)
        } else {
            suspicions.extend(by: gap)
            health.add(1)
        }
    }
}
