import StateMachines

/// The text form: a line for each fault, its moment first; what follows a `#` is a comment.
///
///     100ms  partition n0 n1 | n2 n3 n4
///     1.5s   heal   # both sides meet again
extension FaultPlan: CustomStringConvertible {
    /// The text form, from which `init(parsing:)` makes the same plan again.
    public var description: String {
        steps.map(\.description).joined(separator: "\n")
    }

    /// The plan that a text says, its lines in any order; `validate` says whether it is possible. Errors
    /// name the line, counted from 1.
    public init(parsing text: String) throws(SimulationProblem) {
        self.init()
        // By scalars: a carriage return and a line feed are one character.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (place, content) in lines.enumerated() {
            var line = ScheduleLine(String(content), number: place + 1)
            guard !line.isEmpty else { continue }
            let moment = Moment(nanoseconds: 0) + (try line.span())
            add(try Fault(&line), at: moment)
        }
    }
}

extension FaultPlan.Step: CustomStringConvertible {
    /// The moment and the fault.
    public var description: String {
        "\((moment - Moment(nanoseconds: 0)).text) \(fault)"
    }
}
