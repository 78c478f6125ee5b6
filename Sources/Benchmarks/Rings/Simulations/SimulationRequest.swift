import Quantities
import RingSimulation
import Simulation
import StateMachines

/// Why a protocol is not simulated as asked.
public enum SimulationRefusal: Error, CustomStringConvertible {
    /// What was asked for cannot be: what, where, what was expected.
    case badInput(String)
    /// This machine cannot do it.
    case cannot(String)

    /// One line.
    public var description: String {
        switch self {
        case .badInput(let text), .cannot(let text): text
        }
    }
}

/// What somebody asks to have simulated, in the words of the command line.
public struct SimulationRequest: Sendable {
    /// A file of faults that was read.
    public struct Schedule: Sendable {
        /// What it is called in messages.
        public let file: String
        /// What stands in it.
        public let text: String

        /// A file's text.
        public init(file: String, text: String) { (self.file, self.text) = (file, text) }
    }

    /// The protocol's name.
    public var subject: String
    /// Members; nil for as many as suit the protocol.
    public var nodes: Int?
    /// The share of messages that are lost.
    public var loss = 0.0
    /// What a message and its answer take, with its unit.
    public var rtt = "1ms"
    /// How long the load lasts, with its unit; nil for as long as suits.
    public var duration: String?
    /// Crashes: `WHO[@TIME][+TIME]`.
    public var crash: [String] = []
    /// Partitions: `GROUP|GROUP[@TIME][+TIME]`.
    public var partition: [String] = []
    /// A file of faults.
    public var schedule: Schedule?
    /// What messages and syncs cost: `none`, `measured`, or values.
    public var costs = "none"
    /// A directory on the disk that is tried where costs are measured.
    public var path = "."

    /// A protocol under usual conditions.
    public init(_ subject: String) { self.subject = subject }

    /// The names of the protocols.
    public static var subjects: [String] { SimulatedProtocol.allCases.map(\.rawValue) }
}

/// A request that can be carried out.
public struct SimulationSetting: Sendable {
    let plan: PlannedSimulation
    /// Where the costs come from.
    let costs: String
}

extension SimulationRequest {
    /// The request with everything in it checked; costs are measured where it says so, for a second.
    public func resolved() throws(SimulationRefusal) -> SimulationSetting {
        guard let subject = SimulatedProtocol(rawValue: subject) else {
            throw .badInput(
                "'\(subject)' is no protocol; expected one of "
                    + Self.subjects.joined(separator: ", "))
        }
        var plan = PlannedSimulation(subject)
        if let nodes { plan.nodes = nodes }
        plan.loss = loss
        plan.roundTrip = try Self.span(rtt, "--rtt")
        if let duration { plan.lasting = try Self.span(duration, "--duration") }
        let source = try SimulationCosts(costs, path: path).apply(to: &plan)
        try validate(plan, "")
        // The schedule first, line by line, so that whatever is wrong is named with its place.
        if let schedule { plan.faults = try scheduled(schedule, plan) }
        let parser = FaultOptions(plan: plan)
        for text in crash { try parser.add(crash: text, to: &plan) }
        for text in partition { try parser.add(partition: text, to: &plan) }
        try validate(plan, "")
        if subject == .gossip, plan.nodes > 1, plan.faults.steps.isEmpty, plan.crashes.isEmpty {
            // How a crash is noticed is half of what gossip is for.
            plan.crashes = [RoleCrash(.random, after: plan.duration / 3, lasting: nil)]
        }
        return SimulationSetting(plan: plan, costs: source)
    }

    /// The time that a text says, as the simulator has it.
    static func span(_ text: String, _ option: String) throws(SimulationRefusal) -> Span {
        let time: Nanoseconds
        let expected = "expected a time such as 250us, 1.5s or 2min"
        do throws(Quantity.ParseError) {
            time = try Nanoseconds(parsing: text)
        } catch {
            throw .badInput("\(option): '\(text)'; \(expected)")
        }
        // What is longer does not fit into the simulator's clock, and is nobody's simulation.
        guard time.rawValue >= 0, time.rawValue <= 1e18 else {
            throw .badInput("\(option): '\(text)'; \(expected), neither negative nor of years")
        }
        return Span(nanoseconds: Int64(time.rawValue.rounded()))
    }

    private func scheduled(
        _ schedule: Schedule, _ plan: PlannedSimulation
    ) throws(SimulationRefusal) -> FaultPlan {
        var whole = FaultPlan()
        for (place, line) in schedule.text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let where_ = "\(schedule.file):\(place + 1): "
            var single = plan
            do throws(SimulationProblem) {
                single.faults = try FaultPlan(parsing: String(line))
            } catch {
                throw .badInput(where_ + Self.finding(of: error))
            }
            try validate(single, where_)
            for step in single.faults.steps { whole.add(step.fault, at: step.moment) }
        }
        return whole
    }

    private func validate(
        _ plan: PlannedSimulation, _ place: String
    ) throws(SimulationRefusal) {
        do throws(PlanProblem) {
            try plan.validate()
        } catch {
            guard case .conditions(let problem) = error else {
                throw .badInput("\(place)\(error)")
            }
            throw .badInput(place + Self.finding(of: problem))
        }
    }

    /// What was found and expected, without the line within the text that was parsed.
    static func finding(of problem: SimulationProblem) -> String {
        guard case .malformed(_, let found, let expected) = problem else { return "\(problem)" }
        return "found \(found); expected \(expected)"
    }
}
