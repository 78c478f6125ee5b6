public import Simulation
public import StateMachines

/// Why a plan cannot be run.
public enum PlanProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// A number of members that the protocol cannot have, or that is too many to simulate.
    case nodes(Int, SimulatedProtocol)
    /// Conditions or faults that cannot be.
    case conditions(SimulationProblem)
    /// A span that is not within these.
    case span(String, Span, least: Span, most: Span)
    /// A fault of a node that is no member (nor a warden): what clients saw would be unknown.
    case notMember(NodeID, in: Fault, SimulatedProtocol, members: Int)
    /// A fault that comes when the load is over.
    case late(String, at: Span, duration: Span)
    /// A role that nobody has in the protocol.
    case role(CrashRole, SimulatedProtocol)
    /// A fault under which the protocol promises nothing, and why.
    case unpromised(Fault, String)
    /// A partition of fewer than two groups: who is not named reaches everybody, so nobody is apart.
    case undivided(Fault)

    /// One line: what was found and what was expected.
    public var description: String {
        switch self {
        case .nodes(let count, let subject):
            "nodes are \(count); expected \(subject.possibleNodes.lowerBound) to "
                + "\(subject.possibleNodes.upperBound) for \(subject.rawValue)"
        case .conditions(let problem): "\(problem)"
        case .span(let name, let span, let least, let most):
            "\(name) is \(span); expected \(least) to \(most)"
        case .notMember(let node, let fault, let subject, let members):
            "'\(fault)': \(node) is no member; expected n0 to n\(members - 1) for "
                + "\(subject.rawValue)"
        case .late(let what, let moment, let duration):
            "'\(what)' comes at \(moment); expected less than the duration of \(duration)"
        case .role(let role, let subject):
            "nobody is the \(role.rawValue) of \(subject.rawValue); expected a node or one of "
                + subject.roles.map(\.rawValue).joined(separator: ", ")
        case .unpromised(let fault, let reason): "'\(fault)': \(reason); expected another fault"
        case .undivided(let fault):
            "'\(fault)' parts nobody; expected two groups or more, as in 'partition n0 n1 | n2'"
        }
    }
}

extension PlannedSimulation {
    /// The longest times that conditions may have, an hour.
    private static let longest = Span.seconds(3_600)

    /// Finds what cannot be run, and what would say nothing of the protocol.
    public func validate() throws(PlanProblem) {
        guard subject.possibleNodes.contains(nodes) else { throw .nodes(nodes, subject) }
        // Delays of nothing make moments without order; beyond an hour nothing is learnt.
        try check("the round trip", roundTrip, least: .microseconds(1), most: .seconds(60))
        try check("the duration", duration, least: .milliseconds(1), most: Self.longest)
        try check("a sync", sync, least: .zero, most: .seconds(60))
        try check(
            "the cost of a message", max(costs.receive, costs.send), least: .zero, most: .seconds(1)
        )
        let all = nodes + others
        do throws(SimulationProblem) {
            try Conditions(network: network, disk: disk, costs: costs).validate(nodes: all)
        } catch { throw .conditions(error) }
        for step in faults.steps {
            try check(step)
            do throws(SimulationProblem) {
                try FaultPlan([step]).validate(nodes: all)
            } catch { throw .conditions(error) }
        }
        for crash in crashes { try check(crash) }
    }

    private func check(_ step: FaultPlan.Step) throws(PlanProblem) {
        let since = step.moment - Moment(nanoseconds: 0)
        guard since < duration else {
            throw .late("\(step.fault)", at: since, duration: duration)
        }
        if let node = step.fault.subject, node.place >= nodes + wardens {
            throw .notMember(node, in: step.fault, subject, members: nodes + wardens)
        }
        if let reason = subject.excuse(for: step.fault) { throw .unpromised(step.fault, reason) }
        if case .partition(let groups) = step.fault, groups.count(where: { !$0.isEmpty }) < 2 {
            throw .undivided(step.fault)
        }
    }

    private func check(_ crash: RoleCrash) throws(PlanProblem) {
        guard subject.roles.contains(crash.role) else { throw .role(crash.role, subject) }
        try check("the moment of a crash", crash.after, least: .zero, most: Self.longest)
        if let lasting = crash.lasting {
            try check("how long a crash lasts", lasting, least: .zero, most: Self.longest)
        }
        guard crash.after < duration else {
            throw .late("crash \(crash.role.rawValue)", at: crash.after, duration: duration)
        }
    }

    private func check(
        _ name: String, _ span: Span, least: Span, most: Span
    ) throws(PlanProblem) {
        guard span >= least, span <= most else {
            throw .span(name, span, least: least, most: most)
        }
    }
}

extension Fault {
    /// The node whose life, disk or clock a fault is about.
    fileprivate var subject: NodeID? {
        switch self {
        case .crash(let node, _), .restart(let node), .freeze(let node), .thaw(let node),
            .failSyncs(let node, _), .stall(let node), .mend(let node), .clock(let node, _):
            node
        case .partition, .block, .heal, .network, .link: nil
        }
    }
}
