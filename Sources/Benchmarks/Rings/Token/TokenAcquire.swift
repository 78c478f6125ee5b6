import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines

/// What a right costs while members compete for it, in simulated time.
enum TokenAcquire: Benchmark {
    static let description = BenchmarkDescription(
        name: "token.sim.acquire",
        summary: "simulated: waiting for the right, rights a second, fairness and messages while "
            + "members of a token ring compete, a sample for each seed",
        parameters: [
            TokenFixture.nodes(),
            ParameterSpecification(
                "competing", "members that want the right, again and again", .integer(1...1000),
                default: "10"),
            SimulatedRuns.roundTrip(), TokenFixture.hold,
            ParameterSpecification(
                "thinking", "the mean time from giving the right back to wanting it again",
                .duration(Nanoseconds(0) ... .seconds(10)), default: "0ns"),
            SimulatedRuns.loss, SimulatedRuns.messageCost,
            TokenDesign.parameter([.nilometer, .visiting, .published]), SimulatedRuns.runs(),
        ],
        metrics: [
            MetricSpecification(
                "wait", .nanoseconds, .lower, .seeded, "mean time from asking to the right"),
            MetricSpecification(
                "wait-p99", .nanoseconds, .lower, .seeded,
                "the time within which 99 % of the rights came, by nearest rank"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .seeded, "rights granted a second"),
            MetricSpecification(
                "pass", .nanoseconds, .lower, .seeded,
                "from giving the right back to the next one's having it, while somebody always "
                    + "waits: the time from right to right less that for which it is kept"),
            MetricSpecification(
                "fairness", .ratio, .higher, .seeded,
                "Jain's index of the rights by competing member: 1 where all had as many"),
            MetricSpecification(
                "messages", .count(of: "messages"), .lower, .seeded, "messages for each right"),
            MetricSpecification(
                "imbalance", .ratio, .lower, .seeded,
                "messages that the most loaded member sent and received, over the mean of all"),
            MetricSpecification(
                "stalls", .count(of: "stalls"), .lower, .seeded,
                "waits, those at the end among them, beyond ten laps, a lease and ten askings"),
            MetricSpecification(
                "over-visiting", .ratio, .lower, .seeded,
                "the mean wait over that of `visiting` from the same seed"),
        ],
        processingUnits: 0,
        floor: "none: the model of constant delays, of which a note has the figures",
        contradiction: { parameters, _ in
            let (nodes, competing) = (parameters["nodes"] ?? "", parameters["competing"] ?? "")
            guard let members = Int(nodes), let contenders = Int(competing), contenders > members
            else { return nil }
            return "\(competing) competing members of \(nodes); expected no more than there are"
        })

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let designs = TokenDesign.all(in: context)
        var figures: [TokenDesign: [TokenFigures]] = [:]
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            for design in designs {
                let found = experiment(design, context).contend(seed: seed)
                guard found.violations.isEmpty else {
                    throw ViolatedRun(
                        of: "a token ring (\(design.rawValue))", seed: seed, found.violations)
                }
                figures[design, default: []].append(found)
            }
        }
        for design in designs {
            record(design, figures[design] ?? [], context, into: &recorder)
            guard design != .visiting, let visiting = figures[.visiting] else { continue }
            recorder.record(
                "over-visiting", design.parameters(of: recorder),
                samples: zip(figures[design] ?? [], visiting)
                    .filter { $1.meanWait > .zero }
                    .map { $0.meanWait.inNanoseconds / $1.meanWait.inNanoseconds })
        }
    }

    private static func record(
        _ design: TokenDesign, _ figures: [TokenFigures], _ context: ForkContext,
        into recorder: inout Recorder
    ) {
        let parameters = design.parameters(of: recorder)
        let served = figures.filter { !$0.waits.isEmpty }
        func record(_ metric: String, _ value: (TokenFigures) -> Double) {
            recorder.record(metric, parameters, samples: served.map(value))
        }
        let model = experiment(design, context)
            .model(delay: context.span("rtt") / 2, hold: context.span("hold"))
        let longest = longestWait(design, context)
        record("wait") { $0.meanWait.inNanoseconds }
        record("wait-p99") { $0.wait(within: 0.99)?.inNanoseconds ?? 0 }
        record("throughput", \.grantsPerSecond)
        if context.span("thinking") == .zero, context.integer("competing") > 1 {
            record("pass") { 1e9 / $0.grantsPerSecond - context.span("hold").inNanoseconds }
            recorder.note(
                "\(design.rawValue): by arithmetic \(model.grantsPerSecond.rounded()) rights a second, "
                    + "each after \(model.wait)")
        } else {
            recorder.note("pass: unavailable, since at times nobody waits")
        }
        record("fairness", \.fairness)
        record("messages", \.messagesPerGrant)
        record("imbalance", \.imbalance)
        recorder.record(
            "stalls", parameters,
            samples: figures.map { figure in
                Double((figure.waits + figure.unfinished).count { $0 > longest })
            })
        recorder.note("\(design.rawValue): a stall is a wait beyond \(longest)")
    }

    /// What nobody waits for longer, unless the token stands still: ten laps, a lease, and ten askings.
    private static func longestWait(_ design: TokenDesign, _ context: ForkContext) -> Span {
        let experiment = experiment(design, context)
        let delay = context.span("rtt") / 2
        let model = experiment.model(delay: delay, hold: context.span("hold"))
        let visits = delay * Int64(context.integer("nodes"))
        return (model.busyLap + visits) * 10 + experiment.settings.lease
            + experiment.settings.patience * 10
    }

    static func experiment(_ design: TokenDesign, _ context: ForkContext) -> TokenExperiment {
        let hold = context.span("hold")
        var experiment = TokenExperiment(
            members: context.integer("nodes"), contenders: context.integer("competing"),
            delay: context.span("rtt") / 2, hold: hold)
        let thinking = context.span("thinking")
        if thinking > .zero { experiment.load.thinking = .exponential(mean: thinking) }
        experiment.network.loss = context.number("loss")
        let cost = context.span("message-cost")
        experiment.costs = ProcessingCosts(receive: cost, send: cost)
        switch design {
        case .nilometer: break
        case .visiting: experiment.settings.order = .visitsAll
        case .published, .alone:
            // A token that is not lost is not to be missed: the timeout exceeds what a busy lap takes.
            let patience = experiment.settings.patience
            experiment = experiment.asPublished()
            experiment.settings.patience = max(patience, .seconds(1))
            experiment.warmUp = experiment.settings.patience * 3
        }
        let model = experiment.model(delay: context.span("rtt") / 2, hold: hold)
        let turn = model.busyLap + thinking + cost * Int64(4 * context.integer("nodes"))
        experiment.warmUp = max(experiment.warmUp, turn * 3)
        // Some laps, and half a second of them where that is not more rights than say something: on a
        // network that takes a microsecond there would be half a million.
        let laps = context.integer("competing") * 3
        if design == .nilometer || design == .visiting { experiment.warmUpGrants = max(laps, 1000) }
        experiment.span = max(turn * 20, min(.milliseconds(500), model.grantInterval * 5000))
        return experiment
    }
}
