/// By which partitioner a pool gives keys to workers.
public enum Partitioning: Sendable {
    /// `HashPartitioner`.
    case hash
    /// `ConsistentPartitioner`.
    case consistent
    /// `RangePartitioner`, with a bound less than there are workers. Such a pool cannot be resized.
    case range(RangePartitioner)
    /// `RoundRobinPartitioner`, which each sender has for itself.
    case roundRobin
    /// `CustomPartitioner`.
    case custom(CustomPartitioner)

    /// What suits a pool without a word about it: `range` where there are bounds, otherwise
    /// `consistent` where the pool may be resized, otherwise `hash`.
    public static func automatic(
        bounds: RangePartitioner? = nil, isResizable: Bool = true
    ) -> Partitioning {
        if let bounds { return .range(bounds) }
        return isResizable ? .consistent : .hash
    }

    /// Whether a key belongs to one worker.
    public var hasOwners: Bool {
        if case .roundRobin = self { false } else { true }
    }

    /// Whether a resize moves only the keys that it has to.
    public var movesFewest: Bool {
        if case .consistent = self { true } else { false }
    }

    /// Index for `key`; of a custom rule whatever it says.
    @usableFromInline
    func index<Key: PartitionKey>(
        of key: Key, among count: Int, turn: inout RoundRobinPartitioner
    ) -> Int {
        switch self {
        case .hash: HashPartitioner().index(of: key, among: count)
        case .consistent: ConsistentPartitioner().index(of: key, among: count)
        case .range(let partitioner): partitioner.index(of: key, among: count)
        case .roundRobin: turn.turn(among: count)
        case .custom(let partitioner): partitioner.index(of: key, among: count)
        }
    }

    /// The case without what it carries, so that the hot path looks at a byte and counts no
    /// references.
    var quick: Quick {
        switch self {
        case .hash: .hash
        case .consistent: .consistent
        case .roundRobin: .roundRobin
        case .range, .custom: .other
        }
    }

    @frozen @usableFromInline
    enum Quick: UInt8, Sendable {
        case hash, consistent, roundRobin, other
    }
}
