import Measurement
import Quantities
import Randomness
import RingSimulation
import Simulation
import StateMachines

/// Whether service comes back when whoever has a role crashes for good, role by role.
enum RoleLoss: Benchmark {
    /// A role, and what it is a role of.
    private enum Role: String, CaseIterable {
        case head, middle, tail, leader, holder, owner, seed

        /// The protocol, and the figure that has a value where service came back.
        var service: (subject: SimulatedProtocol, figure: String) {
            switch self {
            case .head, .middle, .tail: (.chain, "failover")
            case .leader: (.quorum, "failover")
            case .holder: (.token, "recovery")
            case .owner: (.coordinators, "outage")
            case .seed: (.gossip, "convergence")
            }
        }

        /// Crashes whoever has it, for good.
        func crash(in plan: inout PlannedSimulation) {
            let crash = CrashRole(rawValue: rawValue)
            if let crash {
                plan.crashes = [RoleCrash(crash, after: plan.duration / 3, lasting: nil)]
            } else {
                // Keys are owned by all members alike, and n0 is the one whom all know from the start.
                plan.faults.add(.crash(NodeID(0)), at: Moment(nanoseconds: 0) + plan.duration / 3)
            }
        }
    }

    static let description = BenchmarkDescription(
        name: "ring.sim.roles",
        summary:
            "runs in which service did not come back when whoever has a role crashed for good, in "
            + "simulated time; counted, for seeds that are named",
        parameters: [
            ParameterSpecification(
                "roles",
                "who crashes: a chain's head, middle or tail, a quorum's leader, a token's holder, an owner of keys "
                    + "(of coordinators), or the member that all know from the start (of gossip)",
                .subset(of: Role.allCases.map(\.rawValue)),
                default: Role.allCases.map(\.rawValue).joined(separator: ",")),
            ParameterSpecification(
                "nodes", "members", .integer(3...15), default: "3"),
            SimulatedRuns.roundTrip(),
            ParameterSpecification(
                "seed", "seed of the first run; the others follow by ones",
                .integer(0...1_000_000_000), default: "1"),
            ParameterSpecification("runs", "how many runs", .integer(1...10_000), default: "5"),
        ],
        distinctions: ["role"],
        metrics: [
            MetricSpecification(
                "permanent", .count(of: "outages"), .lower, .exact,
                "runs in which nobody was served any more"),
            MetricSpecification(
                "outage", .nanoseconds, .lower, .exact,
                "the longest time from the crash until somebody was served again; of gossip, until all "
                    + "had the member for dead"),
        ],
        processingUnits: 0, floor: "none: counted")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        for role in context.words("roles").compactMap(Role.init(rawValue:)) {
            let (permanent, longest) = try outages(of: role, context)
            let parameters = recorder.figureParameters(without: ["roles"])
                .with("role", role.rawValue)
            recorder.record("permanent", parameters, samples: [Double(permanent)])
            if permanent == 0 { recorder.record("outage", parameters, samples: [longest]) }
        }
    }

    /// The runs after which nobody was served any more, and the longest outage of the others.
    private static func outages(
        of role: Role, _ context: ForkContext
    ) throws -> (permanent: Int, longest: Double) {
        let (subject, name) = role.service
        var plan = PlannedSimulation(subject)
        plan.nodes = context.integer("nodes")
        plan.roundTrip = context.span("rtt")
        if subject == .chain || subject == .quorum { plan.lasting = plan.silence * 12 }
        role.crash(in: &plan)
        var (permanent, longest) = (0, 0.0)
        for place in 0..<context.integer("runs") {
            let seed = Seed(UInt64(context.integer("seed") + place))
            let outcome = try plan.run(seed: seed)
            guard outcome.violations.isEmpty, !outcome.isUnknown else {
                throw ViolatedRun(of: subject.rawValue, seed: seed, outcome.violations)
            }
            let values = outcome.figures.first { $0.name == name }?.values ?? []
            if values.isEmpty { permanent += 1 }
            longest = max(longest, values.max() ?? 0)
        }
        return (permanent, longest)
    }
}
