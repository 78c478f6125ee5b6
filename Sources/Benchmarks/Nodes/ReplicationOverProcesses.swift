import Cluster
import Measurement
import Quantities
import StateMachines

/// A way to replicate, as a type, so that each has a benchmark of its own.
protocol ReplicationKind {
    static var replication: Replication { get }
}

/// Along a chain.
enum ByChain: ReplicationKind {
    static var replication: Replication { .chain }
}

/// By majorities.
enum ByQuorum: ReplicationKind {
    static var replication: Replication { .quorum }
}

/// Writes into a replicated store whose servers are processes: what a client waits, and how many are done.
enum ReplicationOverProcesses<Kind: ReplicationKind>: Benchmark {
    static var description: BenchmarkDescription {
        BenchmarkDescription(
            name: "replication.\(Kind.replication.rawValue)",
            summary: "writes into a store that processes of this machine replicate by a "
                + "\(Kind.replication.rawValue), over loopback or links of some length; what further "
                + "clients hear is checked",
            parameters: [
                ReplicationProcesses.replicas, ReplicationProcesses.durability,
                ReplicationProcesses.payload, ReplicationProcesses.clients,
                ReplicationProcesses.window, ReplicationProcesses.roundTrip,
                ReplicationProcesses.silence(default: "1s"),
            ],
            metrics: [
                MetricSpecification(
                    "latency", .nanoseconds, .lower, .sampled,
                    "time from a write to its answer (a closed loop), of 20000 at most that are "
                        + "evenly spread"),
                MetricSpecification(
                    "throughput", .operationsPerSecond, .higher, .sampled,
                    "writes answered a second, mean of 50 ms (a closed loop)"),
            ],
            processingUnits: 1,
            floor: "none of its own: net.tcp.rtt for each hop, and storage.sync",
            isBlocking: true, contradiction: ReplicationProcesses.contradiction)
    }

    /// Shorter than this, a lone client may not be answered once on a busy machine.
    private static var leastTime: Span { .milliseconds(200) }

    /// The most latencies that are kept one by one.
    private static var mostLatencies: Int { 20_000 }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try ReplicationProcesses.with(Kind.replication, in: context, into: &recorder) {
            plan, recorder in
            var plan = plan
            (plan.clients, plan.window) = (context.integer("clients"), context.integer("window"))
            plan.payload = context.integer("payload")
            let session = try StoreSession(plan)
            try session.warmUp()
            try session.silenceAuditors()
            // The other half is for beginning and checking.
            let half = Span(nanoseconds: Int64(context.time.rawValue / 2))
            let measured = try session.measure(for: max(half, leastTime))
            let checked = try session.audit()
            ReplicationProcesses.noteLinks(measured.relayed, into: &recorder)
            guard !measured.load.isEmpty else { throw StoreFailure.silent(seconds: 0) }
            recorder.note(checked.note)
            record(measured, ReplicationProcesses.names(of: plan, recorder), into: &recorder)
        }
    }

    private static func record(
        _ measured: StoreMeasurement, _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        let waits = measured.load.map { $0.wait.inNanoseconds }
        recorder.record(
            "latency", parameters,
            samples: AnswerFigures.spread(waits, atMost: mostLatencies))
        var distribution = LatencyDistribution()
        for wait in waits { distribution.record(nanoseconds: wait) }
        recorder.record("latency", parameters, distribution: distribution)
        let rates = measured.throughputs(in: .milliseconds(50))
        recorder.record(
            "throughput", parameters, samples: rates.isEmpty ? [measured.throughput] : rates)
    }
}
