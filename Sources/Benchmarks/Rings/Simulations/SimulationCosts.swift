import Quantities
import RingSimulation
import Simulation
import StateMachines

/// What messages and syncs cost, as an option says it.
struct SimulationCosts {
    private let text: String
    private let path: String

    /// The costs that `text` says; `path` is a directory on the disk that is tried where it says so.
    init(_ text: String, path: String) { (self.text, self.path) = (text, path) }

    /// Gives a plan the costs; returns where they come from.
    func apply(to plan: inout PlannedSimulation) throws(SimulationRefusal) -> String {
        switch text {
        case "none":
            return "messages cost nothing, a sync takes \(Quantity(of: plan.sync))"
        case "measured":
            return try measure(into: &plan)
        default:
            try parse(into: &plan)
            return "as given: \(Self.form(of: plan))"
        }
    }

    private func measure(
        into plan: inout PlannedSimulation
    ) throws(SimulationRefusal) -> String {
        let measured: MeasuredCosts
        do throws(MeasuredCosts.Failure) {
            measured = try MeasuredCosts(directory: path)
        } catch {
            throw .cannot("--costs measured: \(error)")
        }
        plan.costs = ProcessingCosts(receive: measured.receive, send: measured.send)
        plan.sync = measured.sync
        return "measured here and now (\(measured.method)); --costs \(Self.form(of: plan))"
    }

    /// The option that says the same, to the nanosecond.
    static func form(of plan: PlannedSimulation) -> String {
        let costs = plan.costs
        return "receive=\(costs.receive.nanoseconds)ns,send=\(costs.send.nanoseconds)ns,"
            + "sync=\(plan.sync.nanoseconds)ns"
    }

    private func parse(into plan: inout PlannedSimulation) throws(SimulationRefusal) {
        let expected = "expected none, measured, or receive=TIME,send=TIME,sync=TIME"
        var seen: Set<Substring> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, seen.insert(sides[0]).inserted else {
                throw .badInput("--costs: '\(part)' in '\(text)'; \(expected)")
            }
            let span = try SimulationRequest.span(String(sides[1]), "--costs")
            switch sides[0] {
            case "receive": plan.costs.receive = span
            case "send": plan.costs.send = span
            case "sync": plan.sync = span
            default: throw .badInput("--costs: '\(part)' in '\(text)'; \(expected)")
            }
        }
    }
}

extension Quantity {
    /// A time of the simulator.
    init(of span: Span) { self.init(Double(span.nanoseconds), .nanoseconds) }
}
