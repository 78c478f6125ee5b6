import Randomness
import ShenRing
import StateMachines

/// Keys and their values on the nodes of `RingScenario`, and their way to where each version wants them.
struct RingData {
    /// Those that lost their data and are still in the ring, or were when they lost it; in no ring since
    /// they are empty nodes like others.
    private(set) var lost: [NodeName] = []
    private(set) var violations: [String] = []

    private let placement: PointPlacement
    private let planted: AnkhMistake?
    private var generator: Xoshiro256StarStar
    /// The version that everything is to be brought to.
    private var target: RingOracle
    private var schedule: MoveSchedule?
    /// Counts the schedules: what an older one had begun is no copy of this one.
    private var generation = 0
    private var holdings: Holdings
    /// The value of each key at each node, which is a number that rises with each write.
    private var stores: [NodeName: [UInt64: UInt64]] = [:]
    /// The last value of each key that was acknowledged.
    private var acknowledged: [UInt64: UInt64] = [:]
    private var running: [Int: Copying] = [:]
    private let keys: [UInt64]

    /// A copy under way, with what its source had when it began.
    private struct Copying {
        let copy: RangeCopy
        let values: [UInt64: UInt64]
        var isBroken = false
    }

    init(first: RingView, placement: PointPlacement, planted: AnkhMistake?, seed: Seed) {
        (self.placement, self.planted) = (placement, planted)
        generator = seed.generator()
        target = RingOracle(first)
        keys = Array(RingOracle.probes.shuffled(by: &generator).prefix(40)).sorted()
        holdings = Holdings()
        holdings = wanted(by: target)
    }

    /// Who is to have what, found probe by probe.
    private func wanted(by oracle: RingOracle) -> Holdings {
        var arcs: [NodeName: [HashArc]] = [:]
        var after = RingOracle.probes[RingOracle.probes.count - 1]
        for probe in RingOracle.probes {
            for name in oracle.replicas(of: probe, count: RingScale.replicas) {
                arcs[name, default: []].append(HashArc(after: after, through: probe))
            }
            after = probe
        }
        var holdings = Holdings()
        for (name, its) in arcs { holdings[name] = ArcSet(its) }
        return holdings
    }

    private mutating func violate(_ text: String) {
        if violations.count < 20 { violations.append(text) }
    }
}

/// Bringing everything to where a version wants it.
extension RingData {
    /// From now on everything is brought to where `oracle`'s version wants it.
    mutating func aim(at oracle: RingOracle) {
        let isSettled = schedule?.isComplete ?? true
        let before = target
        target = oracle
        generation += 1
        running = [:]
        lost.removeAll { oracle.view.index(of: $0) == nil }
        do throws(RingError) {
            let new = try AnkhRing(
                members: oracle.view.members, virtualNodes: oracle.view.virtualNodes,
                placement: placement)
            let plan: MovePlan
            if isSettled, lost.isEmpty, holdings == wanted(by: before) {
                let old = try AnkhRing(
                    members: before.view.members, virtualNodes: before.view.virtualNodes,
                    placement: placement)
                plan = MovePlan(from: old, to: new, replicationFactor: RingScale.replicas)
            } else {
                plan = MovePlan(from: holdings, to: new, replicationFactor: RingScale.replicas)
            }
            check(plan)
            let limits = MoveLimits(sending: 2, receiving: 2)
            var schedule = MoveSchedule(plan, limits: limits)
            schedule.planted = Planted(planted)
            let releases = schedule.begin()
            self.schedule = schedule
            drop(releases)
        } catch {
            violate("\(oracle.view.version) makes no ring: \(error)")
        }
    }

    /// A plan has every position that has to move, and no other, with exactly who gets it and who gives
    /// it up.
    private mutating func check(_ plan: MovePlan) {
        for probe in RingOracle.probes {
            let has = holdings.holders(ofHash: probe)
            let wants = target.replicas(of: probe, count: RingScale.replicas).sorted()
            let handovers = plan.handovers.filter { $0.arc.contains(probe) }
            let isRight =
                has == wants
                ? handovers.isEmpty
                : handovers.count == 1 && handovers[0].holders.sorted() == has
                    && handovers[0].joining.sorted() == wants.filter { !has.contains($0) }
                    && handovers[0].leaving.sorted() == has.filter { !wants.contains($0) }
            if !isRight {
                return violate(
                    "the plan for \(target.view.version) is wrong at \(probe): "
                        + "\(handovers) for \(has), not \(wants)")
            }
        }
    }

