import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// What a read takes, and how many a store takes, by who answers it.
enum ReplicationReading: Benchmark {
    /// Who answers.
    private enum Contender: String, CaseIterable {
        case tail = "chain-tail"
        case anywhere = "chain-anywhere"
        case leader = "quorum-leader"
        case lease = "quorum-lease"
        case follower = "quorum-follower"

        /// How a quorum reads; nil for a chain.
        var reads: QuorumExperiment.Reads? {
            switch self {
            case .tail, .anywhere: nil
            case .leader: .leader
            case .lease: .lease
            case .follower: .follower
            }
        }
    }

    static let description = BenchmarkDescription(
        name: "replication.sim.read",
        summary:
            "what clients wait for reads, and how many are done, of a chain and of a quorum by who "
            + "answers, in simulated time; histories are checked",
        parameters: [
            ReplicationSetting.replicas, SimulatedRuns.roundTrip(), ReplicationSetting.sync,
            SimulatedRuns.messageCost, ReplicationSetting.clients(default: 6),
            ReplicationSetting.duration,
            ParameterSpecification(
                "writes", "share of the requests that are writes", .number(0...0.9), default: "0"),
            ReplicationSetting.contenders(Contender.allCases.map(\.rawValue)),
            SimulatedRuns.runs(default: 3),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "mean time from a read to its answer; of a quorum, of all operations"),
            MetricSpecification(
                "latency-p99", .nanoseconds, .lower, .sampled,
                "the time within which 99 % were answered, by the nearest rank"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled, "reads answered a second"),
        ],
        processingUnits: 0, floor: "a round trip")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let contenders = context.words("contenders").compactMap(Contender.init(rawValue:))
        var runs: [Contender: [StoreRun]] = [:]
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            for contender in contenders {
                runs[contender, default: []].append(try run(contender, context, seed: seed))
            }
        }
        for contender in contenders {
            let parameters = ReplicationSetting.parameters(of: contender.rawValue, recorder)
            let own = runs[contender] ?? []
            recorder.record("latency", parameters, samples: own.map(\.mean))
            recorder.record("latency-p99", parameters, samples: own.map(\.late))
            recorder.record("throughput", parameters, samples: own.map(\.throughput))
        }
    }

    private static func run(
        _ contender: Contender, _ context: ForkContext, seed: Seed
    ) throws -> StoreRun {
        let (clients, share) = (context.integer("clients"), 1 - context.number("writes"))
        guard let reads = contender.reads else {
            var chain = try ReplicationSetting.chain(of: context, clients: clients)
            chain.settings.reading = contender == .tail ? .atTail : .anywhere
            chain.load.reads = share
            chain.span = context.span("duration")
            return try StoreRun(chain.serve(seed: seed), reads: true, seed: seed)
        }
        var quorum = ReplicationSetting.quorum(of: context, clients: clients, seed: seed)
        quorum.reads = reads
        quorum.readShare = share
        quorum.duration = context.span("duration")
        return try StoreRun(quorum.run(), seed: seed)
    }
}
