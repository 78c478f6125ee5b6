import Benchmarks
import Claims
import Foundation
import Measurement
import Quantities
import StrictYAML
import Testing
import Workloads

/// The project's own workloads, suites and claims, against the benchmarks that there are.
@Suite struct ProjectWorkloadsTests {
    private let catalogue: Catalogue
    private let library: ClaimLibrary

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        catalogue = try Catalogue(directory: "\(root)/Workloads")
        library = try ClaimLibrary(directory: "\(root)/Workloads/claims")
    }

    /// The workloads that measure something else than the suite itself.
    private var measuring: [String] {
        catalogue.workloads.map(\.name.value).filter { !$0.hasPrefix("calibration.") }
    }

    private func plan(_ suite: String) throws -> [PlannedWorkload] {
        let fields = try ParameterSet([
            ("wait-strategy", "busy-spin"), ("ring-capacity", "1024"),
        ])
        return try Planner(
            benchmarks: BenchmarkCatalogue.descriptions,
            profiles: [PlanningProfile(name: "auto", fields: fields)]
        ).plan(catalogue.selection(names: [], suite: suite))
    }

    @Test func `the suite quick plans every workload within its budget`() throws {
        let plan = try plan("quick")
        let time = plan.reduce(0) { $0 + Double($1.forks) * $1.time }
        #expect(time <= 110e9, "\(time / 1e9) s of measurement")
        // Servers of others take long to start: of them it has those that claims need.
        let planned = Set(plan.map(\.workload))
        #expect(planned.isSuperset(of: measuring.filter { !$0.hasPrefix("peer.") }))
        #expect(planned.isSubset(of: measuring))
        #expect(plan.allSatisfy { $0.forks >= 3 || $0.benchmark == "engine.configuration" })
    }

    @Test func `the suite full plans every workload with enough forks`() throws {
        let plan = try plan("full")
        #expect(Set(plan.map(\.workload)) == Set(catalogue.workloads.map(\.name.value)))
        #expect(plan.allSatisfy { $0.forks >= 5 || $0.benchmark == "engine.configuration" })
        let time = plan.reduce(0) { $0 + Double($1.forks) * $1.time }
        #expect(time <= 45 * 60e9, "\(time / 60e9) min of measurement")
    }

    @Test func `the suite calibration plans every known answer`() throws {
        let calibration = catalogue.workloads.map(\.name.value)
            .filter { $0.hasPrefix("calibration.") }
        #expect(!calibration.isEmpty)
        #expect(Set(try plan("calibration").map(\.workload)) == Set(calibration))
    }

    /// All but the one whose programs the user names.
    @Test func `every benchmark has a workload and a name of its own`() {
        let names = BenchmarkCatalogue.descriptions.map(\.name)
        #expect(Set(names).count == names.count)
        let used = Set(catalogue.workloads.map(\.benchmark.value))
        #expect(used == Set(names).subtracting([MeasuredCommands.benchmark]))
    }

    @Test func `claims name workloads, metrics, parameters and units that exist`() throws {
        try Vocabulary(catalogue, benchmarks: BenchmarkCatalogue.descriptions).check(library)
    }

    @Test func `what the claims need is in the suite quick`() throws {
        let quick = try catalogue.selection(names: [], suite: "quick")
        let names = quick.items.map(\.workload.name.value)
        for (_, claim) in library.claims {
            for workload in claim.workloads {
                #expect(names.contains(workload), "\(claim.id.value) needs \(workload)")
            }
        }
    }
}
