import Randomness
import ShenRing
import Simulation
import StateMachines

/// What a seed makes of the scenario: a cluster, its settings, and what befalls it.
struct GossipPlan {
    /// Something asked of a node.
    struct Ask {
        let request: SundialRequest
        let node: NodeID
        let moment: Moment
    }

    let nodes: Int
    var settings = SundialSettings()
    let network = NetworkConditions(delay: .uniform(.microseconds(200), .milliseconds(1)))
    private(set) var faults = FaultPlan()
    private(set) var asks: [Ask] = []

    /// The protocol's period, in which all else is counted.
    static let period = Span.milliseconds(25)
    /// When faults begin, and when nothing is wrong any more.
    let calmEnd = Moment(nanoseconds: 0) + period * 25
    let faultsEnd = Moment(nanoseconds: 0) + period * 155
    /// The bound on convergence: a round of probes (2n − 1 at most, each up to three periods long while
    /// nodes trust themselves little), the longest suspicion, and the time for news to spread.
    let convergence = period * 70
    /// Nobody may be declared dead from the convergence to the end.
    let end = Moment(nanoseconds: 0) + period * 250

    init(seed: Seed) {
        var generator = seed.derived(for: "plan").generator()
        nodes = 5 + Int(generator.next(below: 2))
        settings.cluster = 7
        settings.capacity = nodes
        let order = (0..<nodes).map(NodeID.init(place:)).shuffled(by: &generator)
        settings.contacts = Array(order[..<2])
        settings.period = GossipPlan.period
        settings.fanout = 2 + Int(generator.next(below: 2))
        settings.direction = generator.next(below: 2) == 0 ? .push : .pushPull
        settings.detection =
            generator.next(below: 3) == 0
            ? .heartbeats(silence: 10)
            : .probes(ProbeSettings(timeout: .milliseconds(8), helpers: 2, healthLimit: 2))
        settings.suspicion = SuspicionSettings(patience: 3, stretch: 3, confirmations: 2)
        settings.tombstoneLifetime = GossipPlan.period * 100
        settings.isDurable = generator.next(below: 3) > 0
        // The first contact neither leaves nor dies for good: without one nobody finds back.
        drawFaults(order, seed: seed, by: &generator)
        drawAsks(of: Array(order[1...]), by: &generator)
    }

    /// One node crashes for good. In one of three runs another sleeps from about then for longer than
    /// the dead are remembered. The others meet all kinds of faults.
    private mutating func drawFaults(
        _ order: [NodeID], seed: Seed, by generator: inout Xoshiro256StarStar
    ) {
        let deceased = order[1]
        var others = [order[0]] + order[2...]
        let period = GossipPlan.period
        let death = calmEnd + period * Int64(generator.next(below: 90))
        let sleeps = generator.next(below: 3) == 0
        var special = FaultPlan()
        if sleeps {
            let sleeper = others.removeLast()
            let early = calmEnd + period * Int64(1 + generator.next(below: 6))
            special.add(.freeze(sleeper), at: early)
            special.add(.crash(deceased), at: early + period)
            special.add(.thaw(sleeper), at: faultsEnd - period)
        } else {
            special.add(.crash(deceased), at: death)
        }
        var mix = FaultMix(interval: period * 4, duration: period * 4...period * 25, mostAway: 1)
        mix.lostDisks = 2
        mix.clockJumps = 0.5
        faults = FaultPlan.random(
            mix, of: others, seed: seed.derived(for: "faults"), from: calmEnd, to: faultsEnd,
            calm: network)
        for step in special.steps { faults.add(step.fault, at: step.moment) }
    }

    /// Nodes leave and come back, or do not; and some raise their incarnation for no reason of the
    /// protocol's own.
    private mutating func drawAsks(
        of asked: [NodeID], by generator: inout Xoshiro256StarStar
    ) {
        let period = GossipPlan.period
        for _ in 0..<3 {
            let node = asked[Int(generator.next(below: UInt64(asked.count)))]
            let leaves = calmEnd + period * Int64(generator.next(below: 100))
            asks.append(Ask(request: .leave, node: node, moment: leaves))
            guard generator.next(below: 3) > 0 else { continue }
            let returns = leaves + period * Int64(1 + generator.next(below: 28))
            asks.append(Ask(request: .rejoin, node: node, moment: returns))
        }
        // Late, so that it is still remembered when views are compared.
        let leaver = asked[Int(generator.next(below: UInt64(asked.count)))]
        let leaves = calmEnd + period * Int64(103 + generator.next(below: 10))
        asks.append(Ask(request: .leave, node: leaver, moment: leaves))
        if generator.next(below: 2) == 0 {
            let returns = leaves + period * Int64(1 + generator.next(below: 14))
            asks.append(Ask(request: .rejoin, node: leaver, moment: returns))
        }
        for _ in 0..<6 {
            asks.append(
                Ask(
                    request: .renew, node: NodeID(place: Int(generator.next(below: UInt64(nodes)))),
                    moment: calmEnd + period * Int64(generator.next(below: 125))))
        }
    }
}
