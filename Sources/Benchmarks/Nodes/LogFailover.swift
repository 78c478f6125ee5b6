import Cluster
import Measurement
import PeerServers
import Quantities
import StateMachines

/// How long a log takes no appends when the process of a replica is killed, by what that does.
enum LogFailover: Benchmark {
    private static let roles: [ServerRole] = [.head, .middle, .leader, .follower]

    static let description = BenchmarkDescription(
        name: "shen.failover",
        summary:
            "from the kill of a log's replica, by what it does, to the next answered append of a "
            + "replica that stays; every record that was answered is checked",
        parameters: [
            ParameterSpecification(
                "role", "whose process is killed: one of a chain, or of a quorum",
                .choice(roles.map(\.rawValue)), default: "head"),
            ReplicationProcesses.replicas, ReplicationProcesses.durability,
            ReplicationProcesses.silence(default: "100ms"),
        ],
        metrics: [
            MetricSpecification(
                "outage", .nanoseconds, .lower, .sampled,
                "from the kill to the first answer to an append that was asked for since"),
            MetricSpecification(
                "lost", .count(of: "appends"), .lower, .sampled,
                "appends that were answered and whose records were gone in the end"),
        ],
        processingUnits: 1, floor: "none: a crash is noticed by silence", isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        guard let role = ServerRole(rawValue: context.text("role")) else {
            preconditionFailure("no role is called \(context.text("role"))")
        }
        try ReplicationProcesses.notePlaces(context, into: &recorder)
        var outages: [Double] = []
        let end = MonotonicClock.now + Span(nanoseconds: Int64(context.time.rawValue))
        var attempts = 0
        repeat {
            if let outage = try outage(role, context) {
                outages.append(outage.inNanoseconds)
            } else {
                attempts += 1
            }
            guard attempts < mostAttempts else { throw LogFailure.vacant(role: role.rawValue) }
        } while outages.isEmpty || MonotonicClock.now < end
        let parameters = recorder.figureParameters()
        recorder.record("outage", parameters, samples: outages)
        // A lost append would have been a finding, and ended the fork.
        recorder.record("lost", parameters, samples: outages.map { _ in 0 })
    }

    /// The time without appends after one kill; nil where the appending process itself has the role.
    private static func outage(_ role: ServerRole, _ context: ForkContext) throws -> Span? {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let isChain = [.head, .middle].contains(role)
        let log = try LogProcesses(
            context, .init(batch: 1, payload: 16),
            by: isChain ? .chain : .quorum, silence: context.span("silence"),
            below: directory.path)
        defer { log.stop() }
        guard let victim = find(role, in: log) else { return nil }
        let start = MonotonicClock.now
        try log.others.kill(victim)
        let killed = MonotonicClock.now
        var answered: Moment?
        while answered == nil {
            if log.unanswered < most { log.ask() }
            try log.awaitAnswer(within: step)
            answered = log.done.first { $0.asked >= killed }?.answered
            guard MonotonicClock.now - killed < patience else {
                throw log.silence(of: patience)
            }
        }
        _ = try log.check()
        return (answered ?? killed) - start
    }

    /// How often an append is asked for while none is answered.
    private static let step = Span.milliseconds(1)
    /// How many appends are unanswered at once: far fewer than a replica lets wait, however long it takes.
    private static let most = 100
    /// How long it may take until an append is answered.
    private static let patience = Span(seconds: 30)
    /// How many clusters are started whose appending process has the role.
    private static let mostAttempts = 10

    /// The process that has a role; nil where none has by the time at which all know who leads.
    private static func find(_ role: ServerRole, in log: LogProcesses) -> Int? {
        let deadline = MonotonicClock.now + .seconds(2)
        while MonotonicClock.now < deadline {
            if let found = log.others.server(doing: role.rawValue) { return found }
            ReplicationProcesses.rest(.milliseconds(5))
        }
        return nil
    }
}
