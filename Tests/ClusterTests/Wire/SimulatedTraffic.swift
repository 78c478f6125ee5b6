import Randomness
import ShenRing
import Simulation
import StateMachines

@testable import RingSimulation

/// What nodes say and store in simulated clusters with faults, of as many seeds as it takes until
/// everything that can be said was.
enum SimulatedTraffic {
    /// Messages and records of one protocol.
    struct Traffic<Message: WireCodable, Record: WireCodable>: Sendable {
        var messages: WireCorpus<Message>
        var records: WireCorpus<Record>

        /// Kinds stand behind the version and the names of cluster and nodes.
        init(
            kindAt place: Int, isSame: @escaping @Sendable (Message, Message) -> Bool,
            isSameRecord: @escaping @Sendable (Record, Record) -> Bool
        ) {
            messages = WireCorpus(kindAt: place, isSame: isSame)
            records = WireCorpus(kindAt: 0, isSame: isSameRecord)
        }

        /// Whether so many kinds of both came up: seeds are run until they have.
        func has(messages: Int, records: Int) -> Bool {
            self.messages.kinds >= messages && self.records.kinds >= records
        }
    }

    /// Collects what a simulator delivers while it is driven.
    private final class Collector<Message: WireCodable> {
        var corpus: WireCorpus<Message>
        init(_ corpus: WireCorpus<Message>) { self.corpus = corpus }
    }

    static let quorum: Traffic<QuorumMessage, QuorumRecord> = {
        var traffic = Traffic<QuorumMessage, QuorumRecord>(
            kindAt: 26, isSame: ==, isSameRecord: ==)
        for seed in 1...30 where !traffic.has(messages: 16, records: 5) {
            var world = QuorumWorld(seed: Seed(UInt64(seed)), planted: nil)
            world.simulator.compact = nil
            collect(world.simulator, into: &traffic) { simulator in
                world.simulator = simulator
                _ = world.run()
                return world.simulator
            }
        }
        return traffic
    }()

    static let chain: Traffic<ChainMessage, ChainRecord> = {
        var traffic = Traffic<ChainMessage, ChainRecord>(
            kindAt: 9, isSame: ==, isSameRecord: ==)
        for seed in 1...30 where !traffic.has(messages: 13, records: 9) {
            let plan = ChainPlan(seed: Seed(UInt64(seed)))
            var simulator = Simulator(
                servers: plan.wardens.count + plan.replicas.count, settings: plan.settings,
                clients: plan.clientSettings, seed: Seed(UInt64(seed)),
                conditions: Conditions(
                    network: plan.network, disk: plan.disk, clocks: plan.clocks))
            simulator.schedule(plan.faults)
            simulator.compact = nil
            collect(simulator, into: &traffic) { simulator in
                var running = simulator
                // A disk that is lost while its node is down has the joiner given an image.
                while running.next(until: plan.calmEnd) != nil {}
                let victim = plan.replicas[0]
                running.inflict(.crash(victim, disk: .loses))
                while running.next(until: plan.faultsEnd) != nil {}
                running.inflict(.restart(victim))
                while running.next(until: plan.end) != nil {}
                return running
            }
        }
        return traffic
    }()

    static let token: Traffic<Cartouche.Message, Cartouche.Record> = {
        var traffic = Traffic<Cartouche.Message, Cartouche.Record>(
            kindAt: 10, isSame: ==, isSameRecord: ==)
        for seed in 1...30 where !traffic.has(messages: 14, records: 5) {
            run(tokenSeed: UInt64(seed), into: &traffic)
        }
        return traffic
    }()

    static let gossip: Traffic<SundialMessage, SundialRecord> = {
        var traffic = Traffic<SundialMessage, SundialRecord>(
            kindAt: 1, isSame: { "\($0)" == "\($1)" }, isSameRecord: ==)
        for seed in 1...30 where !traffic.has(messages: 12, records: 1) {
            var plan = GossipPlan(seed: Seed(UInt64(seed)))
            plan.settings.isDurable = true
            let settings = plan.settings
            var simulator = Simulator<Sundial>(
                nodes: plan.nodes, seed: Seed(UInt64(seed)), network: plan.network,
                make: { Sundial($0, settings: settings, recovered: $1, seed: $2) })
            simulator.schedule(plan.faults)
            for (place, ask) in plan.asks.enumerated() { simulator.alarm(place, at: ask.moment) }
            collect(simulator, into: &traffic) { simulator in
                var running = simulator
                while let occurrence = running.next(until: plan.end) {
                    guard case .alarm(let place, _) = occurrence else { continue }
                    running.ask(plan.asks[place].request, of: plan.asks[place].node)
                }
                return running
            }
        }
        return traffic
    }()

    private static func run(
        tokenSeed seed: UInt64, into traffic: inout Traffic<Cartouche.Message, Cartouche.Record>
    ) {
        var settings = Cartouche.Settings()
        settings.hold = .milliseconds(10)
        settings.leastHold = .milliseconds(2)
        settings.lease = .milliseconds(60)
        settings.resend = .milliseconds(2)
        settings.patience = .milliseconds(25)
        settings.contacts = (0..<5).map(NodeID.init(place:))
        let shared = settings
        guard let founders = try? Cartouche.Configuration(founders: Array(settings.contacts[..<4]))
        else { preconditionFailure("founders 0 to 3") }
        let simulator = Simulator<Cartouche>(
            nodes: 5, seed: Seed(seed),
            network: NetworkConditions(
                delay: .uniform(.microseconds(100), .microseconds(400)), loss: 0.01,
                duplication: 0.05)
        ) { node, recovered, seed in
            Cartouche(node: node, settings: shared, recovered: recovered, seed: seed)
        }
        collect(simulator, into: &traffic) { simulator in
            let load = TokenLoad(
                applications: 5, thinking: .exponential(mean: .milliseconds(3)),
                holding: .exponential(mean: .milliseconds(1)), writes: 0, late: 0)
            var world = TokenWorld(
                simulator: simulator, founders: founders, load: load, seed: Seed(seed))
            let moments = (1...8).map { Moment(nanoseconds: Int64($0) * 100_000_000) }
            world.set(.operate(.join(NodeID(4))), at: moments[0])
            let end = moments[7]
            world.set(.operate(.strike(.crash(.milliseconds(1)), until: end)), at: moments[1])
            world.set(.operate(.strike(.isolate(.milliseconds(90)), until: end)), at: moments[2])
            world.set(.operate(.strike(.forget(.milliseconds(30)), until: end)), at: moments[3])
            world.set(.operate(.remove(NodeID(1), asking: NodeID(2))), at: moments[5])
            world.set(.operate(.strike(.crash(.milliseconds(1)), until: end)), at: moments[6])
            _ = world.run(until: end + .milliseconds(200))
            return world.simulator
        }
    }

    private static func collect<Machine: StateMachine>(
        _ simulator: Simulator<Machine>,
        into traffic: inout Traffic<Machine.Message, Machine.Record>,
        _ run: (Simulator<Machine>) -> Simulator<Machine>
    ) {
        let collector = Collector(traffic.messages)
        var simulator = simulator
        simulator.onDelivery = { message, _, _, _ in collector.corpus.take(message) }
        simulator = run(simulator)
        traffic.messages = collector.corpus
        for place in 0..<simulator.nodeCount {
            for record in simulator.durable(on: NodeID(place: place)) {
                traffic.records.take(record)
            }
        }
    }
}
