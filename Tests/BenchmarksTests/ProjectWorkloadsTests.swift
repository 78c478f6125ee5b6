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

    /// The plan of a suite as its files have it: with a budget that nothing has to be scaled for.
    private func plan(_ suite: String) throws -> [PlannedWorkload] {
        let fields = try ParameterSet([
            ("wait-strategy", "busy-spin"), ("ring-capacity", "1024"),
        ])
        return try Planner(
            benchmarks: BenchmarkCatalogue.descriptions,
            profiles: [PlanningProfile(name: "auto", fields: fields)]
        ).plan(
            catalogue.selection(names: [], suite: suite), PlanRequest(budget: .seconds(86_400)))
    }

    /// How long a plan takes, starting its processes included: what each is given, or the least that it
    /// does whatever it is given.
    private func duration(of plan: [PlannedWorkload]) -> Double {
        plan.reduce(0) {
            $0 + Double($1.forks)
                * (max($1.time, LeastTime.nanoseconds(of: $1)) + Planner.forkOverhead.rawValue)
        } / 1e9
    }

    /// The budgets without which a claim would go without its figures: a fork that begins after it is
    /// skipped.
    @Test func `the suite quick fits its budget as it is, with time for repeats`() throws {
        let plan = try plan("quick")
        let suite = try #require(catalogue.suites.first { $0.name.value == "quick" })
        let budget = try #require(suite.budget?.value).rawValue / 1e9
        #expect(budget <= 120)
        let taken = duration(of: plan)
        #expect(taken <= budget * 0.95, "\(taken) s")
        #expect(plan.allSatisfy { $0.forks >= 3 || Self.areFewForksEnough($0) })
        #expect(Set(plan.map(\.workload)).isSubset(of: measuring))
    }

    @Test func `the suite full plans every workload with enough forks`() throws {
        let plan = try plan("full")
        #expect(Set(plan.map(\.workload)) == Set(catalogue.workloads.map(\.name.value)))
        #expect(plan.allSatisfy { $0.forks >= 5 || Self.areFewForksEnough($0) })
        let taken = duration(of: plan)
        #expect(taken <= 45 * 60, "\(taken / 60) min")
    }

    /// What is counted, so that it does not differ from process to process as times do; and what writes
    /// hundreds of megabytes in each.
    private static func areFewForksEnough(_ planned: PlannedWorkload) -> Bool {
        ["pool.rejections", "storage.kv.recovery", "peer.etcd.restore"].contains(planned.benchmark)
            || BenchmarkCatalogue.descriptions.contains {
                $0.name == planned.benchmark && !$0.isTimed
            }
    }

    @Test func `figures that claims ask to be taken under one cache have forks to spare`() throws {
        let plan = try plan("quick")
        for (_, claim) in library.claims {
            guard case .evidence(let evidence, _) = claim.decision, evidence.placement != nil
            else { continue }
            let forks = plan.filter { $0.workload == evidence.workload.value }.map(\.forks)
            #expect(!forks.isEmpty && forks.allSatisfy { $0 >= 6 }, "\(claim.id.value)")
        }
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
        // Three servers each take seconds to start: claims that need them are decided by the suite full.
        let plan =
            try plan("quick")
            + plan("full").filter {
                ["peer.etcd.", "peer.zookeeper."].contains(where: $0.workload.hasPrefix)
            }
        for (_, claim) in library.claims {
            for workload in claim.workloads {
                #expect(
                    plan.contains { $0.workload == workload }, "\(claim.id.value) needs \(workload)"
                )
            }
            guard case .evidence(let evidence, _) = claim.decision else { continue }
            // Parameters that the figures are told apart by, as far as the plan has them.
            let isThere = plan.contains { planned in
                planned.workload == evidence.workload.value
                    && evidence.filter.conditions.allSatisfy { condition in
                        guard let value = planned.parameters[condition.name.value] else {
                            return true
                        }
                        return value.split(separator: ",").contains {
                            condition.values.contains(String($0))
                        }
                    }
            }
            #expect(isThere, "\(claim.id.value) needs other parameters")
        }
    }
}

/// The least that a fork does, whatever time it is given.
private enum LeastTime {
    static func nanoseconds(of planned: PlannedWorkload) -> Double {
        func count(_ parameter: String) -> Double {
            Double(planned.parameters[parameter]?.split(separator: ",").count ?? 1)
        }
        func duration(_ parameter: String) -> Double {
            (try? Nanoseconds(parsing: planned.parameters[parameter] ?? "0 ms").rawValue) ?? 0
        }
        let contenders = count("contenders")
        return switch planned.benchmark {
        // Two rounds; fio is half a second longer than its turn.
        case "storage.read", "storage.write":
            2
                * (contenders * duration("turn")
                    + ((planned.parameters["contenders"] ?? "").contains("fio-") ? 0.5e9 : 0))
        // A program is started for each number of processes, and ten rounds are made of each.
        case "storage.scaling":
            contenders * count("processes") * (10 * duration("window") + 20e6)
        // Two rounds of two stretches.
        case "channel.affinity": 5 * duration("stretch")
        // A dozen programs are compiled.
        case "pool.rejections": 8e9
        // Fifteen programs are started.
        case "supervision.restart": 0.7e9
        case "pool.scaling": count("workers") * 14 * 20e6
        case "pool.route": (contenders + 1) * 14 * 20e6
        // What settles, and a step up and down.
        case "pool.adapt": 3 * (Double(planned.parameters["phase"] ?? "") ?? 0) * 1e6
        // Three members start, then a kill and an election, or a state to be put and read again, or a
        // cut and its end, or a lease that runs out.
        case "peer.etcd.election": 2e9 + 4 * duration("election-timeout")
        case "peer.etcd.restore":
            4e9 + 0.05e9 * (Double(planned.parameters["state"] ?? "") ?? 0)
        case "peer.etcd.partition": 4e9 + duration("cut")
        case "peer.etcd.lease": 6e9
        // Three replicas start, and one is killed; or all records are looked for, and read three times.
        case "shen.failover", "shen.throughput": 0.5e9
        // Three servers start, and a fourth one joins.
        case "replication.join": 1e9
        // Two rounds of two runs of a second.
        case "net.http.throughput": 4.5e9
        // Idle first, then five rounds.
        case "pool.roundtrip": contenders * (0.11e9 + 5 * 15e6)
        // Three rounds and what finds their length, in windows of ten milliseconds.
        case let name where name.hasSuffix(".oversubscribed"): contenders * 2 * 7 * 10e6
        // Ten rounds and four windows that find their length; with the probes on either side a window
        // of two milliseconds takes six.
        case let name where name.hasPrefix("channel."): contenders * 14 * 6e6
        case let name where name.hasPrefix("ring."): contenders * 14 * 2e6
        default: 0
        }
    }
}
