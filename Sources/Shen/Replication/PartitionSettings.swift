public import ShenRing
public import StateMachines

/// How a partition's replicas behave; the same at all of them but for `life`.
public struct PartitionSettings: Sendable {
    /// Whose messages they are.
    public var cluster: ClusterID
    /// The key whose writes are batches of this log: many logs may share one replication.
    public var key: UInt64
    /// The nodes that have replicas, to ask when it is not known who takes writes.
    public var replicas: [NodeID]
    /// How many producers are remembered. Replicas must not differ in it.
    public var producerLimit = 1 << 16
    /// After how long without an outcome a batch is sent again.
    public var retry: Span = .milliseconds(100)
    /// How many batches of its own a node has under way at once: no more than the producers' table knows
    /// by place.
    public var window = ProducerTable.remembered
    /// How many appends may wait.
    public var waiting = 4_096
    /// The defect that the replicas have, in tests of the tests.
    package var planted = Planted<PartitionMistake>()

    /// Replicas of the log `key` on these nodes.
    public init(cluster: ClusterID, key: UInt64, replicas: [NodeID]) {
        self.cluster = cluster
        self.key = key
        self.replicas = replicas
    }

    /// Whether this mistake is to be made.
    func has(_ mistake: PartitionMistake) -> Bool {
        planted.has(mistake)
    }
}

/// Mistakes of replicated logs, by name; without `PLANTED_DEFECTS` nothing can be planted.
public enum PartitionMistake: String, CaseIterable, Sendable {
    /// A batch that was sent again, because no answer came, is stored again (Kafka before KIP-98).
    case retryStoredTwice
    /// An append is answered when it was sent, before it is agreed on.
    case answeredBeforeAgreed
    /// Entries that are told again after a restart are applied again.
    case retoldApplied
    /// A replica that was given a state instead of entries goes on with the offsets that it has.
    case gapPassedOver
    /// A restarted node goes on in the epoch of its earlier life.
    case epochReused
    /// The protocol lets a state stand for entries whose records are not durable.
    case droppedBeforeDurable
    /// A replica that lacks records lets a state stand for entries that are in no file.
    case droppedWhileBehind
    /// A replica that was stopped while it copied records takes what it has for all.
    case baseUnchecked
}
