import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines

/// What a token ring costs while nobody wants the token, in simulated time.
enum TokenIdle: Benchmark {
    static let description = BenchmarkDescription(
        name: "token.sim.idle",
        summary:
            "simulated: messages of a token ring while nobody wants the token, and a lap of the "
            + "token where it goes round, beside one while all want it",
        parameters: [
            TokenFixture.nodes(), SimulatedRuns.roundTrip(), TokenFixture.hold,
            SimulatedRuns.messageCost, SimulatedRuns.runs(default: 5),
        ],
        distinctions: ["contender"],
        metrics: [
            MetricSpecification(
                "messages", .messagesPerSecond, .lower, .seeded,
                "messages that all members sent, a second"),
            MetricSpecification(
                "busy", .percent, .lower, .seeded,
                "share of its time that a member spends on messages at `message-cost`, the mean of all"
            ),
            MetricSpecification(
                "lap", .nanoseconds, .lower, .seeded, "a lap of the idle token"),
            MetricSpecification(
                "lap-over-busy", .ratio, .lower, .seeded,
                "that lap over one in which every member is granted the right once"),
        ],
        processingUnits: 0,
        floor: "0: nobody wants anything")

    /// What becomes of a token that nobody wants, by the name of its contender.
    private static let designs: [(name: String, idle: Cartouche.Settings.Idle)] = [
        ("nilometer", .rests(keepsLease: false)), ("leased", .rests(keepsLease: true)),
        ("published", .circulates(.zero)),
    ]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var idle: [String: [TokenIdleFigures]] = [:]
        var busyLaps: [Span] = []
        let nodes = context.integer("nodes")
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            for (name, setting) in designs {
                var experiment = experiment(context)
                experiment.settings.idle = setting
                if name == "published" { experiment.settings.order = .visitsAll }
                idle[name, default: []].append(experiment.idle(seed: seed))
            }
            var busy = experiment(context)
            busy.load.applications = nodes
            busy.settings.idle = .circulates(.zero)
            busy.settings.order = .visitsAll
            let figures = busy.contend(seed: seed)
            guard figures.violations.isEmpty else {
                throw ViolatedRun(of: "a token ring", seed: seed, figures.violations)
            }
            busyLaps.append(.seconds(Int64(nodes)).scaled(by: 1 / figures.grantsPerSecond))
        }
        let cost = context.span("message-cost").inSeconds
        for (name, _) in designs {
            let parameters = recorder.figureParameters(without: ["runs"]).with("contender", name)
            let figures = idle[name] ?? []
            recorder.record("messages", parameters, samples: figures.map(\.messagesPerSecond))
            // Each message is sent by one and received by another.
            recorder.record(
                "busy", parameters,
                samples: figures.map { $0.messagesPerSecond * cost * 2 / Double(nodes) * 100 })
            guard case let laps = figures.compactMap(\.lap), laps.count == busyLaps.count,
                !laps.isEmpty
            else { continue }
            recorder.record("lap", parameters, samples: laps.map(\.inNanoseconds))
            recorder.record(
                "lap-over-busy", parameters,
                samples: zip(laps, busyLaps).map { $0.inNanoseconds / $1.inNanoseconds })
        }
    }

    private static func experiment(_ context: ForkContext) -> TokenExperiment {
        let nodes = context.integer("nodes")
        var experiment = TokenExperiment(
            members: nodes, contenders: nodes, delay: context.span("rtt") / 2,
            hold: context.span("hold"))
        experiment.load.applications = 1
        let cost = context.span("message-cost")
        experiment.costs = ProcessingCosts(receive: cost, send: cost)
        let model = experiment.model(delay: context.span("rtt") / 2, hold: context.span("hold"))
        experiment.span = max(.milliseconds(500), model.busyLap * Int64(3 * nodes))
        return experiment
    }
}
