import Glibc
import Measurement
import Quantities
import RingSimulation
import ShenRing
import StateMachines

/// In how many rounds all nodes have heard what one of them tells.
enum GossipSpreading: Benchmark {
    static let description = BenchmarkDescription(
        name: "gossip.spread",
        summary:
            "rounds until all nodes have heard news that one of them tells, in simulated time, "
            + "beside the logarithm of their number",
        parameters: [
            GossipSetting.nodes(default: 1_000),
            ParameterSpecification(
                "phases",
                "whether all nodes have their rounds at the same moments, as theory has it, or each at "
                    + "moments of its own", .choice(["in-step", "random"]), default: "in-step"),
        ] + GossipSetting.parameters(runs: 10),
        metrics: [
            MetricSpecification(
                "rounds", .count(of: "rounds"), .lower, .seeded,
                "rounds until all have it, periods since the news where phases are random; the "
                    + "contender logarithm is log2 of the nodes, the "
                    + "contender model the expected rounds by theory, up to a constant"),
            MetricSpecification(
                "time", .nanoseconds, .lower, .seeded, "the time that takes"),
            MetricSpecification(
                "reached", .percent, .higher, .seeded, "nodes that have it in the end"),
            MetricSpecification(
                "messages", .messagesPerSecond, .lower, .seeded,
                "messages that a node sends and receives in a second meanwhile, on average"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: GossipSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let nodes = context.integer("nodes")
        let settings = GossipSetting.settings(of: context, detects: false)
        let spreads = try GossipSetting.each(settings, in: context, into: &recorder) {
            $0.spread(isInStep: context.text("phases") == "in-step")
        }
        let parameters = recorder.figureParameters()
        let simulated = parameters.with("contender", "simulated")
        recorder.recordFound("rounds", simulated, spreads.map { $0.rounds.map(Double.init) })
        recorder.recordFound("time", simulated, spreads.map { $0.time?.inNanoseconds })
        recorder.record(
            "reached", simulated,
            samples: spreads.map { 100 * Double($0.curve.last ?? 0) / Double(nodes) })
        recorder.record("messages", simulated, samples: spreads.map(\.load.meanMessages))
        recorder.record(
            "rounds", parameters.with("contender", "logarithm"),
            samples: spreads.map { _ in log2(Double(nodes)) })
        let model = try EpidemicModel(
            nodes: nodes, fanout: settings.fanout, direction: settings.direction)
        recorder.record(
            "rounds", parameters.with("contender", "model"),
            samples: spreads.map { _ in model.rounds })
    }
}
