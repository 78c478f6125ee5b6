import Randomness
import StateMachines

/// How a node that wants the token lets the others know, and finds out that it is lost.
extension Cartouche {
    /// How often a node that has the token may keep others waiting by saying so.
    private static let mostHeldRounds = 3

    /// Whether the node itself has a use for the token.
    var wantsToken: Bool { !tickets.isEmpty || !changes.isEmpty }

    /// Whether the node misses the token when it does not come.
    private var desires: Bool { wantsToken || settings.circulates }

    /// Begins to ask for the token where the node wants it, and stops where it does not any more.
    mutating func pursue(at now: Moment, into effects: inout Outbox) {
        guard isMember, holding == nil, candidacy == nil, desires else { return pursuit = nil }
        guard pursuit == nil else { return announce(at: now, into: &effects) }
        pursuit = Pursuit(next: now + settings.patience)
        announce(at: now, into: &effects)
        guard trail == nil, passing == nil else { return }
        if mayAskAtOnce {
            pursueFurther(at: now, into: &effects)
        } else if wantsToken, let want = want(at: now), let ring = memory.chosen {
            isAnnounced = true
            send(.want(want, round: 0, hops: ring.members.count), to: ring.members, into: &effects)
        }
    }

    /// Whether a node that knows nothing of a token asks at once. Where nobody is asked, only the first
    /// member makes the first token: all of them would.
    private var mayAskAtOnce: Bool {
        settings.regeneration == .majority || memory.chosen?.members.first?.node == node
    }

    /// Tells whoever probably has the token that this node wants it.
    private mutating func announce(at now: Moment, into effects: inout Outbox) {
        guard wantsToken, !isAnnounced, let trail, let want = want(at: now) else { return }
        isAnnounced = true
        // A token that goes to everybody anyway comes without being asked.
        guard settings.order == .skipsIdle || !settings.circulates else { return }
        send(.want(want, round: 0, hops: 0), to: trail, into: &effects)
        guard pursuit?.round == 0 else { return }
        pursuit?.asked = now
        remindLater(after: waits.interval(least: settings.resend, most: settings.patience), at: now)
    }

    /// Has what this node wants said again after an interval, unless all are asked before.
    private mutating func remindLater(after interval: Span, at now: Moment) {
        guard let next = pursuit?.next else { return }
        pursuit?.interval = interval
        pursuit?.reminder = now + interval < next ? now + interval : nil
    }

    /// Says again what this node wants: it waits longer than it does as a rule, so that its want may be
    /// lost. To say it twice changes nothing, as it names the last token that was here.
    mutating func remind(at now: Moment, into effects: inout Outbox) {
        guard let interval = pursuit?.interval else { return }
        pursuit?.reminder = nil
        guard wantsToken, holding == nil, let trail, let want = want(at: now) else { return }
        statistics.reminders += 1
        pursuit?.isReminded = true
        send(.want(want, round: 0, hops: 0), to: trail, into: &effects)
        waits.lengthen(to: min(interval * 2, settings.patience))
        remindLater(after: interval * 2, at: now)
    }

    private func want(at now: Moment) -> Want? {
        guard let member, let chosen = memory.chosen else { return nil }
        return Want(
            member: member, seen: seen, floor: floor, stamp: stamp(at: now),
            version: chosen.version)
    }

    /// Asks all whether the token is lost, or stands for an epoch where a majority said so.
    mutating func pursueFurther(at now: Moment, into effects: inout Outbox) {
        guard var pursuit, let want = want(at: now), let member, let chosen = memory.chosen else {
            return
        }
        if settings.regeneration == .alone {
            return replaceToken(on: chosen, at: now, into: &effects)
        }
        if pursuit.isConfirmed {
            // Its own lease binds a candidate as it binds every other voter.
            guard support.ends <= now || settings.has(.votesDuringLease) else {
                self.pursuit?.next = support.ends
                return
            }
            return stand(at: now, into: &effects)
        }
        if pursuit.opinions.contains(where: \.holds) { pursuit.held += 1 }
        rounds += 1
        statistics.canvasses += 1
        pursuit.reminder = nil
        pursuit.round = rounds
        pursuit.opinions = []
        pursuit.next = now + settings.patience
        self.pursuit = pursuit
        isAnnounced = true
        send(.want(want, round: rounds, hops: 0), to: chosen.members, into: &effects)
        weigh(opinion(for: rounds, of: member, at: now), from: node, at: now)
    }

