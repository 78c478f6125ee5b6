import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines

/// Parameters of simulated replicated stores, and the experiments that they make: the same network, disks,
/// processors and clients for a chain and for a quorum.
enum ReplicationSetting {
    static let replicas = ParameterSpecification(
        "replicas", "members that have a copy", .integer(1...15), default: "3")

    static let sync = ParameterSpecification(
        "sync", "what a sync takes of each member's disk",
        .duration(Nanoseconds(0) ... .seconds(1)), default: "200us")

    static func clients(default value: Int) -> ParameterSpecification {
        ParameterSpecification(
            "clients", "clients, whose processors messages cost as much", .integer(1...1_000),
            default: "\(value)")
    }

    static let window = ParameterSpecification(
        "window", "requests that each client has under way", .integer(1...1_000), default: "1")

    static let batch = ParameterSpecification(
        "batch",
        "what a message between members carries: one entry, or all that came within a round trip and a "
            + "sync; for both protocols alike", .choice(["one", "all"]), default: "one")

    static let duration = ParameterSpecification(
        "duration", "how long is measured, in simulated time",
        .duration(.milliseconds(10) ... .seconds(60)), default: "300ms")

    /// How long silence lasts before a member is taken for dead.
    static let silence = ParameterSpecification(
        "silence", "how long a member or a leader may be silent before it is taken for dead",
        .duration(.milliseconds(10) ... .seconds(60)), default: "100ms")

    static func contenders(_ names: [String]) -> ParameterSpecification {
        ParameterSpecification(
            "contenders", "who is simulated", .subset(of: names),
            default: names.joined(separator: ","))
    }

    /// Why a member would be taken for dead that is far away, or nil.
    static let contradiction: @Sendable (ParameterSet, Nanoseconds) -> String? = { parameters, _ in
        SimulatedCluster.slowNetwork(
            parameters, period: "silence", most: "a fifth of the silence", share: 0.2)
    }

    /// The parameters of a contender's figures.
    static func parameters(of contender: String, _ recorder: Recorder) -> ParameterSet {
        recorder.figureParameters(without: ["contenders", "runs"]).with("contender", contender)
    }

    /// The costs of a context.
    static func costs(of context: ForkContext) -> ProcessingCosts {
        let cost = context.span("message-cost")
        return ProcessingCosts(receive: cost, send: cost)
    }

    /// A chain as a context says, on a network whose delays do not vary.
    static func chain(of context: ForkContext, clients: Int) throws -> ChainExperiment {
        let (delay, sync) = (context.span("rtt") / 2, context.span("sync"))
        var chain = try ChainExperiment(
            replicas: context.integer("replicas"), clients: clients, delay: delay, sync: sync)
        chain.costs = costs(of: context)
        chain.warmUp = warmUp(of: context)
        // Nobody is to be asked again, or taken for dead, for the time that its processor's queue takes.
        let window = context.request.parameters["window"].flatMap(Int64.init) ?? 1
        let queue = chain.costs.receive * 16 * window * Int64(clients)
        chain.settings.resend = max(chain.settings.resend, queue)
        chain.settings.stall = max(chain.settings.stall, chain.settings.resend * 4)
        chain.patience = chain.settings.resend * 2
        chain.settings.suspicion = max(chain.settings.suspicion, queue * 2)
        chain.settings.lease = chain.settings.suspicion
        chain.settings.heartbeat = chain.settings.suspicion / 5
        chain.load.valueBytes = valueBytes
        // So many that hardly two clients meet at one, as in the quorum's experiment.
        chain.load.keys = 100_000
        return chain
    }

    /// How long a store runs before it is measured: a chain has to find together in it.
    private static func warmUp(of context: ForkContext) -> Span {
        max(.milliseconds(200), context.span("rtt") * 40)
    }

    /// The bytes of a value.
    static let valueBytes = 64

    /// A quorum as a context says, on a network whose delays do not vary.
    static func quorum(of context: ForkContext, clients: Int, seed: Seed) -> QuorumExperiment {
        var quorum = QuorumExperiment()
        quorum.replicas = context.integer("replicas")
        quorum.clients = clients
        quorum.valueBytes = valueBytes
        quorum.delay = .constant(context.span("rtt") / 2)
        quorum.sync = .constant(context.span("sync"))
        quorum.costs = costs(of: context)
        quorum.warmUp = warmUp(of: context)
        quorum.seed = seed
        return quorum
    }
}

/// What a run of a replicated store came to, whichever its protocol.
struct StoreRun {
    /// Latencies, ascending.
    let latencies: [Span]
    /// Operations a second.
    let throughput: Double
    /// Messages that the busiest member sent and received for an operation.
    let messages: Double

    /// A chain's writes or reads; its findings are thrown.
    init(_ figures: ChainFigures, reads: Bool, seed: Seed) throws {
        guard figures.violations.isEmpty else {
            throw ViolatedRun(of: "a chain", seed: seed, figures.violations)
        }
        latencies = (reads ? figures.reads : figures.writes).all.sorted()
        throughput = reads ? figures.readsPerSecond : figures.writesPerSecond
        messages = Double(figures.messages.max() ?? 0) / Double(max(1, latencies.count))
        guard !latencies.isEmpty else {
            throw UnfinishedRun("a chain answered nothing", seed: seed)
        }
    }

    /// A quorum's operations; its findings are thrown.
    init(_ measurement: QuorumExperiment.Measurement, seed: Seed) throws {
        guard measurement.violations.isEmpty, !measurement.isUnknown else {
            throw ViolatedRun(
                of: "a quorum", seed: seed,
                measurement.violations + (measurement.isUnknown ? ["no verdict"] : []))
        }
        latencies = measurement.latencies
        throughput = measurement.throughput
        messages = measurement.leaderMessages
        guard !latencies.isEmpty else {
            throw UnfinishedRun("a quorum answered nothing", seed: seed)
        }
    }

    /// The mean latency.
    var mean: Double {
        latencies.reduce(0) { $0 + $1.inNanoseconds } / Double(latencies.count)
    }

    /// The latency within which 99 of 100 operations were answered, by the nearest rank.
    var late: Double {
        latencies[Int((0.99 * Double(latencies.count)).rounded(.up)) - 1].inNanoseconds
    }

    /// The share of time that messages which cost so much keep the busiest member busy, in hundredths.
    func busy(cost: Span) -> Double { 100 * messages * throughput * cost.inSeconds }
}
