import Measurement
import Quantities
import RingSimulation
import ShenRing
import StateMachines

/// How long it takes until a crash is noticed, and who is wronged meanwhile.
enum GossipDetecting: Benchmark {
    static let description = BenchmarkDescription(
        name: "gossip.detection",
        summary: "time from a node's crash until others suspect it, and take it for dead, in "
            + "simulated time",
        parameters: [
            GossipSetting.nodes(default: 100),
            ParameterSpecification(
                "until", "what ends a run: that all suspect the node, or that all take it for dead",
                .choice(["suspicion", "death"]), default: "death"),
        ] + GossipSetting.detection + GossipSetting.parameters(runs: 10),
        metrics: [
            MetricSpecification(
                "suspected", .nanoseconds, .lower, .seeded, "until the first node suspects it"),
            MetricSpecification(
                "suspected-by-all", .nanoseconds, .lower, .seeded, "until all do"),
            MetricSpecification(
                "dead", .nanoseconds, .lower, .seeded, "until the first takes it for dead"),
            MetricSpecification(
                "dead-to-all", .nanoseconds, .lower, .seeded, "until all do"),
            MetricSpecification(
                "false-suspicions", .count(of: "nodes"), .lower, .seeded,
                "nodes that run and were suspected by somebody, in a run"),
            MetricSpecification(
                "false-deaths", .count(of: "nodes"), .lower, .seeded,
                "nodes that run and were taken for dead by somebody, in a run"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: GossipSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let detections = try GossipSetting.each(
            GossipSetting.settings(of: context), in: context, into: &recorder
        ) { $0.detection(untilSuspected: context.text("until") == "suspicion") }
        let parameters = recorder.figureParameters(without: ["until"])
        var moments = [
            ("suspected", \GossipExperiment.Detection.suspected),
            ("suspected-by-all", \.suspectedByAll),
        ]
        if context.text("until") == "death" {
            moments += [("dead", \.dead), ("dead-to-all", \.deadToAll)]
        }
        for (metric, moment) in moments {
            recorder.recordFound(
                metric, parameters, detections.map { $0[keyPath: moment]?.inNanoseconds })
        }
        recorder.record(
            "false-suspicions", parameters, samples: detections.map { Double($0.falseSuspicions) })
        let wronged = detections.map { Double($0.falseDeaths) }
        recorder.record("false-deaths", parameters, samples: wronged)
        if wronged.contains(where: { $0 > 0 }) {
            recorder.note("some of those taken for dead were running: see false-deaths")
        }
    }
}
