import ArgumentParser
import Benchmarks
import Counters
import Foundation
import Hardware
import Measurement
import Quantities
import Randomness
import Runs
import StrictYAML
import Workloads

/// The options that `run` and `validate` share: what to measure under, and where to write.
struct MeasurementOptions: ParsableArguments {
    @Option(help: "Profiles, separated by commas.")
    var profile: String?

    @Option(help: "Fresh processes for each workload.")
    var forks: Int?

    @Option(help: "A parameter's value instead of the workload's (key=value; may be repeated).")
    var set: [String] = []

    @OptionGroup var session: SessionOptions

    @Flag(help: "Print what would be measured, and measure nothing.")
    var dryRun = false

    @Flag(help: "Print one JSON document.")
    var json = false

    /// The options, checked against this machine.
    func resolved() throws -> ResolvedOptions {
        let counters = try CounterSelection.parse(session.counters)
        let machine = try Detection.machine(.running, directory: session.path)
        let profiles = Profile.all(on: machine)
        let request = PlanRequest(
            profiles: profile?.split(separator: ",").map(String.init) ?? [], settings: set,
            forks: forks, budget: try parsedBudget())
        return ResolvedOptions(
            machine: machine,
            profiles: profiles.map { PlanningProfile(name: $0.name.rawValue, fields: $0.fields) },
            request: request,
            processingUnits: try MeasurementOptions.processingUnits(
                session.cpus, of: machine.topology),
            unitsAreNamed: session.cpus != nil, counters: counters,
            seed: session.chosenSeed)
    }

    /// Refuses every option that only a measurement honours, beside `option`, which makes one
    /// unnecessary.
    func refuseAll(with option: String, suite: String? = nil) throws {
        let given = [
            ("--profile", profile != nil), ("--budget", session.budget != nil),
            ("--forks", forks != nil),
            ("--set", !set.isEmpty), ("--counters", session.counters != nil),
            ("--cpus", session.cpus != nil),
            ("--seed", session.seed != nil),
            ("--path", session.path != "."), ("--out", session.out != "Results"),
            ("--suite", suite != nil), ("--dry-run", dryRun),
        ].filter(\.1).map(\.0)
        guard given.isEmpty else {
            throw Stop.badInput(
                "\(given.joined(separator: ", ")): nothing is measured with \(option); expected "
                    + "one or the other")
        }
    }

    /// The time of `--budget`, if it was given.
    func parsedBudget() throws -> Nanoseconds? {
        guard let budget = session.budget else { return nil }
        do {
            return try Nanoseconds(parsing: budget)
        } catch {
            throw Stop.badInput("--budget: \(error)")
        }
    }

    /// The units that `--cpus` names, or the pair that suits two threads that talk to each other.
    static func processingUnits(_ cpus: String?, of topology: Topology) throws -> [Int] {
        guard let allowed = topology.allowedPUs.value else {
            throw Stop.cannot("the processing units that this process may use are not known")
        }
        guard let cpus else {
            if let pair = topology.pair(), pair.relation != .samePU {
                return [pair.first, pair.second]
            }
            return Array(allowed.indexes.prefix(1))
        }
        var units: [Int] = []
        for part in cpus.split(separator: ",", omittingEmptySubsequences: false) {
            guard let unit = Int(part), allowed.contains(unit), !units.contains(unit) else {
                throw Stop.badInput(
                    "--cpus: '\(part)' is not a processing unit that is allowed here and named "
                        + "once; allowed are \(allowed)")
            }
            units.append(unit)
        }
        return units
    }
}

/// What the options came to on this machine.
struct ResolvedOptions {
    let machine: Machine
    let profiles: [PlanningProfile]
    let request: PlanRequest
    let processingUnits: [Int]
    /// Whether the units were named, not chosen.
    let unitsAreNamed: Bool
    /// What to count beside the figures.
    let counters: [CounterName]
    let seed: Seed

    /// The plan of a selection.
    func plan(_ selection: Selection) throws -> [PlannedWorkload] {
        let planner = Planner(benchmarks: BenchmarkCatalogue.descriptions, profiles: profiles)
        return try Installation.input { () throws(InputProblems) in
            try planner.plan(selection, request)
        }
    }

    /// The most processing units that a workload of `plan` needs.
    static func processingUnitsNeeded(by plan: [PlannedWorkload]) -> Int {
        BenchmarkCatalogue.descriptions.filter { description in
            plan.contains { $0.benchmark == description.name }
        }.map(\.processingUnits).max() ?? 0
    }

    /// Refuses units named by `--cpus` that are too few for the plan, or more than it can use.
    /// Commands take any number: what they start is bound to all of them.
    func checkNamedUnits(for plan: [PlannedWorkload]) throws {
        if plan.allSatisfy({ $0.commands != nil }) { return }
        let needed = ResolvedOptions.processingUnitsNeeded(by: plan)
        guard unitsAreNamed, processingUnits.count != max(1, needed) else { return }
        throw Stop.badInput(
            "--cpus: \(processingUnits.count) processing units, expected \(max(1, needed)) for "
                + "these workloads")
    }

    /// What the profiles of a plan resolved to.
    func manifestProfiles(of plan: [PlannedWorkload]) -> [Manifest.ResolvedProfile] {
        profiles.filter { profile in plan.contains { $0.profile == profile.name } }
            .map { Manifest.ResolvedProfile(name: $0.name, fields: $0.fields) }
    }
}

extension Profile {
    /// The fields that workloads can take values from.
    var fields: ParameterSet {
        ParameterSet()
            .with("wait-strategy", waitStrategy.value.rawValue)
            .with("pinning", pinning.value.rawValue)
            .with("ring-capacity", "\(ringCapacity.value)")
            .with("batch-size", "\(batchSize.value)")
            .with("durability", "\(durability.value)")
            .with("huge-pages", hugePages.value.rawValue)
            .with("busy-polling", isBusyPolling.value ? "on" : "off")
    }
}
