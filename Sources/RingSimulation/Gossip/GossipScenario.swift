public import Randomness
public import ShenRing
import Simulation
import StateMachines

/// A small cluster that gossips through crashes, restarts with and without its disks, freezes,
/// partitions, loss, leaves and returns, and is watched for what must never happen and for what must
/// have happened in the end.
///
/// First all is well, and nobody may be suspected. Then come faults, and asks to leave and come back;
/// and then all is well again: within a bound every node must have every other one as it is, and keep it.
/// A seed decides how nodes find out who is gone (probes or heartbeats), which way news goes, and whether
/// incarnations are durable. Operations are probes that were decided, tables that were merged where there
/// are heartbeats, and changes of views.
public enum GossipScenario: Scenario {
    /// The mistakes of the zoo.
    public typealias Mistake = SundialMistake

    /// What the command line calls it.
    public static let name = "gossip"

    /// Runs the scenario that a seed makes, with a mistake or without.
    public static func run(seed: Seed, planted: SundialMistake?) -> ScenarioReport {
        var plan = GossipPlan(seed: seed)
        plan.settings.planted = Planted(planted)
        var run = GossipRun(plan, seed: seed)
        return run.report()
    }
}

/// One run of a plan.
struct GossipRun {
    private let plan: GossipPlan
    private var simulator: Simulator<Sundial>
    private var watch: GossipWatch
    private var faults = 0
    private var operations = 0

    init(_ plan: GossipPlan, seed: Seed) {
        self.plan = plan
        let settings = plan.settings
        simulator = Simulator(
            nodes: plan.nodes, seed: seed.derived(for: "cluster"), network: plan.network,
            disk: DiskConditions(sync: .uniform(.milliseconds(1), .milliseconds(8))),
            clocks: ClockConditions(offset: .seconds(4), drift: 1e-3),
            size: { $0.byteCount },
            make: { Sundial($0, settings: settings, recovered: $1, seed: $2) })
        watch = GossipWatch(plan)
    }

    /// Runs all of it, and says what was found.
    mutating func report() -> ScenarioReport {
        simulator.schedule(plan.faults)
        for (place, ask) in plan.asks.enumerated() { simulator.alarm(place, at: ask.moment) }
        advance(to: plan.calmEnd)
        watch.faultsBegin()
        advance(to: plan.faultsEnd + plan.convergence)
        judge()
        watch.faultsAreOver()
        advance(to: plan.end)
        judge()
        watch.finish(at: simulator.now)
        if plan.settings.probes == nil {
            for place in 0..<plan.nodes {
                operations += simulator.traffic(of: NodeID(place: place)).received.messages
            }
        }
        return ScenarioReport(
            operations: operations, faults: faults,
            simulated: simulator.now - Moment(nanoseconds: 0), trace: simulator.trace.value,
            violations: watch.violations)
    }

    private mutating func advance(to end: Moment) {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(let event, let node, let moment):
                count(event)
                watch.heard(event, of: node, at: moment)
            case .fault(let fault, let moment):
                faults += 1
                watch.befell(fault, at: moment)
            case .alarm(let place, let moment):
                let ask = plan.asks[place]
                guard simulator.ask(ask.request, of: ask.node) else { continue }
                watch.asked(ask.request, of: ask.node, at: moment)
            }
        }
    }

    private mutating func count(_ event: SundialEvent) {
        switch event {
        case .changed, .probed: operations += 1
        case .announced, .startedOver, .departed: break
        }
    }

    /// Compares what nodes know with what they are.
    private mutating func judge() {
        for place in 0..<plan.nodes {
            guard let observer = simulator[NodeID(place: place)], !observer.hasLeft else {
                continue
            }
            for other in 0..<plan.nodes where other != place {
                let subject = NodeID(place: other)
                watch.judge(
                    observer.state(of: subject), of: subject, by: observer.node,
                    actual: simulator[subject], at: simulator.now)
            }
        }
    }
}
