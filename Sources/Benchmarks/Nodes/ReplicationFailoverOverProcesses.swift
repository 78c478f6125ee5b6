import Cluster
import Measurement
import Quantities
import Randomness
import StateMachines

/// How long writes are not served when the process of a server is killed, by what it does.
enum ReplicationFailoverOverProcesses: Benchmark {
    private static let roles: [ServerRole] = [.head, .middle, .tail, .leader, .follower]

    static let description = BenchmarkDescription(
        name: "replication.failover",
        summary: "from the kill of a server's process, by what it does, to the next answered "
            + "write; what clients heard is checked for acknowledged writes that are gone",
        parameters: [
            ParameterSpecification(
                "role", "whose process is killed: one of a chain, or of a quorum",
                .choice(roles.map(\.rawValue)), default: "leader"),
            ReplicationProcesses.replicas, ReplicationProcesses.durability,
            ReplicationProcesses.roundTrip, ReplicationProcesses.silence(default: "100ms"),
        ],
        metrics: [
            MetricSpecification(
                "outage", .nanoseconds, .lower, .sampled,
                "from the kill to the first answer to a write that was made since"),
            MetricSpecification(
                "lost", .count(of: "writes"), .lower, .sampled,
                "writes that clients had been told of and that were gone in the end"),
        ],
        processingUnits: 1, floor: "none: a crash is noticed by silence", isBlocking: true,
        contradiction: ReplicationProcesses.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        guard let role = ServerRole(rawValue: context.text("role")) else {
            preconditionFailure("no role is called \(context.text("role"))")
        }
        let isChain = [.head, .middle, .tail].contains(role)
        try ReplicationProcesses.with(isChain ? .chain : .quorum, in: context, into: &recorder) {
            plan, recorder in
            var plan = plan
            // Auditors alone write, so that all that was acknowledged is checked.
            plan.clients = 0
            var outages: [Double] = []
            let end = MonotonicClock.now + Span(nanoseconds: Int64(context.time.rawValue))
            repeat {
                outages.append(try outage(role, plan).inNanoseconds)
                plan.seed = plan.seed.derived(for: outages.count)
            } while MonotonicClock.now < end
            let parameters = ReplicationProcesses.names(of: plan, recorder)
            recorder.record("outage", parameters, samples: outages)
            // A lost write would have been a finding, and ended the fork.
            recorder.record("lost", parameters, samples: outages.map { _ in 0 })
        }
    }

    /// The time without service after one kill.
    ///
    /// - Throws: `StoreFailure` where writes did not go on, or an acknowledged one is gone.
    private static func outage(_ role: ServerRole, _ plan: StorePlan) throws -> Span {
        let session = try StoreSession(plan)
        try session.warmUp()
        let fault = StoreFault(kind: .kill, role: role, start: .milliseconds(100))
        let first = try session.measure(for: plan.failureTimeout * 4, faults: [fault])
        guard let done = first.faults.first else { preconditionFailure("nobody was killed") }
        var outage = first.outage(after: done)
        var rounds = 0
        while outage == nil {
            guard rounds < mostRounds else { throw StoreFailure.silent(seconds: Double(rounds)) }
            outage = try session.measure(for: .seconds(1)).outage(after: done)
            rounds += 1
        }
        _ = try session.audit()
        guard let outage else { preconditionFailure("the loop ends with an outage") }
        return outage
    }

    /// How many seconds more writes may take to go on.
    private static let mostRounds = 30
}
