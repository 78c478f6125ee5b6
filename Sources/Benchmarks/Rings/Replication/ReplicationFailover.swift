import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// How long writes are not served when a member crashes for good, by its place.
enum ReplicationFailover: Benchmark {
    private static let places = ChainExperiment.Place.allCases
    private static let names = places.map { "chain-\($0.rawValue)" } + ["quorum-leader"]

    static let description = BenchmarkDescription(
        name: "replication.sim.failover",
        summary:
            "from the crash of a chain's member, by its place, or of a quorum's leader to the next "
            + "answered write, in simulated time; what was acknowledged and is lost",
        parameters: [
            ReplicationSetting.replicas, SimulatedRuns.roundTrip(), ReplicationSetting.sync,
            SimulatedRuns.messageCost, ReplicationSetting.clients(default: 4),
            ReplicationSetting.silence, ReplicationSetting.contenders(names),
            SimulatedRuns.runs(default: 10),
        ],
        metrics: [
            MetricSpecification(
                "outage", .nanoseconds, .lower, .sampled,
                "from the crash to the first write answered by those that are left"),
            MetricSpecification(
                "detection", .nanoseconds, .lower, .sampled,
                "the part of it until a majority of a chain's wardens had decided to go on without"),
            MetricSpecification(
                "reconfiguration", .nanoseconds, .lower, .sampled,
                "the part from then until all members had heard"),
            MetricSpecification(
                "lost", .count(of: "writes"), .lower, .sampled,
                "writes that clients had been told of and that were gone in the end"),
        ],
        processingUnits: 0, floor: "none: a crash is noticed by silence",
        contradiction: ReplicationSetting.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let contenders = context.words("contenders")
        var chains: [String: [ChainFailOverFigures]] = [:]
        var outages: [Span] = []
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            for place in places where contenders.contains("chain-\(place.rawValue)") {
                guard place != .middle || context.integer("replicas") > 2 else { continue }
                chains["chain-\(place.rawValue)", default: []].append(
                    try failOver(place, context, seed: seed))
            }
            if contenders.contains("quorum-leader") {
                outages.append(try leaderOutage(context, seed: seed))
            }
        }
        for (name, figures) in chains.sorted(by: { $0.key < $1.key }) {
            let parameters = ReplicationSetting.parameters(of: name, recorder)
            func record(_ metric: String, _ value: (ChainFailOverFigures) -> Double) {
                recorder.record(metric, parameters, samples: figures.map(value))
            }
            record("outage") { $0.outage.inNanoseconds }
            record("detection") { $0.detection.inNanoseconds }
            record("reconfiguration") { $0.reconfiguration.inNanoseconds }
            record("lost") { Double($0.lost) }
        }
        guard !outages.isEmpty else { return }
        let parameters = ReplicationSetting.parameters(of: "quorum-leader", recorder)
        recorder.record("outage", parameters, samples: outages.map(\.inNanoseconds))
        // A lost write would have been a finding, and ended the run.
        recorder.record("lost", parameters, samples: outages.map { _ in 0 })
    }

    private static func failOver(
        _ place: ChainExperiment.Place, _ context: ForkContext, seed: Seed
    ) throws -> ChainFailOverFigures {
        let silence = context.span("silence")
        var chain = try ReplicationSetting.chain(of: context, clients: context.integer("clients"))
        chain.settings.heartbeat = silence / 5
        chain.settings.lease = silence
        chain.settings.suspicion = silence
        chain.patience = max(chain.settings.resend, silence / 4)
        chain.warmUp = max(.milliseconds(300), silence * 4)
        chain.span = silence * 5
        chain.load.pause = pause(context)
        guard let figures = chain.failOver(place, seed: seed) else {
            throw UnfinishedRun(
                "a chain without its \(place.rawValue) did not go on within \(chain.span)",
                seed: seed)
        }
        guard figures.violations.isEmpty else {
            throw ViolatedRun(of: "a chain", seed: seed, figures.violations)
        }
        return figures
    }

    /// Light load: what is measured is when writes go on, and histories are to be checked soon.
    private static func pause(_ context: ForkContext) -> Span {
        max(context.span("rtt"), context.span("silence") / 50)
    }

    private static func leaderOutage(_ context: ForkContext, seed: Seed) throws -> Span {
        let silence = context.span("silence")
        var quorum = ReplicationSetting.quorum(
            of: context, clients: context.integer("clients"), seed: seed)
        quorum.pause = pause(context)
        let found = quorum.failover(
            trials: 1, electionTimeout: silence, heartbeat: silence / 5, patience: silence / 4)
        guard found.violations.isEmpty else {
            throw ViolatedRun(of: "a quorum", seed: seed, found.violations)
        }
        guard let outage = found.outages.first, let outage else {
            throw UnfinishedRun("a quorum without its leader did not go on", seed: seed)
        }
        return outage
    }
}
