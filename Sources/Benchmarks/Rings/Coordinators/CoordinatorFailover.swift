import Measurement
import Quantities
import RingSimulation
import StateMachines

/// What it costs clients that coordinators crash, or are cut off.
enum CoordinatorFailover: Benchmark {
    static let description = BenchmarkDescription(
        name: "coordinator.sim.failover",
        summary: "how long clients of coordinators wait after some of these crash or are cut off, "
            + "in simulated time",
        parameters: [
            CoordinatorSetting.coordinators(default: 8),
            ParameterSpecification(
                "fault",
                "what happens after a third of the time, until another third is over: "
                    + "coordinators crash, or half of all nodes cannot reach the other half",
                .choice(["crash", "cut", "none"]), default: "crash"),
            ParameterSpecification(
                "crashes", "coordinators that crash, where some do", .integer(1...1_024),
                default: "1"),
            ParameterSpecification(
                "preferences", "coordinators that a client asks in turn for a key",
                .integer(1...1_024), default: "3"),
        ] + CoordinatorSetting.parameters,
        metrics: [
            MetricSpecification(
                "outage", .nanoseconds, .lower, .seeded,
                "time from a client's first request since a crash for a key of the coordinator that "
                    + "crashed to the first answer to any such request: the median over clients"),
            MetricSpecification(
                "outage-worst", .nanoseconds, .lower, .seeded, "the longest of these"),
            MetricSpecification(
                "latency", .nanoseconds, .lower, .seeded, "median of all answers' latencies"),
            MetricSpecification(
                "affected", .nanoseconds, .lower, .seeded,
                "median latency of requests whose coordinator was down or cut off"),
            MetricSpecification(
                "served", .percent, .higher, .seeded,
                "share of the requests that some coordinator answered: of those made during "
                    + "the cut, and before its end, where there is one"),
            MetricSpecification(
                "wrong", .percent, .lower, .seeded,
                "share of the requests that waited in vain for a coordinator that ran and was in "
                    + "reach: crashes that were none"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: { parameters, time in
            let count = { parameters[$0].flatMap(Int.init) ?? 0 }
            if parameters["fault"] == "crash", count("crashes") >= count("coordinators") {
                return "crashes are \(count("crashes")) of \(count("coordinators")) coordinators; "
                    + "expected at least one that is left"
            }
            return CoordinatorSetting.contradiction(parameters, time)
        })

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var experiment = CoordinatorSetting.experiment(of: context)
        experiment.preferences = context.integer("preferences")
        let isCut = context.text("fault") == "cut"
        if context.text("fault") == "crash" { experiment.crashes = context.integer("crashes") }
        experiment.isCut = isCut
        let outcomes = try CoordinatorSetting.outcomes(
            of: experiment, in: context, into: &recorder)
        let parameters = recorder.figureParameters()
        func record(
            _ metric: String, _ figure: (CoordinatorExperiment.Outcome) -> Double?
        ) {
            let samples = outcomes.compactMap(figure)
            if !samples.isEmpty { recorder.record(metric, parameters, samples: samples) }
        }
        record("latency") { $0.latency(at: 0.5)?.inNanoseconds }
        record("affected") {
            CoordinatorExperiment.Outcome.quantile(0.5, of: $0.affected)?.inNanoseconds
        }
        record("outage") {
            CoordinatorExperiment.Outcome.quantile(0.5, of: $0.outages)?.inNanoseconds
        }
        record("outage-worst") { $0.outages.last?.inNanoseconds }
        record("served") { served($0, isCut: isCut) }
        record("wrong") { 100 * Double($0.wrongTimeouts) / Double($0.answered + $0.failed) }
    }

    /// What was answered after a cut was not served in it.
    private static func served(
        _ outcome: CoordinatorExperiment.Outcome, isCut: Bool
    ) -> Double? {
        let answered = isCut ? outcome.answeredInCut : outcome.answered
        let asked = isCut ? outcome.madeInCut : outcome.answered + outcome.failed
        return asked == 0 ? nil : 100 * Double(answered) / Double(asked)
    }
}
