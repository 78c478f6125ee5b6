import StateMachines

extension Sundial {
    /// A probe under way; at most one at a time.
    struct Probe: Sendable {
        let target: NodeID
        let sequence: UInt32
        /// When helpers are to be asked; nil where they were, or need not be.
        var helpersDue: Moment?
        /// Helpers that have not said anything.
        var silentHelpers = 0
    }

    /// A probe for another node.
    struct Relay: Sendable {
        /// Of this node's own ping.
        let sequence: UInt32
        let requester: NodeID
        /// Of the requester's probe.
        let requested: UInt32
        /// When to say that the target has not answered, and then when to forget it.
        var due: Moment
        var isOverdue = false
    }

    /// The most probes for others at a time; what comes beyond is not done.
    static let mostRelays = 64

    /// Does what is due of this node's own probe, and begins the next one.
    mutating func probeIfDue(at now: Moment, into effects: inout Effects<Self>) {
        guard let probes = settings.probes, stage == .member else { return }
        if let helpersDue = probe?.helpersDue, helpersDue <= now {
            askHelpers(probes, at: now, into: &effects)
        }
        guard let due = nextProbe, due <= now else { return }
        if let failed = probe { fail(failed, at: now, into: &effects) }
        let period = settings.period * health.multiplier
        nextProbe = due + period > now ? due + period : now + period
        guard let target = nextTarget() else { return }
        sequence &+= 1
        probe = Probe(
            target: target, sequence: sequence,
            helpersDue: now + probes.timeout * health.multiplier)
        send(.ping(sequence: sequence), to: target, at: now, into: &effects)
    }

    private mutating func nextTarget() -> NodeID? {
        if settings.has(.probesWithReplacement) { return randomMembers(1).first }
        let (table, node) = (table, node)
        return order.next(of: table, by: &generator) { $0 != node && table[$0].isRunning }
    }

    /// Asks others to probe the target: the path between the two may be what fails (SWIM, section 3.1).
    private mutating func askHelpers(
        _ probes: ProbeSettings, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard var current = probe else { return }
        let helpers = randomMembers(probes.helpers, except: current.target)
        current.helpersDue = nil
        current.silentHelpers = helpers.count
        probe = current
        for helper in helpers {
            send(
                .pingRequest(sequence: current.sequence, target: current.target), to: helper,
                at: now, into: &effects)
        }
    }

    /// The target has not answered within the period.
    private mutating func fail(
        _ failed: Probe, at now: Moment, into effects: inout Effects<Self>
    ) {
        probe = nil
        counts.failedProbes += 1
        health.add(1 + failed.silentHelpers)
        effects.report(.probed(failed.target, answered: false))
        suspect(failed.target, at: now, into: &effects)
    }

    /// Takes an answer to this node's own ping, or hands it on to whom it pinged for.
    mutating func takeAck(
        _ answered: UInt32, at now: Moment, into effects: inout Effects<Self>
    ) {
        if let current = probe, current.sequence == answered {
            probe = nil
            counts.answeredProbes += 1
            health.add(-1)
            effects.report(.probed(current.target, answered: true))
        } else if let place = relays.firstIndex(where: { $0.sequence == answered }) {
            let relay = relays.remove(at: place)
            send(.ack(sequence: relay.requested), to: relay.requester, at: now, into: &effects)
        }
    }

    /// A helper says that it is there, though the target has not answered.
    mutating func takeNack(_ sequence: UInt32) {
        guard let current = probe, current.sequence == sequence, current.silentHelpers > 0 else {
            return
        }
        probe?.silentHelpers -= 1
    }

    /// Probes a node for another one.
    mutating func relay(
        _ requested: UInt32, of target: NodeID, for requester: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard let probes = settings.probes, relays.count < Sundial.mostRelays else { return }
        guard target != node else {
            send(.ack(sequence: requested), to: requester, at: now, into: &effects)
            return
        }
        sequence &+= 1
        // In time for the requester to count it: Lifeguard sends a nack after 80 % of the timeout.
        relays.append(
            Relay(
                sequence: sequence, requester: requester, requested: requested,
                due: now + probes.timeout.scaled(by: 0.8)))
        send(.ping(sequence: sequence), to: target, at: now, into: &effects)
    }

    /// Sends what nacks are due, and forgets relays that nobody waits for any more.
    mutating func relayIfDue(at now: Moment, into effects: inout Effects<Self>) {
        for place in relays.indices.reversed() where relays[place].due <= now {
            let relay = relays[place]
            guard !relay.isOverdue else {
                relays.remove(at: place)
                continue
            }
            relays[place].isOverdue = true
            // The requester's period may be stretched by its health; nobody knows by how much.
            relays[place].due = now + settings.period * 2
            send(.nack(sequence: relay.requested), to: relay.requester, at: now, into: &effects)
        }
    }
}
