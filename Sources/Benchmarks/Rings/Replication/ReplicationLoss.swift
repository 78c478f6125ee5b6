import Measurement
import Quantities
import Randomness
import RingSimulation
import StateMachines

/// What becomes of acknowledged writes when a primary crashes, by how many copies were waited for.
enum ReplicationLoss: Benchmark {
    static let description = BenchmarkDescription(
        name: "replication.sim.loss",
        summary:
            "acknowledged writes that are gone when a primary crashes and a backup takes over, by "
            + "how many copies an acknowledgement waits for; counted, for seeds that are named",
        parameters: [
            ParameterSpecification("backups", "backups", .integer(1...15), default: "2"),
            ParameterSpecification(
                "copies",
                "backups that have a write when it is acknowledged; not more than there are",
                .integer(0...15), default: "1"),
            ParameterSpecification(
                "seed", "seed of the first run; the others follow by ones",
                .integer(0...1_000_000_000), default: "1"),
            ParameterSpecification("runs", "how many runs", .integer(1...100_000), default: "200"),
        ],
        metrics: [
            MetricSpecification(
                "losing", .count(of: "runs"), .lower, .exact,
                "runs in which an acknowledged write was lost"),
            MetricSpecification(
                "lost", .count(of: "writes"), .lower, .exact, "acknowledged writes lost in all runs"
            ),
            MetricSpecification(
                "acknowledged", .count(of: "writes"), .neither, .exact,
                "writes acknowledged in all runs"),
            MetricSpecification("runs", .count(of: "runs"), .neither, .exact, "all runs"),
        ],
        processingUnits: 0, floor: "none: counted",
        contradiction: { parameters, _ in
            let count = { parameters[$0].flatMap(Int.init) ?? 0 }
            guard count("copies") > count("backups") else { return nil }
            return "copies are \(count("copies")) of \(count("backups")) backups; expected no more "
                + "than there are"
        })

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let trial = PrimaryBackupTrial(
            backups: context.integer("backups"), copies: context.integer("copies"))
        let (first, runs) = (UInt64(context.integer("seed")), context.integer("runs"))
        // The same seeds in every process: these are counts, not samples.
        let outcomes = (0..<runs).map { trial.run(seed: Seed(first &+ UInt64($0))) }
        let parameters = recorder.figureParameters()
        for (metric, count) in [
            ("losing", outcomes.count { $0.lost > 0 }),
            ("lost", outcomes.reduce(0) { $0 + $1.lost }),
            ("acknowledged", outcomes.reduce(0) { $0 + $1.acknowledged }), ("runs", runs),
        ] {
            recorder.record(metric, parameters, samples: [Double(count)])
        }
        if let place = outcomes.firstIndex(where: { $0.lost > 0 }) {
            recorder.note("the first run that lost a write has seed \(first &+ UInt64(place))")
        }
    }
}
