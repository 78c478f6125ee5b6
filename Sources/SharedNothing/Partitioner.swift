/// Says which worker a key goes to.
///
/// Use it as a generic constraint. A pool is given a `Partitioning`, which names one of these.
public protocol Partitioner: Sendable {
    /// Index of the worker for `key`, from 0 up to but not including `count`, which is at least 1.
    ///
    /// Mutating because a partitioner may count; one thread at a time.
    mutating func index<Key: PartitionKey>(of key: Key, among count: Int) -> Int
}

/// By the hash alone: the high word of hash × count. Even, about two nanoseconds, and nearly all
/// keys move when the number of workers changes.
///
/// Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019: a
/// multiplication where a remainder would be a division.
@frozen
public struct HashPartitioner: Partitioner {
    /// The partitioner, which has no state.
    @inlinable public init() {}

    /// See `Partitioner`. O(1).
    @inlinable @inline(__always)
    public func index<Key: PartitionKey>(of key: Key, among count: Int) -> Int {
        Int(truncatingIfNeeded: key.partitionHash.multipliedFullWidth(by: UInt64(count)).high)
    }
}

/// By jump consistent hash: one more worker takes 1/N of the keys, from all others alike, and no
/// other key moves.
///
/// Source: Lamping and Veach, "A fast, minimal memory, consistent hash algorithm", 2014
/// (arXiv:1406.2294), without deviation. Workers of a pool are numbered and leave from the end,
/// which is all that jump hash can do; for that it is perfectly even, where a ring of 160 virtual
/// nodes a worker has a spread of 8 % (see `AnkhRing`, for nodes that leave in any order).
@frozen
public struct ConsistentPartitioner: Partitioner {
    /// The partitioner, which has no state.
    @inlinable public init() {}

    /// See `Partitioner`. O(log count).
    @inlinable @inline(__always)
    public func index<Key: PartitionKey>(of key: Key, among count: Int) -> Int {
        var state = key.partitionHash
        var owner = 0
        var next = 0
        while next < count {
            owner = next
            state = state &* 2_862_933_555_777_941_757 &+ 1
            // Below 2⁶³ while `count` is below 2³¹, which a pool's is.
            next = Int(Double(owner &+ 1) * (0x1p31 / Double((state &>> 33) &+ 1)))
        }
        return owner
    }
}

/// By ranges of the key itself: neighbours stay together, for workers that scan.
///
/// Keys go by their `partitionOrder`. Of strings and bytes that is the first 8 bytes: those that
/// begin alike ("customer-a", "customer-b") lie in one range and cannot bound different ones.
@frozen
public struct RangePartitioner: Partitioner, Equatable {
    /// Ascending; keys below the first go to worker 0, keys from bound i on to worker i + 1.
    public let bounds: [UInt64]

    /// Ranges that begin at `bounds`.
    ///
    /// - Throws: `PoolError.boundsNotAscending` unless each bound is above the one before, of
    ///   strings and bytes in their first 8 bytes.
    public init(bounds: [some PartitionKey]) throws(PoolError) {
        let orders = bounds.map(\.partitionOrder)
        for index in orders.indices.dropFirst() where orders[index - 1] >= orders[index] {
            throw .boundsNotAscending(index: index)
        }
        self.bounds = orders
    }

    /// Number of workers that the bounds are made for.
    public var workers: Int { bounds.count + 1 }

    /// See `Partitioner`; ranges beyond the last worker go to the last. O(log bounds).
    @inlinable
    public func index<Key: PartitionKey>(of key: Key, among count: Int) -> Int {
        let order = key.partitionOrder
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] <= order { low = middle + 1 } else { high = middle }
        }
        return min(low, count - 1)
    }
}

/// One after the other, whatever the key: after any number of calls, no worker has got more than
/// one more than another.
///
/// It counts for itself: of several senders each takes turns of its own.
@frozen
public struct RoundRobinPartitioner: Partitioner {
    @usableFromInline var next: Int

    /// Begins with worker `first`, modulo the number of workers.
    @inlinable
    public init(first: Int = 0) {
        precondition(first >= 0, "the first worker is \(first)")
        next = first
    }

    /// See `Partitioner`. O(1).
    @inlinable @inline(__always)
    public mutating func index<Key: PartitionKey>(of key: Key, among count: Int) -> Int {
        turn(among: count)
    }

    /// The next worker.
    @inlinable @inline(__always)
    public mutating func turn(among count: Int) -> Int {
        // A comparison where a remainder would be a division; the rest only after a resize.
        if _slowPath(next >= count) { next = count > 0 ? next % count : 0 }
        let index = next
        next = index &+ 1
        return index
    }
}

/// By a rule of the caller's own.
public struct CustomPartitioner: Partitioner {
    @usableFromInline let rule: @Sendable (_ key: KeyPlace, _ count: Int) -> Int

    /// Partitions by `rule`, which gets the key and the number of workers, and is to give the
    /// index of one of them. A send for which it gives another number fails with
    /// `SendRefusal.partitionOutOfRange`.
    ///
    /// It is called in the middle of a send, for which a resize and a stop of the pool wait: it
    /// must return soon, and must not call the pool.
    public init(_ rule: @escaping @Sendable (_ key: KeyPlace, _ count: Int) -> Int) {
        self.rule = rule
    }

    /// See `Partitioner`.
    @inlinable
    public func index<Key: PartitionKey>(of key: Key, among count: Int) -> Int {
        rule(KeyPlace(key), count)
    }
}
