public import Randomness
import ShenRing
public import Simulation
public import StateMachines

/// Figures of a quorum without faults, in virtual time: what its protocol costs on a network, a
/// disk and processors that are given.
///
/// Servers are nodes 0 and up, and node 0 is not always the leader. Clients are nodes of their own
/// with the same costs, so there must be enough of them that they are not what is measured.
public struct QuorumExperiment: Sendable {
    /// Where reads go.
    public enum Reads: String, Hashable, Sendable, CaseIterable {
        /// To the leader, which asks a majority.
        case leader
        /// To the leader, which has a lease.
        case lease
        /// To a follower, which asks the leader, which asks a majority.
        case follower
    }

    /// How many voters there are.
    public var replicas = 3
    /// How many clients ask.
    public var clients = 8
    /// How many requests each client has under way.
    public var window = 1
    /// How long a client waits between an answer and its next request.
    public var pause = Span.zero
    /// The bytes of a value.
    public var valueBytes = 64
    /// The share of reads, 0 to 1.
    public var readShare = 0.0
    /// Where they go.
    public var reads = Reads.leader
    /// What a message takes one way; a round trip is twice that.
    public var delay = DelayDistribution.constant(.microseconds(250))
    /// The share of messages that are lost.
    public var loss = 0.0
    /// What a sync takes.
    public var sync = DelayDistribution.constant(.microseconds(500))
    /// What a message costs those who send and receive it.
    public var costs = ProcessingCosts.none
    /// The most messages with entries under way to a follower.
    public var pipeline = 64
    /// The most bytes of entries in a message.
    public var batchBytes = 64 << 10
    /// How long is not counted, and how long is.
    public var warmUp = Span.milliseconds(500), duration = Span.seconds(2)
    /// What the run is drawn from.
    public var seed = Seed(1)

    /// The defaults, changed where said afterwards.
    public init() {}

    /// What came of a run.
    public struct Measurement: Sendable {
        /// Operations that were invoked and answered within the time that counts.
        public var operations = 0
        /// Operations a second.
        public var throughput = 0.0
        /// What clients waited, in rising order.
        public var latencies: [Span] = []
        /// Messages that the leader sent and received for each operation.
        public var leaderMessages = 0.0
        /// What the checkers found; a figure with violations is none.
        public var violations: [String] = []
        /// Whether the check of the history gave up.
        public var isUnknown = false

        /// The latency that this share of the operations did not exceed, by the nearest rank; nil
        /// where there were none.
        public func latency(_ share: Double) -> Span? {
            guard !latencies.isEmpty else { return nil }
            let rank = (share * Double(latencies.count)).rounded(.up)
            return latencies[min(latencies.count, max(1, Int(rank))) - 1]
        }
    }

    /// Runs it and measures.
    public func run() -> Measurement {
        var world = QuorumBenchWorld(self)
        return world.measure()
    }

    var cluster: ClusterID { ClusterID(0x52) }

    /// How the servers are set: timeouts so long that nothing but load moves them.
    var settings: QuorumSettings {
        var settings = QuorumSettings(cluster: cluster)
        settings.reads = reads == .lease ? .lease : .readIndex
        settings.servesFollowerReads = reads == .follower
        settings.window = pipeline
        settings.windowBytes = 64 << 20
        settings.batchBytes = batchBytes
        settings.compaction = CompactionRule(entries: 50_000, keeping: 5_000)
        return settings
    }
}
