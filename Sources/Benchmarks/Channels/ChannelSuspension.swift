import Channels
import Measurement
import Quantities
import Randomness

/// Whether a thread that is stopped in the middle of an operation stops the others.
///
/// A producer and a consumer, and a third thread on either side that is stopped by a signal again and
/// again, at random moments; it does nothing but send, or receive. What the producer sends from then on has
/// to reach the consumer, more of it than a bounded channel holds: who stops holding a slot is met by the
/// others a lap later. A structure is lock-free if that always happens (Herlihy and Shavit, "The Art of
/// Multiprocessor Programming", 3.7).
///
/// A queue behind a lock stands beside the channels, whose threads hold it for about half of their time:
/// where stopping a thread of it stalls nothing, the stops did not hit, and nothing is said of the
/// channels either.
enum ChannelSuspension: Benchmark {
    static let description = BenchmarkDescription(
        name: "channel.suspension",
        summary: "a producer or a consumer is stopped at random moments, in the middle of its "
            + "operations: how often messages of others then do not get through",
        parameters: [
            ParameterSpecification(
                "capacity", "elements that a bounded channel holds", .integer(2...65_536),
                default: "1024", profileField: "ring-capacity"),
            ParameterSpecification(
                "victim", "the side of the thread that is stopped",
                .choice(["producer", "consumer"]),
                default: "producer"),
            ParameterSpecification(
                "patience", "how long messages may take before nothing moves",
                .duration(.microseconds(100)...(.seconds(1))), default: "10ms"),
            ParameterSpecification(
                "contenders", "kinds of channel that take turns", .subset(of: names),
                default: names.joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "stalled", .percent, .lower, .sampled,
                "stops after which messages of others did not get through in time, of the stops of a "
                    + "turn"),
            MetricSpecification(
                "mid-operation", .percent, .neither, .sampled,
                "stops that found the thread within an operation, of the stops of a turn"),
            MetricSpecification(
                "holding", .percent, .neither, .sampled,
                "stops that found the thread with the lock of the queue that has one, of the stops of "
                    + "a turn"),
        ],
        processingUnits: 2,
        floor: "none: it is a share",
        // Threads are stopped on purpose, and two share a core.
        isBlocking: true)

    private static let rings: [OwnRing] = [.mpsc, .mpmc, .unboundedMPSC, .unboundedMPMC]
    /// The queue behind a lock.
    private static let control = "locked"
    private static let names = rings.map(\.rawValue) + [control]
    /// Stops in a turn; fewer of what is stalled by most of them.
    private static let stops = 30
    private static let controlStops = 5

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let patience = context.duration("patience").rawValue
        let stopsConsumer = context.text("victim") == "consumer"
        let chosen = context.words("contenders").filter { name in
            let isSole = stopsConsumer && OwnRing(rawValue: name)?.kind == .mpsc
            if isSole { recorder.note("\(name): left out, it has one consumer") }
            return !isSole
        }
        var outcomes = chosen.map { _ in [SuspensionTurn.Outcome]() }
        var order = context.generator(for: "order")
        let start = TickClock.monotonicRaw()
        var round = 0
        repeat {
            for index in Array(chosen.indices).shuffled(by: &order) {
                let isControl = chosen[index] == control
                let turn = SuspensionTurn(
                    capacity: context.integer("capacity"), stopsConsumer: stopsConsumer,
                    stops: isControl ? controlStops : stops, patience: patience,
                    generator: context.generator(for: "stops \(index) \(round)"),
                    unit: context.request.processingUnits[1])
                let outcome = try Self.outcome(of: turn, chosen[index])
                if outcome.stops > 0 { outcomes[index].append(outcome) }
            }
            round += 1
        } while round < 3 || Double(TickClock.monotonicRaw() - start) < context.time.rawValue
        record(zip(chosen, outcomes).map { ($0, $1) }, into: &recorder)
    }

    private static func outcome(
        of turn: SuspensionTurn, _ name: String
    ) throws -> SuspensionTurn.Outcome {
        guard let ring = OwnRing(rawValue: name) else { return try turn.control() }
        return try ring.visit(turn, BusySpin.self)
    }

    private static func record(
        _ found: [(name: String, turns: [SuspensionTurn.Outcome])], into recorder: inout Recorder
    ) {
        let parameters = recorder.figureParameters(without: ["contenders"])
        for (name, turns) in found {
            let own = parameters.with("contender", name)
            recorder.record("stalled", own, samples: turns.map { $0.share(\.stalled) })
            recorder.record("mid-operation", own, samples: turns.map { $0.share(\.midOperation) })
            if name == control {
                recorder.record("holding", own, samples: turns.map { $0.share(\.holding) })
            }
        }
        let controls = found.filter { $0.name == control }.flatMap(\.turns)
        guard !controls.isEmpty else { return }
        func total(_ some: KeyPath<SuspensionTurn.Outcome, Int>) -> Int {
            controls.reduce(0) { $0 + $1[keyPath: some] }
        }
        recorder.note(
            "\(control): of \(total(\.stops)) stops \(total(\.holding)) found the thread with the lock, "
                + "and \(total(\.stalled)) stalled the others")
        if total(\.stalled) == 0 {
            recorder.doubtAll(["no stop stalled the queue behind a lock: the stops did not hit"])
        }
    }
}
