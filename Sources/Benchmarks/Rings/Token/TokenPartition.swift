import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines

/// What becomes of mutual exclusion when a token ring is split, or its holder pauses or crashes, in
/// simulated time.
enum TokenPartition: Benchmark {
    static let description = BenchmarkDescription(
        name: "token.sim.partition",
        summary:
            "simulated: holders at a time, writes that are out of order or lost, and tokens left "
            + "when a ring was split, or its holder paused or crashed, for two timeouts",
        parameters: [
            TokenFixture.nodes(default: 5, least: 3),
            ParameterSpecification(
                "fault", "what befalls the ring, whose first nodes, fewer than half, are split off",
                .choice(TokenFault.allCases.map(\.rawValue)), default: "partition"),
            SimulatedRuns.roundTrip(), TokenFixture.hold, TokenFixture.timeout,
            ParameterSpecification(
                "duplication", "share of the messages that come twice", .number(0...1),
                default: "0"),
            ParameterSpecification(
                "reordering", "share of the messages that are late by up to ten round trips",
                .number(0...1), default: "0"),
            TokenDesign.parameter([.nilometer, .published, .alone]),
            SimulatedRuns.runs(default: 10),
        ],
        metrics: [
            MetricSpecification(
                "holders", .count(of: "holders"), .lower, .seeded,
                "the most members that had the right at one moment"),
            MetricSpecification(
                "duplicates", .count(of: "tokens"), .lower, .seeded,
                "tokens that were made with the number of another"),
            MetricSpecification(
                "stale-writes", .count(of: "writes"), .lower, .seeded,
                "writes that the resource, which checks numbers, took after a later one or under the "
                    + "number of another right"),
            MetricSpecification(
                "lost-writes", .count(of: "writes"), .lower, .seeded,
                "writes that the resource refused though their writer had the right, as far as it could "
                    + "know"),
            MetricSpecification(
                "writes", .count(of: "writes"), .neither, .seeded, "writes that it took"),
            MetricSpecification(
                "rights-apart", .count(of: "rights"), .neither, .seeded,
                "rights that were granted to those apart while they were: fewer than half, or the holder"
            ),
            MetricSpecification(
                "rights-others", .count(of: "rights"), .neither, .seeded,
                "rights that were granted to the others meanwhile"),
            MetricSpecification(
                "tokens-left", .count(of: "tokens"), .neither, .seeded,
                "tokens there were when it was over for three timeouts and nobody asked any more"),
        ],
        processingUnits: 0,
        floor: "1 holder",
        contradiction: TokenFixture.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let designs = TokenDesign.all(in: context)
        guard let fault = TokenFault(rawValue: context.text("fault")) else {
            preconditionFailure("no fault is called '\(context.text("fault"))'")
        }
        var figures: [TokenDesign: [TokenPartitionFigures]] = [:]
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            for design in designs {
                let found = experiment(design, context)
                    .befall(fault, for: context.span("timeout") * 2, seed: seed)
                // What those do wrong that ask nobody is what is counted.
                guard found.violations.isEmpty || design == .published || design == .alone else {
                    throw ViolatedRun(of: "a token ring", seed: seed, found.violations)
                }
                figures[design, default: []].append(found)
            }
        }
        for design in designs {
            let parameters = design.parameters(of: recorder)
            let counts: [(metric: String, count: (TokenPartitionFigures) -> Int)] = [
                ("holders", \.holders), ("duplicates", \.epochsTwice),
                ("stale-writes", \.disorders), ("lost-writes", \.lostWrites),
                ("writes", \.accepted), ("rights-apart", \.grantsOfFewer),
                ("rights-others", \.grantsOfMore), ("tokens-left", \.tokensLeft),
            ]
            for (metric, count) in counts {
                recorder.record(
                    metric, parameters, samples: (figures[design] ?? []).map { Double(count($0)) })
            }
        }
    }

    private static func experiment(
        _ design: TokenDesign, _ context: ForkContext
    ) -> TokenExperiment {
        let nodes = context.integer("nodes")
        let (roundTrip, timeout) = (context.span("rtt"), context.span("timeout"))
        var experiment = TokenExperiment(
            members: nodes, contenders: nodes, delay: roundTrip / 2, hold: context.span("hold"))
        experiment.network.duplication = context.number("duplication")
        experiment.network.reordering = context.number("reordering")
        experiment.network.lateness = .uniform(.zero, roundTrip * 10)
        var timed = design.apply(to: experiment, timeout: timeout)
        timed.warmUp = timeout * 3
        timed.span = timeout * 2
        return timed
    }
}
