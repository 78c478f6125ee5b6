import Randomness
import StateMachines

/// How the ring changes, and how nodes get on it.
///
/// A change is over when a majority of the new ring knows of it. Before that a majority of the old ring is
/// needed too, to find out whether it was agreed on: who loses disks on purpose waits until all know.
extension Cartouche {
    /// Takes over a ring that is agreed on, where it is news.
    mutating func learn(
        _ configuration: Configuration, at now: Moment, into effects: inout Outbox
    ) {
        let wasMember = isMember
        guard configuration.version > memory.chosen?.version ?? 0 || memory.chosen == nil else {
            return
        }
        forgetAdmissions(overtakenBy: configuration)
        store(.installed(configuration), into: &effects)
        effects.report(.ringChanged(configuration))
        if isMember { joining = nil }
        guard wasMember, !isMember else { return }
        candidacy = nil
        effects.report(.left(waiting: tickets))
        tickets = []
        changes = []
        pursuit = nil
    }

    /// A node that was let in meanwhile with one disk must not be replaced by itself with an earlier one.
    /// Who still waits to be let in asks again.
    private mutating func forgetAdmissions(overtakenBy configuration: Configuration) {
        func disk(of node: NodeID, on ring: Configuration?) -> Member? {
            ring.flatMap { ring in ring.place(of: node).map { ring.members[$0] } }
        }
        changes.removeAll { awaited in
            guard let node = awaited.newcomer?.node else { return false }
            return disk(of: node, on: configuration) != disk(of: node, on: memory.chosen)
        }
    }

    /// Hears of a token that was minted, and of its ring.
    mutating func hearOfRing(
        _ configuration: Configuration, epoch: Epoch, from sender: NodeID, at now: Moment,
        into effects: inout Outbox
    ) {
        guard configuration.isSound, epoch <= .limit else { return statistics.malformed += 1 }
        if let member, memory.chosen == nil, !configuration.contains(member) {
            return statistics.strangers += 1
        }
        learn(configuration, at: now, into: &effects)
        guard epoch > newest else { return }
        hearOfPromise(.none, newest: epoch, at: now)
        trail = sender
        // What the token before was told of this node may be lost with it.
        isAnnounced = false
        pursuit?.isConfirmed = false
        pursuit?.opinions = []
        pursuit?.next = now + settings.patience
    }

    /// Gets the node a number for its disk where it has none, and then asks its contacts to let it in.
    mutating func join(at now: Moment, into effects: inout Outbox) {
        guard memory.disk == nil else { return joining = now }
        // 0 is the founders'.
        let drawn = max(1, SplitMix64.mix(life ^ UInt64(bitPattern: now.nanoseconds)))
        let number = settings.has(.rejoinsAsVoter) ? 0 : drawn
        let position = store(.disk(number), into: &effects)
        wait(for: position, then: .join, at: now, into: &effects)
    }

    /// Asks one contact after the other.
    mutating func askToJoin(at now: Moment, into effects: inout Outbox) {
        guard let member, !isMember else { return joining = nil }
        joining = now + settings.patience
        let contacts = settings.contacts.filter { $0 != node }
        guard !contacts.isEmpty else { return }
        rounds += 1
        send(.admit(member), to: contacts[Int(rounds % UInt64(contacts.count))], into: &effects)
    }

    /// Sees to it that a node gets on the ring that asks for it.
    mutating func consider(
        _ newcomer: Member, from sender: NodeID, at now: Moment, into effects: inout Outbox
    ) {
        guard newcomer.node == sender else { return statistics.malformed += 1 }
        guard isMember, let chosen = memory.chosen, settings.regeneration == .majority else {
            return statistics.strangers += 1
        }
        guard !chosen.contains(newcomer) else {
            return send(.installed(newest, chosen), to: sender, into: &effects)
        }
        // The last disk that a node came with is the one that it has.
        changes.removeAll { $0.newcomer?.node == newcomer.node }
        changes.append(
            AwaitedChange(change: .add(newcomer), expires: now + settings.patience * 4))
    }
}
