import Measurement
import Quantities
import Randomness
import RingSimulation
import Simulation
import StateMachines

/// Parameters of simulated coordinators, and the experiments that they make.
enum CoordinatorSetting {
    /// Those that all benchmarks of coordinators have; `coordinators` comes from each itself.
    static let parameters = [
        ParameterSpecification(
            "clients", "clients that ask them", .integer(1...10_000), default: "16"),
        ParameterSpecification(
            "rate", "requests a second of each client, at random times",
            .integer(1...1_000_000), default: "50"),
        ParameterSpecification(
            "duration", "how long the load lasts, in simulated time",
            .duration(.milliseconds(10) ... .seconds(3_600)), default: "6s"),
        ParameterSpecification(
            "skew", "the most that a clock is ahead or behind",
            .duration(.zero ... .seconds(3_600)), default: "1ms"),
        ParameterSpecification(
            "timeout", "how long a client waits for an answer before it asks another coordinator",
            .duration(.microseconds(1) ... .seconds(60)), default: "300ms"),
        SimulatedRuns.roundTrip(), SimulatedRuns.loss, SimulatedRuns.messageCost,
        SimulatedRuns.runs(default: 5),
    ]

    /// Number of coordinators.
    static func coordinators(default value: Int) -> ParameterSpecification {
        ParameterSpecification(
            "coordinators", "coordinators, none of which talks to another", .integer(1...1_024),
            default: "\(value)")
    }

    /// What the parameters make together, or why they make nothing.
    static func contradiction(_ parameters: ParameterSet, _: Nanoseconds) -> String? {
        SimulatedCluster.slowNetwork(
            parameters, period: "timeout", most: "half of the timeout", share: 0.5)
    }

    /// The experiment of a context.
    static func experiment(of context: ForkContext) -> CoordinatorExperiment {
        var experiment = CoordinatorExperiment()
        experiment.coordinators = context.integer("coordinators")
        experiment.clients = context.integer("clients")
        experiment.rate = Double(context.integer("rate"))
        experiment.duration = context.span("duration")
        experiment.skew = context.span("skew")
        experiment.timeout = context.span("timeout")
        experiment.network = SimulatedCluster.network(of: context)
        let cost = context.span("message-cost")
        experiment.costs = ProcessingCosts(receive: cost, send: cost)
        return experiment
    }

    /// Runs an experiment for each seed; identifiers that came twice end it.
    static func outcomes(
        of experiment: CoordinatorExperiment, in context: ForkContext,
        into recorder: inout Recorder
    ) throws -> [CoordinatorExperiment.Outcome] {
        var outcomes: [CoordinatorExperiment.Outcome] = []
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            let outcome = try experiment.run(seed: seed)
            guard outcome.duplicates == 0 else {
                throw ViolatedRun(
                    of: "coordinators", seed: seed,
                    ["\(outcome.duplicates) identifiers were given out twice"])
            }
            guard outcome.answered > 0 else {
                throw UnfinishedRun("no request was answered", seed: seed)
            }
            outcomes.append(outcome)
        }
        return outcomes
    }
}
