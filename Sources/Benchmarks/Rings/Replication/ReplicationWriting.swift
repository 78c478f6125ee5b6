import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// What a write takes, and how many a store takes, of a chain and of a quorum side by side.
enum ReplicationWriting: Benchmark {
    /// Who is simulated.
    private enum Contender: String, CaseIterable {
        /// Every member forwards before it has synced, and the tail answers.
        case chain
        /// Every member forwards what it has synced: a message less for each hop, and the syncs add up.
        case durable = "chain-durable"
        /// The answer comes back through the head, as in the document's code.
        case head = "chain-head"
        case quorum
    }

    static let description = BenchmarkDescription(
        name: "replication.sim.write",
        summary:
            "what clients wait for writes, and how many are done, of a chain and of a quorum under "
            + "the same conditions, in simulated time; histories are checked",
        parameters: [
            ReplicationSetting.replicas, SimulatedRuns.roundTrip(), ReplicationSetting.sync,
            SimulatedRuns.messageCost, ReplicationSetting.clients(default: 1),
            ReplicationSetting.window, ReplicationSetting.batch, ReplicationSetting.duration,
            ReplicationSetting.contenders(Contender.allCases.map(\.rawValue)),
            SimulatedRuns.runs(default: 3),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled, "mean time from a write to its answer"),
            MetricSpecification(
                "latency-p99", .nanoseconds, .lower, .sampled,
                "the time within which 99 % were answered, by the nearest rank"),
            MetricSpecification(
                "excess", .nanoseconds, .lower, .sampled,
                "mean latency less that of the quorum from the same seed"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled, "writes answered a second"),
            MetricSpecification(
                "gain", .percent, .higher, .sampled,
                "throughput beyond that of the quorum from the same seed"),
            MetricSpecification(
                "messages", .count(of: "messages"), .lower, .sampled,
                "messages that the busiest member sends and receives for a write, heartbeats among them"
            ),
            MetricSpecification(
                "busy", .percent, .neither, .sampled,
                "share of the time that messages keep the busiest member's processor busy"),
        ],
        processingUnits: 0,
        floor: "none: the model of constant delays, of which a note has the figures")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let contenders = context.words("contenders").compactMap(Contender.init(rawValue:))
        var runs: [Contender: [StoreRun]] = [:]
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            for contender in contenders {
                runs[contender, default: []].append(try run(contender, context, seed: seed))
            }
        }
        for contender in contenders {
            record(
                contender, runs[contender] ?? [], against: runs[.quorum] ?? [], context, &recorder)
        }
        note(context, into: &recorder)
    }

    private static func run(
        _ contender: Contender, _ context: ForkContext, seed: Seed
    ) throws -> StoreRun {
        let clients = context.integer("clients")
        guard contender == .quorum else {
            let figures = try chain(contender, context).serve(seed: seed)
            return try StoreRun(figures, reads: false, seed: seed)
        }
        var quorum = ReplicationSetting.quorum(of: context, clients: clients, seed: seed)
        quorum.window = context.integer("window")
        quorum.duration = context.span("duration")
        // A byte: one entry goes in a message at any size.
        if context.text("batch") == "one" { quorum.batchBytes = 1 } else { quorum.pipeline = 1 }
        return try StoreRun(quorum.run(), seed: seed)
    }

    private static func chain(
        _ contender: Contender, _ context: ForkContext
    ) throws -> ChainExperiment {
        var chain = try ReplicationSetting.chain(of: context, clients: context.integer("clients"))
        chain.load.window = context.integer("window")
        chain.span = context.span("duration")
        chain.settings.forwarding = contender == .durable ? .whenDurable : .atOnce
        chain.settings.answering = contender == .head ? .throughHead : .byTail
        if context.text("batch") == "one" {
            chain.settings.batch = 1
        } else {
            // A quorum's leader sends the next message when the one before is answered.
            chain.settings.batch = chain.settings.window
            chain.settings.batchDelay = context.span("rtt") + context.span("sync")
        }
        return chain
    }

    private static func record(
        _ contender: Contender, _ runs: [StoreRun], against rivals: [StoreRun],
        _ context: ForkContext, _ recorder: inout Recorder
    ) {
        let parameters = ReplicationSetting.parameters(of: contender.rawValue, recorder)
        func record(_ metric: String, _ value: (StoreRun) -> Double) {
            recorder.record(metric, parameters, samples: runs.map(value))
        }
        record("latency", \.mean)
        record("latency-p99", \.late)
        record("throughput", \.throughput)
        record("messages", \.messages)
        record("busy") { $0.busy(cost: context.span("message-cost")) }
        guard contender != .quorum, !rivals.isEmpty else { return }
        let pairs = zip(runs, rivals)
        recorder.record("excess", parameters, samples: pairs.map { $0.mean - $1.mean })
        recorder.record(
            "gain", parameters, samples: pairs.map { 100 * ($0.throughput / $1.throughput - 1) })
    }

    private static func note(_ context: ForkContext, into recorder: inout Recorder) {
        let (delay, sync) = (context.span("rtt") / 2, context.span("sync"))
        let (cost, replicas) = (context.span("message-cost"), context.integer("replicas"))
        let chain = ChainModel(
            replicas: replicas, delay: delay, sync: sync, receive: cost, send: cost)
        let quorum = QuorumModel(
            replicas: replicas, delay: delay, sync: sync, receive: cost, send: cost)
        recorder.note(
            "by arithmetic a lone write takes \(chain.write) of a chain and \(quorum.writeLatency) of a "
                + "quorum")
        guard let bound = chain.throughput(batch: 1) else { return }
        let rival = quorum.throughputBound(batch: 1, acknowledged: 1)
        recorder.note(
            "by arithmetic, one entry a message, the busiest member has time for \(bound.rounded()) "
                + "writes a second of a chain, and \(rival.rounded()) of a quorum")
    }
}