    /// Makes a new token without asking anybody, after a random while, so that of those who miss it and
    /// reach each other one is first.
    private mutating func replaceToken(
        on ring: Configuration, at now: Moment, into effects: inout Outbox
    ) {
        guard pursuit?.isConfirmed == true else {
            let range = UInt64(settings.resend.nanoseconds) * 4
            pursuit?.isConfirmed = true
            pursuit?.next = now + Span(nanoseconds: Int64(generator.next(below: range)))
            return
        }
        let epoch = max(newest, horizon).next
        makeToken(of: epoch, on: ring, at: now, into: &effects)
        send(.installed(epoch, ring), to: ring.members, into: &effects)
    }

    /// What this node knows of the token.
    private func opinion(for round: UInt64, of member: Member, at now: Moment) -> Opinion {
        var lease = max(support.ends, holding?.lease ?? support.ends)
        if settings.has(.votesDuringLease) { lease = now }
        return Opinion(
            round: round, member: member, remaining: lease > now ? lease - now : .zero,
            holds: holding != nil, promised: memory.promised, newest: newest)
    }

    /// Counts who says that no lease runs. Where they are a majority, and nobody says that it has the token,
    /// the node will stand for an epoch, after a random while, so that of many who miss it one is first.
    mutating func weigh(_ opinion: Opinion, from sender: NodeID, at now: Moment) {
        guard opinion.member.node == sender else { return statistics.malformed += 1 }
        hearOfPromise(opinion.promised, newest: opinion.newest, at: now)
        if opinion.holds { trail = sender }
        guard var pursuit, pursuit.round == opinion.round, let chosen = memory.chosen else {
            return
        }
        guard !pursuit.opinions.contains(where: { $0.member == opinion.member }) else { return }
        pursuit.opinions.append(opinion)
        defer { self.pursuit = pursuit }
        let isHeld =
            pursuit.opinions.contains(where: \.holds) && pursuit.held < Cartouche.mostHeldRounds
        let free = pursuit.opinions.filter { $0.remaining <= .zero }.map(\.member)
        if chosen.isMajority(free) || settings.has(.regeneratesAlone) {
            guard isHeld || !pursuit.isConfirmed else { return }
            pursuit.isConfirmed = !isHeld
            let range = UInt64(settings.resend.nanoseconds) * 4
            let wait = Span(nanoseconds: Int64(generator.next(below: range)))
            pursuit.next = now + (isHeld ? settings.patience : wait)
        } else if pursuit.opinions.count(where: { chosen.contains($0.member) }) >= chosen.majority {
            let remaining = pursuit.opinions.map(\.remaining).sorted()[chosen.majority - 1]
            let wait = remaining.scaled(by: 1 + 2 * settings.drift)
            pursuit.next = min(pursuit.next, now + max(wait, settings.resend))
        }
    }

    /// Takes note of a want: in the token where it is here, else until it comes by. A want that was sent to
    /// one node follows the way that the token went from there.
    mutating func hear(
        _ want: Want, round: UInt64, hops: Int, from sender: NodeID, at now: Moment,
        into effects: inout Outbox
    ) {
        guard let member, let chosen = memory.chosen else { return statistics.strangers += 1 }
        guard hops >= 0, round == 0 || want.member.node == sender, want.floor <= .limit,
            want.seen.epoch <= .limit
        else { return statistics.malformed += 1 }
        let asker = want.member.node
        if want.version < chosen.version, !settings.has(.countsRemovedMembers) {
            send(.installed(newest, chosen), to: asker, into: &effects)
        }
        guard chosen.contains(want.member) || want.version > chosen.version else {
            return statistics.strangers += 1
        }
        hearOfPromise(want.floor.previous, newest: want.seen.epoch, at: now)
        if var token = holding?.token {
            enter(want, in: &token)
            holding?.token = token
        } else if asker != node {
            heard.removeAll { $0.want.member.node == asker }
            heard.append(Heard(want: want, since: now))
            if round == 0, hops < chosen.members.count, let trail, trail != asker, trail != sender {
                send(.want(want, round: 0, hops: hops + 1), to: trail, into: &effects)
            }
        }
        guard round > 0 else { return }
        forgetOutdatedToken(into: &effects)
        send(.opinion(opinion(for: round, of: member, at: now)), to: asker, into: &effects)
    }

    /// Learns that somebody promised an epoch, and of one that had a token.
    mutating func hearOfPromise(_ promised: Epoch, newest: Epoch, at now: Moment) {
        guard promised <= .limit, newest <= .limit else { return statistics.malformed += 1 }
        horizon = max(horizon, promised)
        self.newest = max(self.newest, newest)
        // A candidacy that somebody cannot vote for may still be won by others' votes.
        if let candidacy, candidacy.epoch < self.newest { self.candidacy = nil }
    }
}
