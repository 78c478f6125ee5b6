import Measurement
import Quantities
import RingSimulation
import ShenRing
import Simulation

/// How far and for how long nodes disagree about the owners of keys while a change of the ring spreads.
enum RingDisagreement: Benchmark {
    static let description = BenchmarkDescription(
        name: "ring.disagreement",
        summary: "keys whose owner nodes do not agree about while they tell each other of a change "
            + "of the ring, in simulated time",
        parameters: [
            ParameterSpecification(
                "nodes", "nodes before the change, all of them members of the ring",
                .integer(2...5_000), default: "100"),
            RingFixture.virtualNodes,
            ParameterSpecification(
                "change", "what happens to the ring", .choice(["join", "leave"]),
                default: "join"),
            ParameterSpecification(
                "interval", "how often a node compares its ring with others",
                .duration(.milliseconds(1) ... .seconds(3_600)), default: "1s"),
            ParameterSpecification(
                "fanout", "with how many others at a time", .integer(1...64), default: "3"),
            SimulatedRuns.roundTrip(), SimulatedRuns.loss, SimulatedRuns.runs(default: 10),
        ],
        metrics: [
            MetricSpecification(
                "agreement", .percent, .higher, .exact,
                "share of the keys about whose owner two nodes agree, on average over pairs of "
                    + "nodes, when it is least"),
            MetricSpecification(
                "contested", .percent, .lower, .exact,
                "share of the keys that have another owner after the change"),
            MetricSpecification(
                "window", .nanoseconds, .lower, .seeded,
                "time from the durable change until the last node has heard of it"),
            MetricSpecification(
                "half", .nanoseconds, .lower, .seeded, "the same until half of them have"),
            MetricSpecification(
                "disagreement", .nanoseconds, .lower, .seeded,
                "share of pairs of nodes and keys that disagree, added up over time: the time for "
                    + "which all would have to disagree for as many wrong lookups"),
            MetricSpecification(
                "messages", .count(of: "messages"), .lower, .seeded,
                "messages that a node sends until the last has heard, on average"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: { parameters, _ in
            SimulatedCluster.slowNetwork(
                parameters, period: "interval", most: "as long as the interval", share: 1)
        })

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var experiment = DisagreementExperiment()
        experiment.nodes = context.integer("nodes")
        experiment.virtualNodes = context.integer("virtual-nodes")
        experiment.joining = context.text("change") == "join" ? 1 : -1
        experiment.interval = context.span("interval")
        experiment.fanout = context.integer("fanout")
        experiment.network = SimulatedCluster.network(of: context)
        var outcomes: [DisagreementExperiment.Outcome] = []
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            let outcome = try experiment.run(seed: seed)
            guard outcome.window != nil else {
                throw UnfinishedRun("some of the nodes never heard of the change", seed: seed)
            }
            outcomes.append(outcome)
        }
        let parameters = recorder.figureParameters()
        let nodes = Double(context.integer("nodes"))
        // Which members there are does not depend on the seed: neither do the shares.
        recorder.record(
            "agreement", parameters, samples: [100 * (1 - outcomes[0].worst)])
        recorder.record("contested", parameters, samples: [100 * outcomes[0].contested])
        recorder.record(
            "window", parameters, samples: outcomes.compactMap { $0.window?.inNanoseconds })
        recorder.record(
            "half", parameters, samples: outcomes.compactMap { $0.half?.inNanoseconds })
        recorder.record("disagreement", parameters, samples: outcomes.map { $0.integral * 1e9 })
        recorder.record(
            "messages", parameters, samples: outcomes.map { Double($0.messages) / nodes })
    }
}
