import Benchmarks
import Measurement
import Quantities
import Randomness
import Regression
import Workloads

/// A baseline's workloads, to be measured again: the same parameters and profiles, checked against
/// what this build can measure.
struct RegressPlan {
    /// What to measure.
    private(set) var workloads: [PlannedWorkload]
    /// What differs from the baseline, a line each.
    let notes: [String]

    /// The plan for the workloads of `baseline` that `names` name; all where there are none.
    ///
    /// - Parameters:
    ///   - sides: builds that are measured.
    ///   - seed: draws what is measured where the budget has no room for all.
    init(
        _ baseline: MeasuredSide, names: [String], _ options: RegressOptions, sides: Int,
        countsInstructions: Bool, seed: Seed
    ) throws {
        let forks = options.forks ?? ComparisonRule.usualForks
        guard Limits.forks.contains(forks) else {
            throw Stop.badInput(
                "--forks: '\(forks)', expected a whole number from \(Limits.forks.lowerBound) to "
                    + "\(Limits.forks.upperBound)")
        }
        let chosen = try RegressPlan.chosen(baseline, names)
        for planned in chosen { try RegressPlan.check(planned, of: baseline) }
        let again = chosen.map { planned in
            var commands = planned.commands
            if countsInstructions { commands?.countsInstructions = true }
            return PlannedWorkload(
                workload: planned.workload, benchmark: planned.benchmark,
                parameters: planned.parameters, profile: planned.profile,
                // What is computed comes out the same in every process.
                forks: RegressPlan.isComputed(planned) ? 1 : forks,
                time: Nanoseconds(planned.time), commands: commands)
        }
        guard let budget = options.session.budget else {
            workloads = again
            notes = []
            return
        }
        (workloads, notes) = try RegressBudget(
            parsing: budget, sides: sides, excess: baseline.excess
        ).fitted(again, forks: options.forks, seed: seed)
        for planned in workloads { try RegressPlan.check(planned, of: baseline) }
    }

    /// Checks the commands among the workloads, as `run` does: the programs of the baseline may be
    /// others here, or none.
    ///
    /// - Parameter countersAreNamed: whether `--counters` was given.
    mutating func prepareCommands(on host: RegressHost, countersAreNamed: Bool) throws {
        try CommandPreparation(
            processingUnits: host.processingUnits, countersAreNamed: countersAreNamed
        ).prepare(&workloads)
    }

    private static func chosen(
        _ baseline: MeasuredSide, _ names: [String]
    ) throws -> [PlannedWorkload] {
        guard !names.isEmpty else { return baseline.workloads }
        let patterns = names.map { NamePattern($0) }
        for pattern in patterns
        where !baseline.workloads.contains(where: { pattern.matches($0.workload) }) {
            var known: [String] = []
            for planned in baseline.workloads where !known.contains(planned.workload) {
                known.append(planned.workload)
            }
            throw Stop.badInput(
                "'\(baseline.name)' has no workload '\(pattern)'; it has "
                    + known.joined(separator: ", "))
        }
        return baseline.workloads.filter { planned in
            patterns.contains { $0.matches(planned.workload) }
        }
    }

    private static func description(of planned: PlannedWorkload) -> BenchmarkDescription? {
        BenchmarkCatalogue.descriptions.first { $0.name == planned.benchmark }
    }

    private static func isComputed(_ planned: PlannedWorkload) -> Bool {
        description(of: planned)?.metrics.allSatisfy { $0.kind == .exact } ?? false
    }

    /// A baseline may come from another version, or from a text editor.
    private static func check(_ planned: PlannedWorkload, of baseline: MeasuredSide) throws {
        func stop(_ what: String) -> Stop {
            .badInput(
                "baseline '\(baseline.name)', workload '\(planned.workload)': \(what); expected "
                    + "what this build can measure: save the baseline again")
        }
        guard let description = description(of: planned) else {
            throw stop("there is no benchmark '\(planned.benchmark)'")
        }
        for pair in planned.parameters.pairs
        where !description.parameters.contains(where: { $0.name == pair.key }) {
            throw stop("'\(planned.benchmark)' has no parameter '\(pair.key)'")
        }
        for parameter in description.parameters {
            guard let value = planned.parameters[parameter.name] else {
                throw stop("parameter '\(parameter.name)' has no value")
            }
            if let problem = parameter.problem(with: value) {
                throw stop("parameter '\(parameter.name)' \(problem)")
            }
        }
        guard Limits.time.contains(Nanoseconds(planned.time)) else {
            throw stop("a time of \(Nanoseconds(planned.time))")
        }
        if let reason = description.contradiction(
            planned.parameters, Nanoseconds(planned.time))
        {
            throw stop(reason)
        }
        guard (planned.benchmark == MeasuredCommands.benchmark) == (planned.commands != nil) else {
            throw stop("commands belong to the benchmark '\(MeasuredCommands.benchmark)' alone")
        }
    }
}
