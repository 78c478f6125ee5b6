import Cluster
import Randomness
import StateMachines

/// A replicated store over processes that is asked for a while.
public struct ClusterTrial: Sendable {
    let plan: StorePlan
    let span: Span
    let faults: [StoreFault]

    /// Starts servers and clients, measures, ends all of them, and checks what was heard.
    ///
    /// - Parameter shouldStop: asked now and then whether to end early.
    ///
    /// - Throws: `PeerFailure` and `NodeFailure` where a process or a client cannot begin or ends by
    ///   itself, `StoreFailure` where clients are not answered, or heard what they could not.
    public func run(shouldStop: () -> Bool) throws -> ClusterReport {
        let session = try StoreSession(plan)
        try session.warmUp()
        // Who kills wants to know what the auditors hear meanwhile; who does not, undisturbed figures.
        if faults.isEmpty { try session.silenceAuditors() }
        let measurement = try session.measure(for: span, faults: faults, shouldStop: shouldStop)
        return ClusterReport(self, measurement, operations: try session.audit())
    }
}

/// What a trial came to: its history was checked, and is linearizable.
public struct ClusterReport: Encodable, Sendable {
    /// The document's kind and version.
    public let schema = "nilometer/cluster/1"
    /// `chain` or `quorum`.
    public let `protocol`: String
    /// How many servers.
    public let nodes: Int
    /// `none`, `group` or `each`.
    public let durability: String
    /// Clients that loaded it.
    public let clients: Int
    /// Requests that each had under way.
    public let window: Int
    /// Bytes of a value.
    public let payload: Int
    /// From which clients drew what they asked.
    public let seed: UInt64
    /// How long was measured, in seconds.
    public let seconds: Double
    /// Writes that were answered.
    public let writes: Int
    /// Writes that were answered a second.
    public let throughput: Double
    /// What clients waited for a write, in nanoseconds; nil where none was answered.
    public let latency: Latency?
    /// What was done to servers.
    public let faults: [Fault]
    /// Operations of two more clients that were checked.
    public let checked: Int

    /// Waits by rank, in nanoseconds.
    public struct Latency: Encodable, Sendable {
        /// Half of them waited no longer than this.
        public let p50: Int64
        /// 99 of 100 waited no longer than this.
        public let p99: Int64
        /// Nobody waited longer than this.
        public let max: Int64
    }

    /// What was done to a server.
    public struct Fault: Encodable, Sendable {
        /// `kill` or `freeze`.
        public let kind: String
        /// What the server did at that time.
        public let role: String
        /// Its number.
        public let server: Int
        /// When, from the beginning, in seconds.
        public let at: Double
        /// Until a write was answered that was made since, in nanoseconds; nil where none was.
        public let outage: Int64?
    }

    init(_ trial: ClusterTrial, _ measurement: StoreMeasurement, operations: Int) {
        let plan = trial.plan
        self.protocol = plan.replication.rawValue
        (nodes, durability) = (plan.replicas, plan.durability.rawValue)
        (clients, window, payload) = (plan.clients, plan.window, plan.payload)
        seed = plan.seed.rawValue
        seconds = (measurement.end - measurement.begin).inSeconds
        let waits = measurement.waits
        (writes, throughput) = (waits.count, measurement.throughput)
        latency = waits.last.map {
            Latency(
                p50: StoreMeasurement.wait(of: waits, share: 0.5).nanoseconds,
                p99: StoreMeasurement.wait(of: waits, share: 0.99).nanoseconds,
                max: $0.nanoseconds)
        }
        faults = measurement.faults.map {
            Fault(
                kind: $0.fault.kind.rawValue, role: $0.fault.role.rawValue, server: $0.server,
                at: ($0.at - measurement.begin).inSeconds,
                outage: measurement.outage(after: $0)?.nanoseconds)
        }
        checked = operations
    }
}
