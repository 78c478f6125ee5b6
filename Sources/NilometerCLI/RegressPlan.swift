import Benchmarks
import Measurement
import Quantities
import Regression
import Workloads

/// A baseline's workloads, to be measured again: the same parameters and profiles, checked against
/// what this build can measure.
struct RegressPlan {
    /// What to measure.
    let workloads: [PlannedWorkload]
    /// What differs from the baseline, a line each.
    let notes: [String]

    /// The plan for the workloads of `baseline` that `names` name; all where there are none.
    ///
    /// - Parameter sides: builds that are measured.
    init(
        _ baseline: MeasuredSide, names: [String], _ options: RegressOptions, sides: Int,
        countsInstructions: Bool
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
        workloads = try RegressPlan.fitted(again, into: budget, sides: sides)
        notes =
            workloads == again
            ? []
            : ["processes measure for less time than the baseline's, to fit --budget \(budget)"]
        for planned in workloads { try RegressPlan.check(planned, of: baseline) }
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

    /// `plan` with its times scaled down by one factor so that all forks of all sides fit.
    private static func fitted(
        _ plan: [PlannedWorkload], into text: String, sides: Int
    ) throws -> [PlannedWorkload] {
        let budget: Nanoseconds
        do {
            budget = try Nanoseconds(parsing: text)
        } catch {
            throw Stop.badInput("--budget: \(error)")
        }
        let forks = plan.reduce(0) { $0 + $1.forks } * sides
        let available = budget.rawValue - Double(forks) * Planner.forkOverhead.rawValue
        let wanted = plan.reduce(0) { $0 + Double($1.forks) * $1.time } * Double(sides)
        let least = Limits.time.lowerBound
        guard available >= Double(forks) * least.rawValue else {
            let needed = Double(forks) * (least + Planner.forkOverhead).rawValue
            throw Stop.badInput(
                "--budget: \(budget) for \(forks) processes of at least \(least) and "
                    + "\(Planner.forkOverhead) to start, expected at least \(Nanoseconds(needed)), "
                    + "fewer workloads or fewer forks")
        }
        guard wanted > available else { return plan }
        return plan.map { planned in
            var shorter = planned
            let time = (planned.time * available / wanted / 1e6).rounded(.down) * 1e6
            shorter.time = max(least.rawValue, time)
            return shorter
        }
    }
}
