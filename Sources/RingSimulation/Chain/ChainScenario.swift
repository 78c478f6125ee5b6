public import Randomness
public import ShenRing
import Simulation
import StateMachines

/// A chain of two to five members under load, through crashes with and without what was not synced,
/// lost disks, freezes, partitions both ways and one way, loss, doubling, reordering, drift and joins,
/// several at once; watched for what must never happen, and for what must have happened in the end.
///
/// A seed decides how long the chain is, who answers writes and reads, and when nodes forward. What is
/// checked stands at `ChainWatch`. Operations are requests that clients heard the answer to.
public enum ChainScenario: Scenario {
    /// What can be planted in a chain.
    public typealias Mistake = OuroborosMistake

    /// What it is called.
    public static let name = "chain"

    /// Runs a seed's chain, with the mistake planted or none.
    public static func run(seed: Seed, planted: OuroborosMistake?) -> ScenarioReport {
        let plan = ChainPlan(seed: seed)
        var settings = plan.settings
        settings.planted = Planted(planted)
        var run = ChainRun(plan, settings, seed: seed)
        return run.report()
    }
}

typealias ChainMachine = Participant<ChainNode, KeyedClient<ChainMessage>>

extension Simulator where Machine == ChainMachine {
    /// A cluster of a chain's nodes, the first ones, and its clients.
    init(
        servers: Int, settings: ChainSettings, clients: [ClientSettings], seed: Seed,
        conditions: Conditions
    ) {
        self.init(
            nodes: servers + clients.count, seed: seed, network: conditions.network,
            disk: conditions.disk, clocks: conditions.clocks, costs: conditions.costs,
            size: { $0.wireSize },
            make: { id, recovered, seed in
                guard id.place < servers else {
                    var client = clients[id.place - servers]
                    client.isAnsweredByOthers = true
                    return .client(KeyedClient(id, settings: client, seed: seed))
                }
                do throws(ChainError) {
                    return .server(
                        try ChainNode(
                            id: id, settings: settings, recovered: recovered, seed: seed))
                } catch { preconditionFailure("\(error)") }
            })
        compact = { ChainRecord.compact($0) }
    }

    /// A node's part as a replica; nil while it is down.
    func replica(_ node: NodeID) -> ChainReplica? {
        guard case .server(let server)? = self[node] else { return nil }
        return server.replica
    }

    /// A node's part as a warden; nil while it is down.
    func warden(_ node: NodeID) -> ChainWarden? {
        guard case .server(let server)? = self[node] else { return nil }
        return server.warden
    }
}

/// One run of a plan.
struct ChainRun {
    /// What alarms are for.
    private enum Alarm: Int { case inspect, loseDisk, cut }

    private let plan: ChainPlan
    private(set) var simulator: Simulator<ChainMachine>
    private var watch: ChainWatch
    private var faults = 0
    private var cuts: ArraySlice<ChainCut>
    /// Whose disk goes, and who is cut off, is drawn.
    private var generator: Xoshiro256StarStar

    init(_ plan: ChainPlan, _ settings: ChainSettings, seed: Seed) {
        self.plan = plan
        cuts = plan.cuts[...]
        generator = seed.derived(for: "run").generator()
        simulator = Simulator(
            servers: plan.wardens.count + plan.replicas.count, settings: settings,
            clients: plan.clientSettings,
            seed: seed.derived(for: "cluster"),
            conditions: Conditions(
                network: plan.network, disk: plan.disk, clocks: plan.clocks))
        simulator.burst = plan.burst
        watch = ChainWatch(plan)
    }

    /// Runs all of it, and says what was found.
    mutating func report() -> ScenarioReport {
        simulator.schedule(plan.faults)
        for moment in plan.losses { simulator.alarm(Alarm.loseDisk.rawValue, at: moment) }
        for cut in plan.cuts { simulator.alarm(Alarm.cut.rawValue, at: cut.at) }
        simulator.alarm(Alarm.inspect.rawValue, at: plan.calmEnd)
        advance(to: plan.loadEnd)
        for client in plan.clients { simulator.ask(.client(.stop), of: client) }
        advance(to: plan.end)
        watch.finish(simulator)
        return ScenarioReport(
            operations: watch.operations, faults: faults,
            simulated: simulator.now - Moment(nanoseconds: 0), trace: simulator.trace.value,
            violations: watch.violations, unknown: watch.isUnknown)
    }

    private mutating func advance(to end: Moment) {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(.server(let event), let node, let moment):
                watch.heard(event, of: node, at: moment, simulator)
            case .event(.client(let event), _, let moment):
                watch.heard(event, at: moment)
            case .fault(let fault, _):
                faults += 1
                if case .restart(let node) = fault { watch.restarted(node) }
            case .alarm(let token, let moment):
                come(token, at: moment)
            }
        }
    }

    private mutating func come(_ token: Int, at now: Moment) {
        switch Alarm(rawValue: token) {
        case .inspect:
            watch.inspect(simulator)
            simulator.alarm(token, at: now + plan.inspection)
        case .loseDisk:
            guard now < plan.faultsEnd, !loseDisk() else { return }
            simulator.alarm(token, at: now + plan.inspection)
        case .cut: cutOff()
        case nil: preconditionFailure("no alarm \(token)")
        }
    }

    /// The latest configuration that a warden knows.
    private var configuration: ChainConfiguration {
        plan.wardens.compactMap { simulator.warden($0)?.decided }.max { $0.epoch < $1.epoch }
            ?? .none
    }

    /// Cuts replicas off, whoever stands there now.
    private mutating func cutOff() {
        guard let cut = cuts.popFirst() else { return }
        let away: [NodeID]
        switch cut.whom {
        case .tail: away = configuration.tail.map { [$0.node] } ?? []
        case .head: away = configuration.head.map { [$0.node] } ?? []
        case .some:
            let order = plan.replicas.shuffled(by: &generator)
            away = Array(order[...Int(generator.next(below: UInt64(order.count)))])
        }
        let split = cut.takesWarden ? 1 : 0
        let rest = plan.replicas.filter { !away.contains($0) } + plan.wardens[split...]
        let one = away + plan.wardens[..<split]
        guard simulator.inflict(.partition([one + plan.clients, rest + plan.clients])) else {
            return
        }
        faults += 1
        simulator.schedule(.heal, at: simulator.now + cut.lasting)
    }

    /// Has a replica that is out of the chain lose its disk. Says whether one did.
    private mutating func loseDisk() -> Bool {
        let known = configuration
        let outside = plan.replicas.filter { node in
            guard let replica = simulator.replica(node) else { return false }
            return replica.configuration == known && !known.includes(replica.member)
        }
        guard !outside.isEmpty else { return false }
        let victim = outside[Int(generator.next(below: UInt64(outside.count)))]
        guard simulator.inflict(.crash(victim, disk: .loses)) else { return false }
        faults += 1
        watch.restarted(victim)
        return simulator.inflict(.restart(victim))
    }
}
