public import Randomness
import ShenRing
import Simulation
import StateMachines

extension ChainExperiment {
    /// Which member fails.
    public enum Place: String, Hashable, Sendable, CaseIterable {
        case head, middle, tail

        func place(of count: Int) -> Int {
            switch self {
            case .head: 0
            case .middle: count / 2
            case .tail: count - 1
            }
        }
    }

    /// A member crashes for good under load; the others go on. Nil where the chain did not come back
    /// within the measured span, or has no such member beside others.
    public func failOver(_ place: Place, seed: Seed) -> ChainFailOverFigures? {
        guard settings.size > 1, place != .middle || settings.size > 2 else { return nil }
        var world = ChainWorld(self, seed: seed)
        // At any moment between two heartbeats.
        var generator = seed.derived(for: "crash").generator()
        let phase = generator.next(below: UInt64(settings.heartbeat.nanoseconds))
        world.advance(
            to: Moment(nanoseconds: 0) + warmUp + Span(nanoseconds: Int64(phase)))
        let crash = world.simulator.now
        let before = world.configuration
        guard before.members.count == settings.size else { return nil }
        let victim = before.members[place.place(of: before.members.count)]
        world.simulator.inflict(.crash(victim.node))
        world.advance(to: crash + span)
        let decided = world.told.first {
            guard case .decided(let next) = $0.event else { return false }
            return next.epoch > before.epoch && !next.members.contains(victim)
        }
        guard let decided, case .decided(let next) = decided.event else { return nil }
        let entered = world.told.filter {
            if case .entered(let entered) = $0.event { entered.epoch >= next.epoch } else { false }
        }
        var complete: Moment?
        for member in next.members {
            guard let own = entered.first(where: { $0.node == member.node }) else { return nil }
            complete = max(complete ?? own.at, own.at)
        }
        guard let complete else { return nil }
        // What was under way from the tail when it crashed is no sign of life.
        let served = world.answered.first { !$0.isRead && $0.at > max(crash, complete) }
        guard let served else { return nil }
        let (violations, lost) = world.finish()
        return ChainFailOverFigures(
            detection: decided.at - crash, reconfiguration: complete - decided.at,
            outage: served.at - crash, lost: lost, violations: violations)
    }

    /// A spare with an empty disk starts under load and becomes a member. Nil where it did not within
    /// the measured span, or there is no spare.
    ///
    /// The chain has a member less than wanted until then.
    public func catchUp(seed: Seed) -> ChainCatchUpFigures? {
        guard settings.size > 1 else { return nil }
        var world = ChainWorld(self, seed: seed)
        let newcomer = settings.replicas[settings.size - 1]
        world.advance(to: Moment(nanoseconds: 0) + warmUp)
        world.simulator.inflict(.crash(newcomer, disk: .loses))
        // Until it is missed and the others go on.
        let missed = world.simulator.now
        world.advance(to: missed + warmUp)
        let start = world.simulator.now
        let entries = settings.replicas.compactMap { world.simulator.replica($0)?.log.last }.max()
        world.simulator.inflict(.restart(newcomer))
        world.restarted(newcomer)
        let isMember = world.advance(to: start + span) { event, node in
            guard case .entered(let configuration) = event, node == newcomer else { return false }
            return configuration.members.contains { $0.node == newcomer }
        }
        guard isMember, let entries else { return nil }
        let end = world.simulator.now
        let rate = { (from: Moment, to: Moment) in
            Double(world.latencies(from: from, to: to, reads: false).all.count)
                / max((to - from).inSeconds, 1e-9)
        }
        // The rate before is that of the second half of the wait, when the chain was shorter already.
        let before = rate(missed + warmUp / 2, start)
        let meanwhile = rate(start, end)
        let wasGivenState = world.told.contains {
            if case .installed = $0.event { $0.node == newcomer } else { false }
        }
        let violations = world.finish().violations
        let replicas = world.configuration.members.compactMap {
            world.simulator.replica($0.node)
        }
        return ChainCatchUpFigures(
            entries: entries, duration: end - start, writesBefore: before,
            writesMeanwhile: meanwhile, wasGivenState: wasGivenState,
            divergent: Self.divergence(of: replicas), violations: violations)
    }

    /// Splits the members, fewer than half of them from the others, with a warden and half of the clients on
    /// their side, for the measured span, and heals it.
    ///
    /// What is counted begins when five suspicions are over: by then those who can go on do.
    ///
    /// - Precondition: three members and two clients at least.
    public func split(seed: Seed) -> ChainSplitFigures {
        precondition(settings.size >= 3 && clients >= 2, "nobody to split")
        var world = ChainWorld(self, seed: seed)
        world.advance(to: Moment(nanoseconds: 0) + warmUp)
        let members = Array(settings.replicas[..<((settings.size - 1) / 2)])
        let callers = (0..<clients).map { NodeID(place: servers + $0) }
        let fewer = members + [settings.wardens[0]] + callers[..<(clients / 2)]
        let all = (0..<servers + clients).map(NodeID.init(place:))
        let more = all.filter { !fewer.contains($0) }
        world.simulator.inflict(.partition([fewer, more]))
        let start = world.simulator.now + settings.suspicion * 5
        world.advance(to: start)
        let end = start + span
        world.advance(to: end)
        func side(_ nodes: [NodeID]) -> ChainSplitFigures.Side {
            let answers = world.answered.filter { $0.at >= start && nodes.contains($0.client) }
            return ChainSplitFigures.Side(
                writesPerSecond: Double(answers.count { !$0.isRead }) / span.inSeconds,
                readsPerSecond: Double(answers.count { $0.isRead }) / span.inSeconds)
        }
        let sides = (more: side(more), fewer: side(fewer))
        world.simulator.inflict(.heal)
        world.advance(to: end + settings.suspicion * 5)
        let (violations, lost) = world.finish()
        return ChainSplitFigures(
            more: sides.more, fewer: sides.fewer, lost: lost, violations: violations)
    }

    /// Places of the log at which replicas have different entries, or which some lack.
    private static func divergence(of replicas: [ChainReplica]) -> Int {
        let last = replicas.map(\.log.last).max() ?? 0
        let base = replicas.map(\.log.base).max() ?? 0
        guard last > base else { return 0 }
        return (base + 1...last).count { index in
            let entries = replicas.map { $0.log.last >= index ? $0.log[index] : nil }
            return entries.contains { $0 == nil || $0 != entries[0] }
        }
    }
}
