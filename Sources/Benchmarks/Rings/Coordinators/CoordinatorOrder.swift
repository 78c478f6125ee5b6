import Measurement
import Quantities
import RingSimulation

/// How often timestamps of coordinators that do not talk to each other contradict the order of events.
enum CoordinatorOrder: Benchmark {
    static let description = BenchmarkDescription(
        name: "coordinator.sim.order",
        summary: "timestamps that are not above one that was known before they were asked for, of "
            + "coordinators whose clocks differ, in simulated time",
        parameters: [CoordinatorSetting.coordinators(default: 8)] + CoordinatorSetting.parameters,
        metrics: [
            MetricSpecification(
                "inversions", .count(of: "violations"), .lower, .seeded,
                "timestamps that somebody got who could have known of a greater one, in a run"),
            MetricSpecification(
                "share", .percent, .lower, .seeded, "their share of all timestamps"),
            MetricSpecification(
                "behind", .nanoseconds, .lower, .seeded,
                "how far the worst of them is behind, in whole milliseconds; 0 where there is none"),
            MetricSpecification(
                "timestamps", .count(of: "timestamps"), .neither, .seeded, "all of a run"),
        ],
        processingUnits: 0,
        floor: "none: simulated",
        contradiction: CoordinatorSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let outcomes = try CoordinatorSetting.outcomes(
            of: CoordinatorSetting.experiment(of: context), in: context, into: &recorder)
        let parameters = recorder.figureParameters()
        let orders = outcomes.map(\.order)
        recorder.record(
            "inversions", parameters, samples: orders.map { Double($0.inversions) })
        recorder.record("share", parameters, samples: orders.map { $0.share * 100 })
        recorder.record("behind", parameters, samples: orders.map { Double($0.worst) * 1e6 })
        recorder.record("timestamps", parameters, samples: orders.map { Double($0.count) })
    }
}
