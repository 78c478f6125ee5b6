import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// What clients on either side of a partition get of a chain.
enum ReplicationPartition: Benchmark {
    static let description = BenchmarkDescription(
        name: "replication.sim.partition",
        summary:
            "what clients on either side of a partition get of a chain, once the sides know of it, "
            + "in simulated time; histories are checked",
        parameters: [
            ParameterSpecification(
                "replicas",
                "members; the first of them, fewer than half, are split from the others",
                .integer(3...15), default: "5"),
            SimulatedRuns.roundTrip(), ReplicationSetting.sync, ReplicationSetting.silence,
            SimulatedRuns.runs(default: 5),
        ],
        metrics: ["more", "fewer"].flatMap { side in
            [
                MetricSpecification(
                    "writes-\(side)", .operationsPerSecond, .higher, .sampled,
                    "writes answered a second on the side of \(side)"),
                MetricSpecification(
                    "reads-\(side)", .operationsPerSecond, .higher, .sampled,
                    "reads answered a second on the side of \(side)"),
            ]
        } + [
            MetricSpecification(
                "lost", .count(of: "writes"), .lower, .sampled,
                "acknowledged writes that were gone after it was healed")
        ],
        processingUnits: 0, floor: "none: simulated",
        contradiction: ReplicationSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let silence = context.span("silence")
        var figures: [ChainSplitFigures] = []
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            var chain = try ChainExperiment(
                replicas: context.integer("replicas"), clients: 4,
                delay: context.span("rtt") / 2, sync: context.span("sync"))
            chain.settings.reading = .anywhere
            chain.settings.heartbeat = silence / 5
            chain.settings.lease = silence
            chain.settings.suspicion = silence
            chain.patience = max(chain.settings.resend, silence / 4)
            chain.warmUp = max(.milliseconds(300), silence * 4)
            chain.load.reads = 0.5
            chain.span = silence * 10
            let found = chain.split(seed: seed)
            guard found.violations.isEmpty else {
                throw ViolatedRun(of: "a chain", seed: seed, found.violations)
            }
            figures.append(found)
        }
        let parameters = recorder.figureParameters(without: ["runs"])
        func record(_ metric: String, _ value: (ChainSplitFigures) -> Double) {
            recorder.record(metric, parameters, samples: figures.map(value))
        }
        record("writes-more", \.more.writesPerSecond)
        record("reads-more", \.more.readsPerSecond)
        record("writes-fewer", \.fewer.writesPerSecond)
        record("reads-fewer", \.fewer.readsPerSecond)
        record("lost") { Double($0.lost) }
    }
}
