import Measurement
import Quantities
import StrictYAML

/// A profile as planning needs it: its name, and what each of its fields resolved to here.
public struct PlanningProfile: Sendable {
    /// The profile's name.
    public let name: String
    /// Its fields.
    public let fields: ParameterSet

    /// A profile.
    public init(name: String, fields: ParameterSet) {
        self.name = name
        self.fields = fields
    }
}

/// What the command line asks for beyond the selection.
public struct PlanRequest: Sendable {
    /// The profiles to measure under; empty for the workload's own, or the first that there is.
    public var profiles: [String]
    /// `key=value` for each `--set`; the value may be a comma-separated list, which sweeps, unless
    /// the parameter itself takes several words.
    public var settings: [String]
    /// Processes for every workload, in place of its own number.
    public var forks: Int?
    /// How long the run may take, in place of the suite's own budget.
    public var budget: Nanoseconds?

    /// A request.
    public init(
        profiles: [String] = [], settings: [String] = [], forks: Int? = nil,
        budget: Nanoseconds? = nil
    ) {
        self.profiles = profiles
        self.settings = settings
        self.forks = forks
        self.budget = budget
    }
}

extension PlanRequest {
    /// The parts that hold whatever is measured; the values of settings are checked by the
    /// benchmarks that take them.
    func check() throws(InputProblems) {
        var collector = ProblemCollector()
        if let forks, !Limits.forks.contains(forks) {
            collector.add(
                at: .option("--forks"), found: "'\(forks)'",
                expected: "a whole number from \(Limits.forks.lowerBound) to "
                    + "\(Limits.forks.upperBound)")
        }
        if let budget, !Limits.budget.contains(budget) {
            collector.add(
                at: .option("--budget"), found: "'\(budget)'",
                expected: "a time from \(Limits.budget.lowerBound) to \(Limits.budget.upperBound)")
        }
        try collector.check()
    }

    /// The settings with the option that each came from.
    func parsedSettings() throws(InputProblems) -> [Setting] {
        var collector = ProblemCollector()
        var parsed: [Setting] = []
        for text in settings {
            let location = SourceLocation.option("--set")
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.contains(";") }) else {
                collector.add(at: location, found: "\(QuotedText(text))", expected: "key=value")
                continue
            }
            let name = String(parts[0])
            if parsed.contains(where: { $0.name.value == name }) {
                collector.add(
                    at: location, found: "parameter \(QuotedText(name)) given twice",
                    expected: "each once")
            }
            parsed.append(
                Setting(Located(name, at: location), [Located(String(parts[1]), at: location)]))
        }
        try collector.check()
        return parsed
    }
}
