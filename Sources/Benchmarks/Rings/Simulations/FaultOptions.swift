import RingSimulation
import Simulation
import StateMachines

/// Faults as options say them: what, then `@` and when, then `+` and for how long.
struct FaultOptions {
    // Benchmarks of supervision have faults of their own.
    private typealias Fault = Simulation.Fault

    private let plan: PlannedSimulation

    /// For faults of this plan, whose duration says when they come where nothing is said.
    init(plan: PlannedSimulation) { self.plan = plan }

    /// A text in its parts.
    private struct Parts {
        let what: String
        let after: Span
        let lasting: Span?
    }

    private func parts(of text: String, _ option: String) throws(SimulationRefusal) -> Parts {
        var rest = Substring(text)
        var lasting: Span?
        if let plus = rest.lastIndex(of: "+") {
            lasting = try SimulationRequest.span(String(rest[rest.index(after: plus)...]), option)
            rest = rest[..<plus]
        }
        var after = plan.duration / 3
        if let at = rest.firstIndex(of: "@") {
            after = try SimulationRequest.span(String(rest[rest.index(after: at)...]), option)
            rest = rest[..<at]
        }
        return Parts(what: String(rest), after: after, lasting: lasting)
    }

    /// Adds the crash that a text says.
    func add(crash text: String, to plan: inout PlannedSimulation) throws(SimulationRefusal) {
        let parts = try parts(of: text, "--crash")
        if let role = CrashRole(rawValue: parts.what) {
            plan.crashes.append(RoleCrash(role, after: parts.after, lasting: parts.lasting))
            return
        }
        let fault = try fault(
            "crash \(parts.what)", text, "--crash", "a node such as n2, or a role")
        guard case .crash(let node, _) = fault else { return }
        add(fault, .restart(node), parts, usually: nil, to: &plan)
    }

    /// Adds the partition that a text says.
    func add(partition text: String, to plan: inout PlannedSimulation) throws(SimulationRefusal) {
        let parts = try parts(of: text, "--partition")
        var what = parts.what.replacing(",", with: " ").replacing("|", with: " | ")
        if what == "minority" {
            let apart = (plan.nodes - 1) / 2
            guard apart > 0 else {
                throw .badInput(
                    "--partition: '\(text)': nodes are \(plan.nodes), of which nobody is a minority; "
                        + "expected at least 3")
            }
            let names = (0..<plan.nodes).map { "n\($0)" }
            what = (names[..<apart] + ["|"] + names[apart...]).joined(separator: " ")
        }
        let fault = try fault(
            "partition \(what)", text, "--partition", "groups such as n0,n1|n2, or minority")
        add(fault, .heal, parts, usually: plan.duration / 3, to: &plan)
    }

    private func fault(
        _ said: String, _ text: String, _ option: String, _ expected: String
    ) throws(SimulationRefusal) -> Fault {
        do throws(SimulationProblem) {
            return try Fault(parsing: said)
        } catch {
            throw .badInput(
                "\(option): '\(text)': \(SimulationRequest.finding(of: error)); expected \(expected)"
            )
        }
    }

    private func add(
        _ fault: Fault, _ end: Fault, _ parts: Parts, usually: Span?,
        to plan: inout PlannedSimulation
    ) {
        let start = Moment(nanoseconds: 0) + parts.after
        plan.faults.add(fault, at: start)
        guard let lasting = parts.lasting ?? usually else { return }
        // Nothing that comes after the load makes a difference.
        let finish = parts.after + lasting
        if finish < plan.duration {
            plan.faults.add(end, at: Moment(nanoseconds: 0) + finish)
        }
    }
}
