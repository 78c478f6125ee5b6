import Measurement
import Quantities
import Randomness
import StateMachines
import Statistics

/// What benchmarks of simulated protocols have in common: a run for each of many seeds, all figures in the
/// simulation's own time.
enum SimulatedRuns {
    /// The `runs` parameter.
    static func runs(default value: Int = 20) -> ParameterSpecification {
        ParameterSpecification(
            "runs",
            "simulated runs at most, each from a seed of its own; \(least) of them at least, then as many "
                + "as the time allows", .integer(1...100_000), default: "\(value)")
    }

    /// The fewest runs whose median has an interval free of assumptions: 6. Of fewer the interval is
    /// Student's, which for counts of which most are equal is far too wide or none at all.
    static let least = Quantile.sampleCountNeeded(forProbability: 0.5)

    /// The `rtt` parameter.
    static func roundTrip(default value: String = "1ms") -> ParameterSpecification {
        ParameterSpecification(
            "rtt", "what a message and its answer take on the way together",
            .duration(Nanoseconds(200) ... .seconds(10)), default: value)
    }

    /// The `loss` parameter.
    static let loss = ParameterSpecification(
        "loss", "share of the messages that are lost", .number(0...0.5), default: "0")

    /// The `message-cost` parameter.
    static let messageCost = ParameterSpecification(
        "message-cost", "what a processor takes to receive a message, and to send one",
        .duration(Nanoseconds(0) ... .seconds(1)), default: "0ns")

    /// Calls `body` with the seed of each run, until there were as many as the `runs` parameter says or,
    /// from the sixth on, the time is spent; notes how many there were.
    static func each(
        in context: ForkContext, into recorder: inout Recorder, _ body: (Seed) throws -> Void
    ) rethrows {
        let seed = Seed(context.request.seed).derived(for: "simulated runs")
        let wanted = context.integer("runs")
        let start = context.clock.begin()
        var done = 0
        while done < wanted {
            let elapsed = context.clock.nanoseconds(from: start, to: context.clock.end())
            if done >= least, elapsed >= context.time.rawValue { break }
            try body(seed.derived(for: done))
            done += 1
        }
        recorder.note("\(done) of \(wanted) simulated runs")
    }
}

/// Why the figures of a simulated run are worth nothing: its checkers found it wrong.
struct ViolatedRun: Error, CustomStringConvertible {
    let description: String

    /// A run of `protocolName` from `seed` with these findings.
    init(of protocolName: String, seed: Seed, _ violations: [String]) {
        let more = violations.count > 1 ? " and \(violations.count - 1) more" : ""
        description =
            "the run of \(protocolName) from seed \(seed) is wrong, so that it has no figures: "
            + "\(violations.first ?? "")\(more)"
    }
}

extension ForkContext {
    /// The value of a parameter declared as a time, as the simulator counts it.
    func span(_ name: String) -> Span { Span(nanoseconds: Int64(duration(name).rawValue)) }
}

extension Span {
    /// As figures have it.
    var inNanoseconds: Double { Double(nanoseconds) }
}
