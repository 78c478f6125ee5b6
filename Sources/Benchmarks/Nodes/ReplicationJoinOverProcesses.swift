import Cluster
import Measurement
import Quantities
import Randomness
import StateMachines

/// What clients notice while a server joins a store of processes, and how long that takes.
enum ReplicationJoinOverProcesses: Benchmark {
    static let description = BenchmarkDescription(
        name: "replication.join",
        summary:
            "a server more joins a store while writes come at equal intervals: how long that takes, and "
            + "how long no write is answered meanwhile, beside the same without; what clients heard is checked",
        parameters: [
            ParameterSpecification(
                "protocol", "how servers agree", .choice(Replication.allCases.map(\.rawValue)),
                default: Replication.chain.rawValue),
            ReplicationProcesses.replicas, ReplicationProcesses.durability,
            ReplicationProcesses.payload,
            ParameterSpecification(
                "stored", "writes that the store has before, which the new server gets",
                .integer(0...1_000_000), default: "10000"),
            ParameterSpecification(
                "rate", "writes a second, answered or not", .integer(10...100_000),
                default: "1000"),
            ReplicationProcesses.roundTrip, ReplicationProcesses.silence(default: "100ms"),
        ],
        distinctions: ["joining"],
        metrics: [
            MetricSpecification(
                "joined", .nanoseconds, .lower, .sampled,
                "from the beginning of the new server's process to its place among the others"),
            MetricSpecification(
                "gap", .nanoseconds, .lower, .sampled,
                "the longest time from one answer to the next, in the quarter of a second before the server was "
                    + "started (joining: no), and from there on until it has its place, for as long at "
                    + "least (joining: yes)"),
            MetricSpecification(
                "unserved", .nanoseconds, .lower, .sampled,
                "by how much the longest gap grew while it joined; 0 where it did not"),
            MetricSpecification(
                "failed", .count(of: "writes"), .lower, .sampled,
                "writes that came while it joined and were not answered within a second"),
        ],
        processingUnits: 1,
        floor: "the interval between writes, and a sync", isBlocking: true,
        contradiction: ReplicationProcesses.contradiction)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        guard let replication = Replication(rawValue: context.text("protocol")) else {
            preconditionFailure("no protocol is called \(context.text("protocol"))")
        }
        try ReplicationProcesses.with(replication, in: context, into: &recorder) {
            plan, recorder in
            var plan = plan
            (plan.joiners, plan.asksByItself) = (1, false)
            plan.payload = context.integer("payload")
            var trials: [Trial] = []
            let end = MonotonicClock.now + Span(nanoseconds: Int64(context.time.rawValue))
            repeat {
                trials.append(try trial(plan, context))
                plan.seed = plan.seed.derived(for: trials.count)
            } while MonotonicClock.now < end
            record(trials, ReplicationProcesses.names(of: plan, recorder), into: &recorder)
        }
    }

    /// What one server that joins comes to, in nanoseconds.
    private struct Trial {
        let joined: Double
        let before: Double
        let meanwhile: Double
        let failed: Int
    }

    private static func trial(_ plan: StorePlan, _ context: ForkContext) throws -> Trial {
        let session = try StoreSession(plan)
        try session.warmUp()
        try session.fill(with: context.integer("stored"), payload: plan.payload)
        let begin = MonotonicClock.now
        var pace = WritePace(
            rate: Double(context.integer("rate")), payload: plan.payload, from: begin)
        _ = try session.drive(&pace) { $0 >= begin + settling }
        let usual = MonotonicClock.now
        let before = try session.drive(&pace) { $0 >= usual + span }
        let start = MonotonicClock.now
        let joining = try session.join(&pace, atLeast: span, after: plan.failureTimeout * 2)
        let end = MonotonicClock.now
        // Those that are late come now; one that never does ends the fork.
        try session.wait { session.loads[0].outstanding == 0 }
        let late = session.loads[0].takeAnswers()
        _ = try session.audit()
        return Trial(
            joined: (joining.placed - joining.begun).inNanoseconds,
            before: gap(before, from: usual, to: start),
            meanwhile: gap(joining.answers, from: start, to: end),
            failed: (joining.answers + late).count { $0.asked >= start && $0.wait > .seconds(1) })
    }

    private static func record(
        _ trials: [Trial], _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        recorder.record("joined", parameters, samples: trials.map(\.joined))
        recorder.record("gap", parameters.with("joining", "no"), samples: trials.map(\.before))
        recorder.record("gap", parameters.with("joining", "yes"), samples: trials.map(\.meanwhile))
        recorder.record(
            "unserved", parameters, samples: trials.map { max(0, $0.meanwhile - $0.before) })
        recorder.record("failed", parameters, samples: trials.map { Double($0.failed) })
    }

    /// The longest time within which nothing was answered, in nanoseconds.
    private static func gap(
        _ answers: [ClientLog.Answer], from begin: Moment, to end: Moment
    ) -> Double {
        var (last, longest) = (begin, Span.zero)
        for heard in answers.map(\.heard) + [end] {
            longest = max(longest, heard - last)
            last = max(last, heard)
        }
        return longest.inNanoseconds
    }

    /// How long writes come before anything is measured, and how long they are measured without a join.
    private static let settling = Span.milliseconds(100)
    private static let span = Span.milliseconds(250)
}
