import Cluster
import Network
import PeerServers
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
        let operations = try session.audit().operations
        return ClusterReport(
            self, measurement, operations: operations, dropped: session.dropped)
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
    /// What parts them: `process` on loopback, a network `namespace` for each, or that each is on a `host`.
    public let isolation: String
    /// The hosts that servers are on, by their numbers; nil where all are on this machine.
    public let hosts: [String]?
    /// What connections went over: `io_uring`, or `nio`, which is SwiftNIO.
    public let transport: String
    /// Whether everybody had to prove who he is, by TLS.
    public let hasTLS: Bool
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
    /// What was between servers, and between them and clients; nil for nothing: they were called where
    /// they listen.
    public let links: Links?
    /// What was done to servers.
    public let faults: [Fault]
    /// Operations of two more clients that were checked.
    public let checked: Int
    /// What servers and clients could not send, from the beginning to the end of the check.
    public let dropped: DroppedMessages

    /// Waits by rank, in nanoseconds.
    public struct Latency: Encodable, Sendable {
        /// Half of them waited no longer than this.
        public let p50: Int64
        /// 99 of 100 waited no longer than this.
        public let p99: Int64
        /// Nobody waited longer than this.
        public let max: Int64
    }

    /// Links, and how well they were kept.
    public struct Links: Encodable, Sendable {
        /// What made them: `relay`, a thread of this process that passes bytes on when they are due, or
        /// `netem`, the kernel, which does so with packets.
        public let kind: String
        /// The round-trip time, in nanoseconds.
        public let roundTrip: Int64
        /// By how much messages came sooner or later, one way, in nanoseconds.
        public let jitter: Int64
        /// The share of segments that were to be lost.
        public let loss: Double
        /// What a link took, one way, in bytes a second; nil for no limit.
        public let rate: Int?
        /// Segments that were lost; nil where the kernel did that.
        public let lost: UInt64?
        /// By how much bytes were passed on later than they were due, in nanoseconds, one way; nil where
        /// none were.
        public let late: Latency?
    }

    /// What was done to a server.
    public struct Fault: Encodable, Sendable {
        /// `kill`, `freeze`, `cut` or `reset`.
        public let kind: String
        /// What the server did at that time.
        public let role: String
        /// Its number.
        public let server: Int
        /// When, from the beginning, in seconds.
        public let at: Double
        /// For how long it lasted in fact, in seconds; nil for a kill for good, and for a reset.
        public let lasted: Double?
        /// Of a cut: `both` ways, or `in` or `out` alone.
        public let direction: String?
        /// Until a write was answered that was made since, in nanoseconds; nil where none was.
        public let outage: Int64?
        /// Of one that came back: what it did then; nil where it had no place in the end. A follower has
        /// heard of its leader.
        public let returnedAs: String?
        /// From when it was started again until then, in nanoseconds.
        public let returnedAfter: Int64?
    }

    init(
        _ trial: ClusterTrial, _ measurement: StoreMeasurement, operations: Int,
        dropped: DroppedMessages
    ) {
        let plan = trial.plan
        self.protocol = plan.replication.rawValue
        (nodes, durability) = (plan.replicas, plan.durability.rawValue)
        (transport, hasTLS) = (plan.transport.name, plan.transport.certificate != nil)
        isolation = !plan.hosts.isEmpty ? "host" : plan.isIsolated ? "namespace" : "process"
        hosts =
            plan.hosts.isEmpty
            ? nil
            : (0..<plan.replicas).map { plan.hosts[$0 % plan.hosts.count].destination }
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
        links = plan.links.map {
            Links($0, by: measurement.linkKind ?? .relay, measurement.relayed)
        }
        faults = measurement.faults.map { Fault($0, in: measurement) }
        (checked, self.dropped) = (operations, dropped)
    }
}

extension ClusterReport.Links {
    fileprivate init(
        _ conditions: LinkConditions, by kind: LinkKind, _ relayed: RelayStatistics?
    ) {
        self.kind = kind.rawValue
        roundTrip = (conditions.delay * 2).nanoseconds
        jitter = conditions.jitter.nanoseconds
        (loss, rate, lost) = (conditions.loss, conditions.rate, relayed?.lost)
        let lateness = relayed?.lateness
        if let p50 = lateness?.within(share: 0.5), let p99 = lateness?.within(share: 0.99),
            let longest = lateness?.longest
        {
            late = ClusterReport.Latency(
                p50: p50.nanoseconds, p99: p99.nanoseconds, max: longest.nanoseconds)
        } else {
            late = nil
        }
    }
}

extension ClusterReport.Fault {
    fileprivate init(_ done: StoreMeasurement.Fault, in measurement: StoreMeasurement) {
        let fault = done.fault
        (kind, role, server) = (fault.kind.rawValue, fault.role.rawValue, done.server)
        at = (done.at - measurement.begin).inSeconds
        lasted = done.undone.map { ($0 - done.at).inSeconds }
        direction = fault.kind == .cut ? fault.direction.rawValue : nil
        outage = measurement.outage(after: done)?.nanoseconds
        returnedAs = done.returned?.role
        if let returned = done.returned, let undone = done.undone {
            returnedAfter = (returned.at - undone).nanoseconds
        } else {
            returnedAfter = nil
        }
    }
}
