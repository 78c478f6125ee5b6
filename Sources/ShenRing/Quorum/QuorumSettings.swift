public import StateMachines

/// How a leader makes sure that what it reads is not stale.
public enum ReadPolicy: String, Hashable, Sendable, CaseIterable {
    /// It asks a majority whether it still leads (thesis §6.4): safe whatever clocks do.
    case readIndex
    /// It trusts, for less than the election timeout after a majority followed it, that nobody else
    /// was elected (thesis §6.4.1): safe while clocks drift by less than the bound and never leap.
    case lease
}

/// How a node of a quorum behaves; the same at all nodes of a cluster.
public struct QuorumSettings: Hashable, Sendable {
    /// The cluster.
    public let cluster: ClusterID
    /// A node that has not heard of a leader for this long or, by chance, up to twice as long
    /// stands for election; until then it votes for nobody else.
    public var electionTimeout: Span = .milliseconds(1_000)
    /// How often a leader makes itself heard; at most half the election timeout.
    public var heartbeat: Span = .milliseconds(100)
    /// How a leader reads.
    public var reads: ReadPolicy = .readIndex
    /// Whether followers answer reads, by a read index that they ask their leader for (thesis
    /// §6.4), or send clients to the leader.
    public var servesFollowerReads = true
    /// The most that a clock runs fast or slow, as a share; leases are shorter by it.
    public var driftBound = 1e-3
    /// The most bytes of entries in a message; one entry goes at any size.
    public var batchBytes = 64 << 10
    /// The most messages with entries that a leader has under way to a follower.
    public var window = 64
    /// The most bytes of entries that a leader has under way to a follower, but for the last
    /// message.
    public var windowBytes = 1 << 20
    /// The most bytes of entries that are not committed; beyond, a leader takes no requests.
    public var uncommittedBytes = 8 << 20
    /// The most reads that a node keeps waiting; beyond, it takes none.
    public var waitingReads = 65_536
    /// The most bytes of a snapshot in a message.
    public var snapshotPartBytes = 64 << 10
    /// The most bytes of a snapshot that a follower takes.
    public var snapshotBytes = 1 << 30
    /// When the node compacts by itself; nil where the application says when.
    public var compaction: CompactionRule?
    /// How far a learner may be behind, in entries, to be made a voter.
    public var promotionLag: UInt64 = 1_000
    /// Whether a leader with nothing else to send tells followers at once how far the log is
    /// committed, or with its next message or heartbeat.
    public var announcesCommits = true
    /// Nodes that a leader lets in when they ask for it: as learners first, and as voters once they have caught
    /// up. They ask `contacts` until they vote. Empty where the application alone changes members.
    public var admitted: [NodeID] = []
    /// Whom those ask who are to be let in: founders, say. Who does not lead passes nothing on, so that a leader
    /// should be among them.
    public var contacts: [NodeID] = []
    /// The mistake that the node makes.
    package var planted = Planted<QuorumMistake>()

    /// The defaults for a local network, for this cluster.
    public init(cluster: ClusterID) { self.cluster = cluster }

    /// How long after a round began its acknowledgement by a majority is a lease. A follower's
    /// promise lasts an election timeout of its clock, which may run fast by the bound while the
    /// leader's runs slow by it.
    public var leaseSpan: Span {
        electionTimeout.scaled(by: (1 - driftBound) / (1 + driftBound))
    }

    /// Finds timeouts, bounds and limits that cannot be.
    public func validate() throws(QuorumError) {
        guard heartbeat > .zero, heartbeat.nanoseconds <= electionTimeout.nanoseconds / 2 else {
            throw .heartbeat(heartbeat, electionTimeout: electionTimeout)
        }
        // Written so that what is not a number fails as well.
        guard driftBound >= 0, driftBound < 1 else { throw .drift(driftBound) }
        let limits = [
            ("batchBytes", batchBytes), ("window", window), ("windowBytes", windowBytes),
            ("uncommittedBytes", uncommittedBytes), ("snapshotPartBytes", snapshotPartBytes),
            ("snapshotBytes", snapshotBytes), ("compaction.entries", compaction?.entries ?? 1),
            ("compaction.bytes", compaction?.bytes ?? 1),
        ]
        for (name, value) in limits where value < 1 {
            throw .limit(name, value, least: 1)
        }
        for (name, value) in [
            ("waitingReads", waitingReads), ("compaction.keeping", compaction?.keeping ?? 0),
        ] where value < 0 {
            throw .limit(name, value, least: 0)
        }
    }
}

/// How a node that has an empty disk begins.
public enum QuorumOrigin: Hashable, Sendable {
    /// As one of those that found the cluster together. To be used for the first start of a node,
    /// and never again: a founder that lost its disk joins as another incarnation.
    case founding([NodeID])
    /// As a new member that waits to be let in as a learner, under this number: a node's first disk
    /// in a cluster that it did not found may be any but 0, and every later disk one that was not
    /// used.
    case joining(incarnation: UInt32)
}
