import Randomness
import StateMachines

extension Sundial {
    /// A round: tells a few random members what there is to tell.
    mutating func gossip(at now: Moment, into effects: inout Effects<Self>) {
        rounds += 1
        let due = nextRound ?? now
        nextRound = due + settings.period > now ? due + settings.period : now + settings.period
        beat(at: now, into: &effects)
        for receiver in randomMembers(fanout) { tell(receiver, at: now, into: &effects) }
        if table.running - (table[node].isRunning ? 1 : 0) == 0 {
            askToJoin(at: now, into: &effects)
        } else if isTimeToCompare, let partner = randomMembers(1).first {
            compare(with: partner, at: now, into: &effects)
        }
        reachOut(at: now, into: &effects)
        countDownLeave(into: &effects)
    }

    /// One who leaves tells somebody, whatever the settings say.
    private var fanout: Int {
        if case .leaving = stage { max(1, settings.fanout) } else { settings.fanout }
    }

    private mutating func tell(
        _ receiver: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        if settings.countsHeartbeats {
            sendTable(to: receiver, at: now, into: &effects)
        } else if settings.direction == .pushPull {
            send(.gossip(fingerprint: table.fingerprint), to: receiver, at: now, into: &effects)
        } else if !rumors.isEmpty || stage != .member {
            send(.gossip(fingerprint: nil), to: receiver, at: now, into: &effects)
        }
    }

    /// Tells the dead that they are, chosen as often as there are dead ones among all, and tries the
    /// contacts that are not members: otherwise the sides of a partition never find together again.
    private mutating func reachOut(at now: Moment, into effects: inout Effects<Self>) {
        guard stage == .member, !settings.has(.deadAreNeverContacted) else { return }
        let chosen = NodeID(place: Int(generator.next(below: UInt64(max(1, table.places)))))
        if table[chosen].status == .dead { compare(with: chosen, at: now, into: &effects) }
        guard let contact = randomContact, !table[contact].isRunning, contact != chosen,
            generator.next(below: UInt64(max(1, table.running))) == 0
        else { return }
        compare(with: contact, at: now, into: &effects)
    }

    /// Members other than this node, each at most once and each as likely as any other.
    ///
    /// - Complexity: O(count) where most places are members; O(places) in small clusters and where few
    ///   are.
    mutating func randomMembers(_ count: Int, except excluded: NodeID? = nil) -> [NodeID] {
        var available = table.running - (table[node].isRunning ? 1 : 0)
        if let excluded, table[excluded].isRunning { available -= 1 }
        let wanted = min(count, available)
        guard wanted > 0 else { return [] }
        let isChoice = { [table, node] (place: NodeID) in
            place != node && place != excluded && table[place].isRunning
        }
        var chosen: [NodeID] = []
        if wanted * 2 > available || available * 4 < table.places {
            var all = (0..<table.places).map(NodeID.init(place:)).filter(isChoice)
            for place in 0..<wanted {
                all.swapAt(place, place + Int(generator.next(below: UInt64(all.count - place))))
            }
            return Array(all[..<wanted])
        }
        while chosen.count < wanted {
            let place = NodeID(place: Int(generator.next(below: UInt64(table.places))))
            if isChoice(place), !chosen.contains(place) { chosen.append(place) }
        }
        return chosen
    }

    private var randomContact: NodeID? {
        mutating get {
            let all = settings.contacts.count + acquaintances.count
            guard all > 0 else { return nil }
            let place = Int(generator.next(below: UInt64(all)))
            let contact =
                place < settings.contacts.count
                ? settings.contacts[place] : acquaintances[place - settings.contacts.count]
            return contact == node ? nil : contact
        }
    }

    /// Asks a contact for all it knows.
    mutating func askToJoin(at now: Moment, into effects: inout Effects<Self>) {
        guard stage == .member, let contact = randomContact else { return }
        send(.join, to: contact, at: now, into: &effects)
    }
}
