import Glibc
import Measurement
import Quantities
import RingSimulation
import ShenRing
import StateMachines

/// How long the sides of a partition need after it has healed until all nodes have one view again.
enum GossipHealing: Benchmark {
    static let description = BenchmarkDescription(
        name: "gossip.heal",
        summary: "periods until all nodes have one view after a partition, whose sides took each "
            + "other for dead, has healed, in simulated time",
        parameters: [
            GossipSetting.nodes(default: 100),
            ParameterSpecification(
                "cut", "periods for which the sides are apart", .integer(1...10_000),
                default: "120"),
        ] + GossipSetting.detection + GossipSetting.parameters(runs: 5),
        metrics: [
            MetricSpecification(
                "rounds", .count(of: "rounds"), .lower, .seeded,
                "periods until all have all as members and know the same; the contender logarithm "
                    + "is log2 of the nodes"),
            MetricSpecification("time", .nanoseconds, .lower, .seeded, "the time that takes"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: GossipSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let nodes = context.integer("nodes")
        let settings = GossipSetting.settings(of: context)
        // Two against three, and as many of more.
        let minority = max(1, nodes * 2 / 5)
        let healings = try GossipSetting.each(settings, in: context, into: &recorder) {
            try $0.healing(minority: minority, after: context.integer("cut"))
        }
        let parameters = recorder.figureParameters()
        let simulated = parameters.with("contender", "simulated")
        let times = healings.map { $0.time?.inNanoseconds }
        recorder.recordFound("time", simulated, times)
        recorder.recordFound(
            "rounds", simulated, times.map { $0.map { $0 / settings.period.inNanoseconds } })
        recorder.record(
            "rounds", parameters.with("contender", "logarithm"),
            samples: healings.map { _ in log2(Double(nodes)) })
    }
}
