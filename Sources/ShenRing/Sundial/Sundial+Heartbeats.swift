import StateMachines

/// The source document's way: heartbeats, and whole tables to random members.
extension Sundial {
    /// Counts up this node's heartbeat, and suspects those whose heartbeats stand still.
    mutating func beat(at now: Moment, into effects: inout Effects<Self>) {
        guard case .heartbeats(let silence) = settings.detection, let beats = heartbeats else {
            return
        }
        heartbeats?.set(beats[node] &+ 1, of: node, round: rounds)
        guard stage == .member else { return }
        for place in 0..<table.places {
            let member = NodeID(place: place)
            guard member != node, table[member].isAlive,
                beats.silence(of: member, round: rounds) > silence
            else { continue }
            suspect(member, at: now, into: &effects)
        }
    }

    /// Sends the whole table. Arrays are shared until one side writes, so that as many receivers as
    /// there are in a round cost one copy.
    mutating func sendTable(
        to receiver: NodeID, asks: Bool? = nil, at now: Moment, into effects: inout Effects<Self>
    ) {
        heartbeats?.grow(to: table.places)
        guard let heartbeats else { return }
        table.grow(to: heartbeats.counts.count)
        var notAlive: [MemberUpdate] = []
        if table.known > table.alive {
            notAlive = (0..<table.places).map(NodeID.init(place:))
                .filter { table[$0].isKnown && !table[$0].isAlive && $0 != node }
                .map { update(of: $0, at: now) }
        }
        let body = Message.Body.table(
            states: table.states, heartbeats: heartbeats.counts,
            asks: asks ?? (settings.direction == .pushPull))
        send(body, to: receiver, updates: notAlive, withNews: false, at: now, into: &effects)
    }

    /// Merges a table: the greater state, and in the same state the higher heartbeat.
    mutating func takeTable(
        _ states: [MemberState], _ counts: [UInt32], from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        let own = heartbeats?[node] ?? 0
        for mistake in [SundialMistake.lowerHeartbeatWins, .relayRestartsTimeout]
        where settings.has(mistake) {
            heartbeats?.merge(counts, wronglyBy: mistake, round: rounds)
            if mistake == .lowerHeartbeatWins { return }
        }
        let news =
            heartbeats?.merge(counts, states: states, own: table.states, round: rounds) ?? []
        for place in news where states[place].isAlive {
            let member = NodeID(place: place)
            take(
                MemberUpdate(member, states[place]), from: sender, isNews: true, at: now,
                into: &effects)
            guard member != node, table[member] == states[place] else { continue }
            heartbeats?.set(counts[place], of: member, round: rounds)
        }
        hearOwnHeartbeat(own, at: now, into: &effects)
    }

    /// A higher heartbeat of this node than it has counted is that of a former life in the same
    /// incarnation: it takes a new one, or nobody would hear it until it has counted as far.
    private mutating func hearOwnHeartbeat(
        _ own: UInt32, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard let beats = heartbeats, beats[node] > own, stage == .member else { return }
        heartbeats?.set(own, of: node, round: rounds)
        raise(to: ownState.incarnation + 1, at: now, into: &effects)
    }
}
