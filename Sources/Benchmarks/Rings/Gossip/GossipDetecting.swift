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
        parameters: [GossipSetting.nodes(default: 100)] + GossipSetting.detection
            + GossipSetting.parameters(runs: 10),
        metrics: [
            MetricSpecification(
                "suspected", .nanoseconds, .lower, .sampled, "until the first node suspects it"),
            MetricSpecification(
                "suspected-by-all", .nanoseconds, .lower, .sampled, "until all do"),
            MetricSpecification(
                "dead", .nanoseconds, .lower, .sampled, "until the first takes it for dead"),
            MetricSpecification(
                "dead-to-all", .nanoseconds, .lower, .sampled, "until all do"),
            MetricSpecification(
                "false-deaths", .count(of: "nodes"), .lower, .sampled,
                "nodes that run and were taken for dead by somebody, in a run"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: GossipSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let detections = try GossipSetting.each(
            GossipSetting.settings(of: context), in: context, into: &recorder
        ) { $0.detection() }
        let parameters = recorder.figureParameters()
        for (metric, moment) in [
            ("suspected", \GossipExperiment.Detection.suspected),
            ("suspected-by-all", \.suspectedByAll), ("dead", \.dead), ("dead-to-all", \.deadToAll),
        ] {
            recorder.recordFound(
                metric, parameters, detections.map { $0[keyPath: moment]?.inNanoseconds })
        }
        let wronged = detections.map { Double($0.falseDeaths) }
        recorder.record("false-deaths", parameters, samples: wronged)
        if wronged.contains(where: { $0 > 0 }) {
            recorder.note("some of those taken for dead were running: see false-deaths")
        }
    }
}
