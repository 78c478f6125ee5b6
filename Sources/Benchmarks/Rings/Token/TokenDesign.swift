import Measurement
import Quantities
import RingSimulation
import ShenRing
import StateMachines

/// A way to run a token ring.
enum TokenDesign: String, CaseIterable {
    /// The engine's: the token goes to the next member that wants it and rests where nobody does; a new one
    /// takes the votes of a majority, when the leases of the old one are over.
    case nilometer
    /// The same, but the token visits every member in turn.
    case visiting
    /// As the document has it: the token goes round for ever, through every member, and whoever misses it
    /// makes a new one without asking.
    case published
    /// The engine's, but that the token never rests and whoever misses it makes a new one without
    /// asking: what the votes of a majority are for.
    case alone

    /// The `contenders` parameter.
    static func parameter(_ designs: [TokenDesign]) -> ParameterSpecification {
        let words = designs.map(\.rawValue)
        return ParameterSpecification(
            "contenders", "ways to run the ring", .subset(of: words),
            default: words.joined(separator: ","))
    }

    /// Those that a context asks for.
    static func all(in context: ForkContext) -> [TokenDesign] {
        context.words("contenders").compactMap(TokenDesign.init(rawValue:))
    }

    /// Changes an experiment to this way.
    ///
    /// - Parameter timeout: how long the token may be missed, in all: who asks nobody waits for so long; the
    ///   engine's, which asks again meanwhile, shares it between the lease and the asking.
    func apply(to experiment: TokenExperiment, timeout: Span) -> TokenExperiment {
        switch self {
        case .nilometer, .visiting:
            var experiment = experiment
            if self == .visiting { experiment.settings.order = .visitsAll }
            experiment.settings.lease = timeout * 3 / 5
            experiment.settings.patience = timeout / 5
            experiment.settings.hold = min(experiment.settings.hold, timeout / 5)
            experiment.settings.leastHold = min(
                experiment.settings.leastHold, experiment.settings.hold / 2)
            return experiment
        case .published, .alone:
            var experiment = experiment.asPublished()
            if self == .alone { experiment.settings.order = .skipsIdle }
            experiment.settings.patience = timeout
            return experiment
        }
    }

    /// The parameters of its figures.
    func parameters(of recorder: Recorder) -> ParameterSet {
        recorder.figureParameters(without: ["contenders", "runs"]).with("contender", rawValue)
    }
}

/// Parameters of token rings.
enum TokenFixture {
    /// The `nodes` parameter.
    static func nodes(default value: Int = 10, least: Int = 1) -> ParameterSpecification {
        ParameterSpecification(
            "nodes", "members of the ring", .integer(least...1000), default: "\(value)")
    }

    /// The `hold` parameter.
    static let hold = ParameterSpecification(
        "hold", "how long each keeps the right", .duration(Nanoseconds(0) ... .seconds(1)),
        default: "100us")

    /// The `timeout` parameter.
    static let timeout = ParameterSpecification(
        "timeout",
        "how long the token may be missed: that long without it makes a new one (`published`, `alone`), "
            + "or three fifths of it are a lease and after a fifth who waits asks again (`nilometer`)",
        .duration(.milliseconds(10) ... .seconds(3600)), default: "1s")

    /// The least timeout under which a ring that nothing befalls misses no token: five busy laps.
    static func leastTimeout(nodes: Int, roundTrip: Span, hold: Span) -> Span {
        (roundTrip + hold) * Int64(5 * max(nodes, 4))
    }

    /// Why a ring would miss a token that is not lost, in a line; nil where it would not.
    static let contradiction: @Sendable (ParameterSet, Nanoseconds) -> String? = { parameters, _ in
        func span(_ name: String) -> Span {
            guard let text = parameters[name], let time = try? Nanoseconds(parsing: text) else {
                return .zero
            }
            return Span(nanoseconds: Int64(time.rawValue))
        }
        let nodes = parameters["nodes"].flatMap { Int($0) } ?? 1
        let least = leastTimeout(nodes: nodes, roundTrip: span("rtt"), hold: span("hold"))
        guard span("timeout") < least else { return nil }
        return "a timeout of \(span("timeout")) for \(nodes) nodes with round trips of "
            + "\(span("rtt")) that keep the right for \(span("hold")); expected at least \(least), "
            + "five busy laps, so that a token that is not lost is not missed"
    }
}
