import Measurement
import Quantities
import RingSimulation
import ShenRing

/// What gossip costs a node while all is well, and whom it wrongs.
enum GossipLoading: Benchmark {
    static let description = BenchmarkDescription(
        name: "gossip.load",
        summary: "messages and bytes that a node sends and receives in a second while nobody "
            + "crashes, in simulated time",
        parameters: [
            GossipSetting.nodes(default: 100),
            ParameterSpecification(
                "periods", "for how many periods", .integer(1...10_000), default: "20"),
        ] + GossipSetting.detection + GossipSetting.parameters(runs: 3),
        metrics: [
            MetricSpecification(
                "messages", .messagesPerSecond, .lower, .seeded,
                "messages a second, sent and received, on average over nodes"),
            MetricSpecification(
                "messages-most", .messagesPerSecond, .lower, .seeded,
                "the same of the node with the most"),
            MetricSpecification(
                "bytes", .bytesPerSecond, .lower, .seeded,
                "bytes a second, sent and received, on average over nodes"),
            MetricSpecification(
                "bytes-most", .bytesPerSecond, .lower, .seeded,
                "the same of the node with the most"),
            MetricSpecification(
                "suspicions", .count(of: "nodes"), .lower, .seeded,
                "nodes that were suspected, though all of them ran, in a run"),
            MetricSpecification(
                "false-deaths", .count(of: "nodes"), .lower, .seeded,
                "nodes that were taken for dead, in a run"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: GossipSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let runs = try GossipSetting.each(
            GossipSetting.settings(of: context), in: context, into: &recorder
        ) { try $0.accuracy(periods: context.integer("periods")) }
        let parameters = recorder.figureParameters()
        recorder.record("messages", parameters, samples: runs.map(\.load.meanMessages))
        recorder.record("messages-most", parameters, samples: runs.map(\.load.mostMessages))
        recorder.record("bytes", parameters, samples: runs.map(\.load.meanBytes))
        recorder.record("bytes-most", parameters, samples: runs.map(\.load.mostBytes))
        recorder.record("suspicions", parameters, samples: runs.map { Double($0.suspicions) })
        recorder.record("false-deaths", parameters, samples: runs.map { Double($0.falseDeaths) })
    }
}
