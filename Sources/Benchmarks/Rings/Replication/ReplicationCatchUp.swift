import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// What it takes a member that lost its disk to come back into a chain, and what it costs the others.
enum ReplicationCatchUp: Benchmark {
    static let description = BenchmarkDescription(
        name: "replication.sim.catchup",
        summary:
            "how a member with an empty disk comes back into a chain under load, and how its log "
            + "differs from the others' in the end, in simulated time",
        parameters: [
            ParameterSpecification(
                "replicas", "members that have a copy", .integer(2...15), default: "3"),
            SimulatedRuns.roundTrip(), ReplicationSetting.sync, SimulatedRuns.messageCost,
            ReplicationSetting.clients(default: 4),
            ParameterSpecification(
                "retained", "entries that members keep; who lacks older ones is given a state",
                .integer(1...1_000_000), default: "4096"),
            SimulatedRuns.runs(default: 5),
        ],
        metrics: [
            MetricSpecification(
                "catch-up", .nanoseconds, .lower, .sampled,
                "from the start of the member to its membership"),
            MetricSpecification(
                "divergent", .count(of: "entries"), .lower, .sampled,
                "entries at which members differ in the end, or that some lack"),
            MetricSpecification(
                "entries", .count(of: "entries"), .neither, .sampled, "entries when it came"),
            MetricSpecification(
                "kept", .percent, .higher, .sampled,
                "writes a second meanwhile over those before, of the shorter chain"),
        ],
        processingUnits: 0, floor: "none: simulated")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var figures: [ChainCatchUpFigures] = []
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            var chain = try ReplicationSetting.chain(
                of: context, clients: context.integer("clients"))
            let retained = context.integer("retained")
            chain.settings.compaction = CompactionRule(entries: retained, keeping: retained)
            chain.span = .seconds(5)
            guard let found = chain.catchUp(seed: seed) else {
                throw UnfinishedRun("a newcomer became no member", seed: seed)
            }
            guard found.violations.isEmpty else {
                throw ViolatedRun(of: "a chain", seed: seed, found.violations)
            }
            figures.append(found)
        }
        let parameters = recorder.figureParameters(without: ["runs"])
        func record(_ metric: String, _ value: (ChainCatchUpFigures) -> Double) {
            recorder.record(metric, parameters, samples: figures.map(value))
        }
        record("catch-up") { $0.duration.inNanoseconds }
        record("divergent") { Double($0.divergent) }
        record("entries") { Double($0.entries) }
        let served = figures.filter { $0.writesBefore > 0 }
        recorder.record(
            "kept", parameters, samples: served.map { 100 * $0.writesMeanwhile / $0.writesBefore })
    }
}
