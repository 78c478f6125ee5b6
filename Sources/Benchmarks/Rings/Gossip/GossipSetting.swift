import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines

/// Parameters of simulated clusters that gossip, and the experiments that they make.
enum GossipSetting {
    /// The `nodes` parameter.
    static func nodes(default value: Int, most: Int = 10_000) -> ParameterSpecification {
        ParameterSpecification("nodes", "nodes", .integer(2...most), default: "\(value)")
    }

    /// The parameters of all benchmarks of gossip but the number of nodes.
    static func parameters(runs: Int) -> [ParameterSpecification] {
        [
            ParameterSpecification(
                "direction", "whether who is called answers with what it knows",
                .choice(GossipDirection.allCases.map(\.rawValue)), default: "push-pull"),
            ParameterSpecification(
                "fanout", "nodes that each calls in a period", .integer(1...64), default: "3"),
            ParameterSpecification(
                "period", "time between two rounds of a node",
                .duration(.milliseconds(1) ... .seconds(3_600)), default: "1s"),
            SimulatedRuns.roundTrip(), SimulatedRuns.loss, SimulatedRuns.runs(default: runs),
        ]
    }

    /// How nodes find out who is gone, where a benchmark has a choice.
    static let detection = [
        ParameterSpecification(
            "detection",
            "how a node is found to be gone: each period it is asked, by one other or "
                + "through helpers, or its heartbeat stands still in the tables that all hand around",
            .choice(["probes", "heartbeats"]), default: "probes"),
        ParameterSpecification(
            "silence", "periods without a new heartbeat after which a node is suspected",
            .integer(1...1_000), default: "10"),
    ]

    /// What the parameters make together, or why they make nothing.
    static func contradiction(_ parameters: ParameterSet, _: Nanoseconds) -> String? {
        let count = { parameters[$0].flatMap(Int.init) ?? 0 }
        if parameters["detection"] == "heartbeats", count("nodes") > mostWithHeartbeats {
            return
                "nodes are \(count("nodes")) with heartbeats, whose tables are as long; expected "
                + "at most \(mostWithHeartbeats)"
        }
        return SimulatedCluster.slowNetwork(
            parameters, period: "period", most: "half of the period", share: 0.5)
    }

    /// Tables of all nodes in every message: the work grows with the square of their number.
    static let mostWithHeartbeats = 1_000

    /// The settings of a context's nodes; `none` where it has no parameter for detection.
    static func settings(of context: ForkContext, detects: Bool = true) -> SundialSettings {
        var settings = SundialSettings()
        settings.period = context.span("period")
        settings.fanout = context.integer("fanout")
        settings.direction = GossipDirection(rawValue: context.text("direction")) ?? .pushPull
        guard detects else {
            settings.detection = .none
            return settings
        }
        settings.detection =
            context.text("detection") == "heartbeats"
            ? .heartbeats(silence: context.integer("silence"))
            : .probes(ProbeSettings(timeout: settings.period / 2))
        return settings
    }

    /// Runs a cluster for each seed.
    static func each<Result>(
        _ settings: SundialSettings, in context: ForkContext, into recorder: inout Recorder,
        _ measure: (GossipExperiment) throws -> [Result]
    ) throws -> [Result] {
        var results: [Result] = []
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            let experiment = try GossipExperiment(
                nodes: context.integer("nodes"), settings: settings,
                network: SimulatedCluster.network(of: context), seed: seed)
            results += try measure(experiment)
        }
        return results
    }
}

extension Recorder {
    /// Records those of a metric's figures that there are, and doubts them where some are not.
    mutating func recordFound(_ metric: String, _ parameters: ParameterSet, _ found: [Double?]) {
        let samples = found.compactMap { $0 }
        guard !samples.isEmpty else {
            note("no run came to an end of what \(metric) is the time of")
            return
        }
        let missing = found.count - samples.count
        record(
            metric, parameters, samples: samples,
            doubts: missing == 0 ? [] : ["\(missing) of \(found.count) runs did not get there"])
    }
}
