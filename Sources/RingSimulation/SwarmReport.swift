public import Randomness
public import StateMachines

/// What the runs of a swarm came to together.
public struct SwarmReport: Hashable, Sendable, CustomStringConvertible {
    /// A seed whose run a checker found wrong, and what it said.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// The seed, which alone repeats the run.
        public let seed: Seed
        /// What was found, a line each.
        public let findings: [String]

        /// The seed and the first finding.
        public var description: String { "seed \(seed): \(findings.first ?? "")" }
    }

    /// How many violations are kept with their seeds; all are counted.
    public static let keptViolations = 16

    /// How many seeds were run.
    public private(set) var runs = 0
    /// Operations that were committed or decided, in all runs.
    public private(set) var operations = 0
    /// The fewest operations of a run; nil where there was none.
    public private(set) var leastOperations: Int?
    /// Faults that applied, in all runs.
    public private(set) var faults = 0
    /// The fewest faults of a run; nil where there was none.
    public private(set) var leastFaults: Int?
    /// How long they ran together, by the clocks of their simulators.
    public private(set) var simulated = Span.zero
    /// How many runs a checker gave up on.
    public private(set) var unknown = 0
    /// How many runs a checker found wrong.
    public private(set) var violating = 0
    /// The first of them.
    public private(set) var violations: [Violation] = []
    /// A digest of the traces of all runs, in the order of their seeds.
    public private(set) var trace: UInt64 = 0

    /// The report of no run.
    public init() {}

    /// Takes in the report of one more seed.
    public mutating func add(_ report: ScenarioReport, seed: Seed) {
        runs += 1
        operations += report.operations
        leastOperations = min(leastOperations ?? .max, report.operations)
        faults += report.faults
        leastFaults = min(leastFaults ?? .max, report.faults)
        simulated = simulated + report.simulated
        if report.unknown { unknown += 1 }
        trace = SplitMix64.mix(trace ^ report.trace)
        guard !report.violations.isEmpty else { return }
        violating += 1
        if violations.count < Self.keptViolations {
            violations.append(Violation(seed: seed, findings: report.violations))
        }
    }

    /// One line: how much was run, and how much of it was wrong.
    public var summary: String {
        "\(runs) runs, \(operations) operations (at least \(leastOperations ?? 0) a run), "
            + "\(faults) faults (at least \(leastFaults ?? 0)), \(unknown) unknown, "
            + "\(violating) violating"
    }

    /// One line, and one more for each violation that was kept.
    public var description: String {
        ([summary] + violations.map(\.description)).joined(separator: "\n")
    }
}

extension SwarmReport {
    /// What every run must have had to count: the issue is what protocols do under load and faults.
    public static let leastOperations = 300, leastFaults = 10

    /// Why these runs do not show that a protocol keeps its rules, a line each; empty where they do.
    ///
    /// They do where no checker has found anything, none gave up in more than one of a hundred runs, and
    /// every run had at least 300 operations and 10 faults.
    public var shortcomings: [String] {
        var lines: [String] = []
        if runs == 0 { lines.append("nothing was run") }
        if violating > 0 { lines.append("\(violating) of \(runs) runs are wrong") }
        if unknown * 100 > runs {
            lines.append("checkers gave up on \(unknown) of \(runs) runs")
        }
        if let leastOperations, leastOperations < Self.leastOperations {
            lines.append("a run had \(leastOperations) operations only")
        }
        if let leastFaults, leastFaults < Self.leastFaults {
            lines.append("a run had \(leastFaults) faults only")
        }
        return lines
    }
}
