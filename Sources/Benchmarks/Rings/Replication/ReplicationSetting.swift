import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
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

    /// A chain as a context says, on a network whose delays do not vary.
    static func chain(of context: ForkContext, clients: Int) throws -> ChainExperiment {
        try StoreConditions(context, clients: clients).chain()
    }

    /// A quorum as a context says, on a network whose delays do not vary.
    static func quorum(of context: ForkContext, clients: Int, seed: Seed) -> QuorumExperiment {
        StoreConditions(context, clients: clients).quorum(seed: seed)
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