    /// Begins what may be begun; returns a token for each copy.
    mutating func beginCopies() -> [Int] {
        let copies = schedule?.next() ?? []
        return copies.map { copy in
            let token = generation << 20 | copy.number
            let values = (stores[copy.source] ?? [:]).filter { copy.arc.contains($0.key) }
            running[token] = Copying(copy: copy, values: values)
            return token
        }
    }

    /// A copy has ended: well, if both nodes were up all the time.
    mutating func endCopy(_ token: Int, up: Set<NodeName>) {
        guard let copying = running.removeValue(forKey: token) else { return }
        let copy = copying.copy
        guard !copying.isBroken, up.contains(copy.source), up.contains(copy.target) else {
            schedule?.failed(copy.number)
            return
        }
        let store = stores[copy.target] ?? [:]
        stores[copy.target] = store.merging(copying.values) { max($0, $1) }
        holdings[copy.target] = holdings[copy.target].union(ArcSet([copy.arc]))
        drop(schedule?.finished(copy.number) ?? [])
    }

    /// A node crashed: what it sent or received is broken off.
    mutating func breakCopies(of name: NodeName) {
        for (token, copying) in running
        where copying.copy.source == name || copying.copy.target == name {
            running[token]?.isBroken = true
        }
    }

    /// Nodes give arcs up; by then those who are to have them do.
    private mutating func drop(_ releases: [RangeRelease]) {
        for release in releases {
            for key in keys where release.arc.contains(key) {
                checkReplicas(of: key, when: "\(release.holder) gave it up")
                stores[release.holder]?[key] = nil
            }
            holdings[release.holder] = holdings[release.holder].subtracting(
                ArcSet([release.arc]))
        }
    }

    private mutating func checkReplicas(of key: UInt64, when: String) {
        guard let value = acknowledged[key] else { return }
        for name in target.replicas(of: key, count: RingScale.replicas) {
            let found = stores[name]?[key]
            if found != value {
                let text = found.map { "value \($0)" } ?? "nothing"
                violate("\(name) had \(text) of key \(key), not \(value), when \(when)")
            }
        }
    }
}

/// What is written and what is lost.
extension RingData {
    /// Writes one key to all that have it or are to have it; whether it was written.
    mutating func write(up: Set<NodeName>) -> Bool {
        let key = keys[Int(generator.next(below: UInt64(keys.count)))]
        let writers =
            schedule?.writers(ofHash: key) ?? target.replicas(of: key, count: RingScale.replicas)
        guard writers.allSatisfy({ up.contains($0) && !lost.contains($0) }) else { return false }
        let value = (acknowledged[key] ?? 0) + 1
        for name in writers { stores[name, default: [:]][key] = value }
        acknowledged[key] = value
        return true
    }

    /// A node loses all that it has, unless something would be lost for good; whether it did.
    mutating func lose(_ name: NodeName) -> Bool {
        guard lost.isEmpty, target.view.index(of: name) != nil, isCopied(without: name) else {
            return false
        }
        lost.append(name)
        breakCopies(of: name)
        stores[name] = nil
        holdings[name] = ArcSet()
        drop(schedule?.lose(name) ?? [])
        return true
    }

    /// Whether each position that `name` has is also with others, and every value too.
    private func isCopied(without name: NodeName) -> Bool {
        RingOracle.probes.allSatisfy { probe in
            let others = holdings.holders(ofHash: probe).filter { $0 != name }
            return others.contains { stores[$0]?[probe] == acknowledged[probe] }
        }
    }

    /// In the end everything is where the last version wants it, and only there.
    mutating func checkRest(_ oracle: RingOracle) {
        guard lost.isEmpty else { return violate("\(lost) lost their data and are in the ring") }
        if schedule?.isComplete == false {
            violate("moving to \(oracle.view.version) has not ended")
        }
        if holdings != wanted(by: oracle) {
            violate("nodes have other arcs than \(oracle.view.version) gives them")
        }
        for key in keys { checkReplicas(of: key, when: "all was at rest") }
    }
}
