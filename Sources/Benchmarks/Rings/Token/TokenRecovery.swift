import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines

/// How soon a token ring goes on when the member with the token has crashed, in simulated time.
enum TokenRecovery: Benchmark {
    static let description = BenchmarkDescription(
        name: "token.sim.recovery",
        summary:
            "simulated: from the crash of the member that has the token, for good, to the next "
            + "right that anybody has, a sample for each seed",
        parameters: [
            TokenFixture.nodes(default: 5, least: 3), SimulatedRuns.roundTrip(), TokenFixture.hold,
            TokenFixture.timeout, TokenDesign.parameter([.nilometer, .published]),
            SimulatedRuns.runs(default: 50),
        ],
        metrics: [
            MetricSpecification(
                "recovery", .nanoseconds, .lower, .seeded,
                "from the crash to the next right, of the crashes that were recovered from safely"),
            MetricSpecification(
                "outages", .percent, .lower, .seeded,
                "crashes after which nobody had the right within ten timeouts"),
            MetricSpecification(
                "unsafe", .percent, .lower, .seeded,
                "crashes after which two members had the right at once, or two tokens were made with "
                    + "one number; what they took to recover is in no figure"),
        ],
        processingUnits: 0,
        floor: "none: it follows from the timeout",
        contradiction: TokenFixture.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let designs = TokenDesign.all(in: context)
        var recoveries: [TokenDesign: [TokenRecoveryFigures]] = [:]
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            for design in designs {
                let found = experiment(design, context).recovery(seed: seed)
                // What the published design does wrong is what is counted.
                guard found.isSafe || design == .published else {
                    throw ViolatedRun(
                        of: "a token ring", seed: seed,
                        found.violations + ["\(found.overlaps) rights overlapped another"])
                }
                recoveries[design, default: []].append(found)
            }
        }
        for design in designs {
            let parameters = design.parameters(of: recorder)
            let found = recoveries[design] ?? []
            let safe = found.filter(\.isSafe).compactMap { $0.time?.inNanoseconds }
            if !safe.isEmpty { recorder.record("recovery", parameters, samples: safe) }
            recorder.record("outages", parameters, samples: found.map { $0.time == nil ? 100 : 0 })
            recorder.record("unsafe", parameters, samples: found.map { $0.isSafe ? 0 : 100 })
        }
    }

    private static func experiment(
        _ design: TokenDesign, _ context: ForkContext
    ) -> TokenExperiment {
        let nodes = context.integer("nodes")
        let timeout = context.span("timeout")
        let experiment = TokenExperiment(
            members: nodes, contenders: nodes, delay: context.span("rtt") / 2,
            hold: context.span("hold"))
        var timed = design.apply(to: experiment, timeout: timeout)
        timed.warmUp = timeout * 3
        timed.span = timeout * 10
        // Some want the right at any time, not all.
        timed.load.thinking = .exponential(mean: (context.span("hold") + context.span("rtt")) * 4)
        return timed
    }
}
