import Measurement
import Quantities
import StrictYAML

/// Turns a selection into a plan: every parameter of every workload resolved and checked, every
/// sweep unrolled.
///
/// A parameter's value comes from the first of these that gives one: the command line, the suite,
/// the workload, the profile's field that the parameter names, the benchmark's default.
///
/// The same input gives the same plan in the same order: workloads as selected, under each its
/// profiles as asked for, under each its sweeps unrolled in the order of the file, the last one
/// varying fastest.
public struct Planner: Sendable {
    /// What a process takes beside the time that it measures: start, clock calibration, set-up.
    /// A rough figure, used only to make budgets hold.
    public static let forkOverhead = Nanoseconds.milliseconds(100)

    private let benchmarks: [BenchmarkDescription]
    private let profiles: [PlanningProfile]

    /// A planner for these benchmarks and profiles. The first profile is used where nobody names
    /// one.
    public init(benchmarks: [BenchmarkDescription], profiles: [PlanningProfile]) {
        precondition(!profiles.isEmpty, "a plan needs a profile")
        self.benchmarks = benchmarks
        self.profiles = profiles
    }

    /// The plan for `selection` under `request`, or all that is wrong with them.
    public func plan(
        _ selection: Selection, _ request: PlanRequest = PlanRequest()
    ) throws(InputProblems) -> [PlannedWorkload] {
        try request.check()
        let items = try resolve(selection, request)
        var planned: [PlannedWorkload] = []
        var locations: [SourceLocation] = []
        var seen: Set<PlannedWorkload.FigureIdentity> = []
        var collector = ProblemCollector()
        for item in items {
            let new = collector.collect { () throws(InputProblems) in
                try item.unrolled(upTo: Limits.plannedWorkloads - planned.count)
            }
            for workload in new ?? [] {
                if !seen.insert(workload.figureIdentity).inserted {
                    collector.add(
                        at: item.location,
                        found: "workload '\(workload.workload)' planned twice with "
                            + "\(workload.parameters) under profile '\(workload.profile)'",
                        expected: "each combination once")
                }
                planned.append(workload)
                locations.append(item.blamed)
            }
        }
        let processes = planned.map(\.forks).reduce(0, +)
        if processes > Limits.processes {
            collector.add(
                at: nil, found: "a plan of \(processes) processes",
                expected: "at most \(Limits.processes)")
        }
        try collector.check()
        let budget =
            request.budget.map { Located($0, at: .option("--budget")) } ?? selection.suite?.budget
        let fitted =
            try budget.map { budget throws(InputProblems) in
                try Budget(budget, setUp: selection.suite?.setUp ?? 0).fit(planned)
            } ?? planned
        try checkContradictions(in: fitted, locations)
        return fitted
    }

    /// Refuses parameters that contradict each other, or the time that the budget leaves.
    private func checkContradictions(
        in plan: [PlannedWorkload], _ locations: [SourceLocation]
    ) throws(InputProblems) {
        var collector = ProblemCollector()
        for (workload, location) in zip(plan, locations) {
            let benchmark = benchmarks.first { $0.name == workload.benchmark }
            let time = Nanoseconds(workload.time)
            guard let found = benchmark?.contradiction(workload.parameters, time) else { continue }
            let parts = found.split(separator: "; expected ", maxSplits: 1)
            collector.add(
                at: location, found: "workload '\(workload.workload)': \(parts.first ?? "")",
                expected: parts.count > 1
                    ? String(parts[1]) : "parameters that can be measured together")
        }
        try collector.check()
    }

    /// Each item with its benchmark, its settings and its profiles.
    private func resolve(
        _ selection: Selection, _ request: PlanRequest
    ) throws(InputProblems) -> [PlanItem] {
        var collector = ProblemCollector()
        let overrides = collector.collect { () throws(InputProblems) in
            try request.parsedSettings()
        }
        let requested = request.profiles.map { Located($0, at: .option("--profile")) }
        var items: [PlanItem] = []
        for item in selection.items {
            let resolved = collector.collect { () throws(InputProblems) in
                let benchmark = try benchmark(of: item.workload)
                let names = requested.isEmpty ? item.workload.profiles : requested
                return PlanItem(
                    workload: item.workload, benchmark: benchmark,
                    settings: item.settings.overridden(by: benchmark.taken(from: overrides ?? [])),
                    profiles: try profiles(named: names), forks: request.forks ?? item.forks,
                    time: item.time, location: item.location)
            }
            if let resolved { items.append(resolved) }
        }
        let parameters = items.flatMap { $0.benchmark.parameters.map(\.name) }
        for override in overrides ?? [] where !parameters.contains(override.name.value) {
            collector.add(
                at: override.name.location,
                found: "unknown parameter \(QuotedText(override.name.value))",
                expected: Spelling.expectation(
                    for: override.name.value, among: Array(Set(parameters)).sorted()))
        }
        try collector.check()
        return items
    }

    private func benchmark(of workload: Workload) throws(InputProblems) -> BenchmarkDescription {
        let name = workload.benchmark
        guard let benchmark = benchmarks.first(where: { $0.name == name.value }) else {
            throw InputProblems(
                at: name.location, found: "unknown benchmark '\(name.value)'",
                expected: Spelling.expectation(for: name.value, among: benchmarks.map(\.name)))
        }
        return benchmark
    }

    private func profiles(
        named names: [Located<String>]
    ) throws(InputProblems) -> [PlanningProfile] {
        if names.isEmpty { return [profiles[0]] }
        var collector = ProblemCollector()
        var found: [PlanningProfile] = []
        for name in names {
            guard let profile = profiles.first(where: { $0.name == name.value }) else {
                collector.add(
                    at: name.location, found: "unknown profile \(QuotedText(name.value))",
                    expected: Spelling.expectation(for: name.value, among: profiles.map(\.name)))
                continue
            }
            if found.contains(where: { $0.name == profile.name }) {
                collector.add(
                    at: name.location, found: "profile '\(profile.name)' given twice",
                    expected: "each once")
            }
            found.append(profile)
        }
        try collector.check()
        return found
    }
}

extension PlannedWorkload {
    /// What the keys of its figures are made of.
    fileprivate struct FigureIdentity: Hashable {
        let workload: String
        let parameters: ParameterSet
        let profile: String
    }

    fileprivate var figureIdentity: FigureIdentity {
        FigureIdentity(workload: workload, parameters: parameters, profile: profile)
    }
}

extension BenchmarkDescription {
    /// Those of `overrides` that it has a parameter for, swept where they list several values.
    fileprivate func taken(from overrides: [Setting]) -> [Setting] {
        overrides.compactMap { override in
            guard let parameter = parameters.first(where: { $0.name == override.name.value })
            else { return nil }
            if case .subset = parameter.kind { return override }
            let values = override.values.flatMap { value in
                value.value.split(separator: ",", omittingEmptySubsequences: false).map {
                    Located(String($0), at: value.location)
                }
            }
            return Setting(override.name, values)
        }
    }
}
