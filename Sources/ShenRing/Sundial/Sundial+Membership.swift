import Randomness
import StateMachines

extension Sundial {
    /// How many of those it knew a node that starts over asks.
    static let mostAcquaintances = 8

    /// Begins to take part: the first incarnation of this life is durable.
    mutating func begin(at now: Moment, into effects: inout Effects<Self>) {
        lastStep = now
        let wait =
            settings.isInStep
            ? settings.period
            : Span(
                nanoseconds: Int64(
                    generator.next(below: UInt64(settings.period.nanoseconds))) + 1)
        nextRound = now + wait
        if settings.probes != nil { nextProbe = now + wait }
        if table.running <= 1 { askToJoin(at: now, into: &effects) }
    }

    /// Tells the others that this node leaves.
    mutating func leave(at now: Moment, into effects: inout Effects<Self>) {
        guard stage == .member else { return }
        pending = nil
        probe = nil
        nextProbe = nil
        if settings.has(.leaveIsSilent) {
            fallSilent(into: &effects)
            return
        }
        let state = MemberState(.left, incarnation: ownState.incarnation)
        table.set(state, of: node)
        if !settings.countsHeartbeats {
            rumors.add(Rumors.Rumor(member: node, state: state, accuser: node))
        }
        // As long as an epidemic takes to reach all.
        stage = .leaving(rounds: Int.bitWidth - table.known.leadingZeroBitCount + 1)
    }

    mutating func countDownLeave(into effects: inout Effects<Self>) {
        guard case .leaving(let rounds) = stage else { return }
        if rounds > 1 {
            stage = .leaving(rounds: rounds - 1)
        } else {
            fallSilent(into: &effects)
        }
    }

    private mutating func fallSilent(into effects: inout Effects<Self>) {
        stage = .gone
        nextRound = nil
        relays = []
        effects.report(.departed)
    }

    /// Answers as a node that left: who asks hears that it did, and nobody else does. What it sends is
    /// nothing that such a node answers.
    mutating func answerAsGone(
        _ message: Message, to sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        if settings.has(.leaveIsSilent) { return }
        for update in message.updates where update.member == node {
            hearOfItself(update.state, at: now, into: &effects)
        }
        switch message.body {
        case .ping, .pingRequest, .join, .digest, .table:
            send(
                .correction, to: sender, withNews: false, at: now, into: &effects)
        default: break
        }
    }

    /// Comes back after a leave, in a new incarnation and without what was known then.
    mutating func rejoin(at now: Moment, into effects: inout Effects<Self>) {
        switch stage {
        case .leaving, .gone: break
        case .starting, .member: return
        }
        startOver(at: now, into: &effects)
    }

    /// Forgets what it knew, but for a few whom to ask, and begins again in a new incarnation: others
    /// may have taken it for dead in the one it had, and have forgotten even that.
    mutating func startOver(at now: Moment, into effects: inout Effects<Self>) {
        let own = ownState
        acquaintances = randomMembers(Sundial.mostAcquaintances)
        table = MembershipTable(members: 0)
        table.set(own, of: node)
        order = ProbeOrder(count: 0)
        if settings.countsHeartbeats {
            let count = heartbeats?[node] ?? 0
            heartbeats = HeartbeatTable(count: 0)
            heartbeats?.set(count, of: node, round: rounds)
        }
        rumors.removeAll()
        suspicions.removeAll()
        tombstones = Tombstones(lifetime: tombstones.lifetime)
        probe = nil
        relays = []
        effects.report(.startedOver)
        pending = nil
        stage = .starting
        raise(to: own.incarnation + 1, at: now, into: &effects)
    }
}
