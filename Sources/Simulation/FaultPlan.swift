public import StateMachines

/// Faults and when they come.
public struct FaultPlan: Hashable, Sendable {
    /// A fault and its moment on the simulator's clock.
    public struct Step: Hashable, Sendable {
        /// When it comes, by the simulator's clock.
        public let moment: Moment
        /// What comes.
        public let fault: Fault

        /// A fault that comes at this moment.
        public init(at moment: Moment, _ fault: Fault) {
            self.moment = moment
            self.fault = fault
        }
    }

    /// By moment; those of one moment in the order in which they were added.
    public private(set) var steps: [Step] = []

    /// No faults.
    public init() {}

    /// These faults, whatever their order.
    public init(_ steps: [Step]) {
        for step in steps { add(step.fault, at: step.moment) }
    }

    /// Adds a fault, after those of the same moment. O(1) where faults are added in order.
    public mutating func add(_ fault: Fault, at moment: Moment) {
        var place = steps.endIndex
        while place > 0, steps[place - 1].moment > moment { place -= 1 }
        steps.insert(Step(at: moment, fault), at: place)
    }

    /// When the last fault comes; zero where there is none.
    public var end: Moment { steps.last?.moment ?? Moment(nanoseconds: 0) }

    /// Finds a moment before the beginning, and a fault that a cluster of `nodes` nodes cannot have.
    public func validate(nodes: Int) throws(SimulationProblem) {
        for step in steps {
            guard step.moment.nanoseconds >= 0 else {
                throw .span(
                    "the moment of '\(step.fault)'", step.moment - Moment(nanoseconds: 0),
                    least: .zero, most: Span(nanoseconds: .max))
            }
            try step.fault.validate(nodes: nodes)
        }
    }
}
