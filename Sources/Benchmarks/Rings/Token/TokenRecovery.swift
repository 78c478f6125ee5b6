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
                "recovery", .nanoseconds, .lower, .sampled,
                "from the crash to the next right, of the crashes that were recovered from"),
            MetricSpecification(
                "outages", .percent, .lower, .sampled,
                "crashes after which nobody had the right within ten timeouts"),
        ],
        processingUnits: 0,
        floor: "none: it follows from the timeout",
        contradiction: TokenFixture.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let designs = TokenDesign.all(in: context)
        var recoveries: [TokenDesign: [Span?]] = [:]
        SimulatedRuns.each(in: context, into: &recorder) { seed in
            for design in designs {
                recoveries[design, default: []].append(
                    experiment(design, context).recovery(seed: seed))
            }
        }
        for design in designs {
            let parameters = design.parameters(of: recorder)
            let found = recoveries[design] ?? []
            recorder.record(
                "recovery", parameters, samples: found.compactMap { $0?.inNanoseconds })
            recorder.record("outages", parameters, samples: found.map { $0 == nil ? 100 : 0 })
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
