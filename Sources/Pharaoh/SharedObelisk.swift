import Storage

/// A crash-safe sequence of numbers for many threads: what `Obelisk` is for one.
///
/// What holds there holds here: the guarantee, the lock, the poisoning after a failed sync, what is
/// not covered. Any thread may call anything at any time; values are unique among all callers, and
/// rise for each of them. A caller is blocked until its value is durable.
///
///     let orders = try SharedObelisk(path: "orders", mode: .group(maxDelay: .microseconds(50)))
///     let number = try orders.next()
///
/// With `reserve`, a value costs one atomic addition to a word that all callers share. Where they
/// are many and fast, each has a `lane` instead, which takes values by the block.
public final class SharedObelisk: Sendable {
    /// Where the counter is.
    public let path: String
    /// What is done for a value.
    public let mode: ObeliskMode

    private let source: ObeliskSource<SystemOperations>

    /// Opens the counter at `path` as `Obelisk` does.
    ///
    /// - Throws: what `Obelisk.init` throws, and `ObeliskError.threadNotStarted`.
    public init(
        path: String, mode: ObeliskMode, creation: AppendFile.Creation = .ifMissing,
        startingAt first: UInt64 = 0
    ) throws(ObeliskError) {
        self.path = path
        self.mode = mode
        source = try ObeliskSource(
            ObeliskFile(
                path: path, creation: .init(creation, first: first),
                operations: SystemOperations(because: .asked)), mode: mode)
    }

    /// The next value.
    ///
    /// - Throws: `ObeliskError`; the value that the caller would have got is skipped.
    public func next() throws(ObeliskError) -> UInt64 { try source.next() }

    /// The next `count` values, 1 to 2^40, of which it gives the first.
    ///
    /// - Throws: as `next`; all of them are skipped.
    public func take(_ count: UInt64) throws(ObeliskError) -> UInt64 { try source.take(count) }

    /// The next value, for a task: it is suspended, and its thread is not blocked, until the value is durable.
    ///
    /// A group is whoever has come when the executor's thread is free; only where a thread leads it, it is held
    /// back as `group` says. Cancellation does not end the wait, which lasts for two syncs at most.
    ///
    /// - Throws: as for threads, and where the executor's thread cannot be started.
    nonisolated(nonsending) public func next() async throws(ObeliskError) -> UInt64 {
        try await source.next()
    }

    /// The next `count` values, 1 to 2^40, for a task; gives the first.
    ///
    /// - Throws: as `next`; all of them are skipped.
    nonisolated(nonsending) public func take(
        _ count: UInt64
    ) async throws(ObeliskError) -> UInt64 {
        try await source.take(count)
    }

    /// Whose thread syncs for tasks. Those that prefer it run on that thread and need no wake-up; started by
    /// the first to ask, or by the first task that has to wait.
    ///
    /// - Throws: `ObeliskError.file`, where the thread cannot be started.
    public var executor: CommitExecutor {
        get throws(ObeliskError) { try source.horizon.startedExecutor() }
    }

    /// A share of the values for one thread, which takes `count` of them at once: a few instructions
    /// a value. Values rise within a lane, not among lanes; what a lane has not given out when it is
    /// dropped, or when the process ends, is skipped.
    ///
    /// - Parameter count: from 1 to 2^40; no more than the reservation, or each block is a sync.
    public func lane(of count: UInt64) -> ObeliskLane { ObeliskLane(source, count: count) }

    /// How often the file was synced since it was opened.
    public var syncs: UInt64 { source.horizon.syncCount }

    /// What keeps values from being reserved, if anything does.
    public var failure: ObeliskError? { source.horizon.poison }

    /// How many bytes of the device the file takes up: one block, where files may have holes.
    public func allocated() throws(ObeliskError) -> UInt64 { try source.horizon.allocated() }

    /// Lets the reservation under way end, marks how far the counter has come, closes the file and
    /// gives up its lock. Calls that wait, and later ones, get an error.
    ///
    /// - Throws: what went wrong; the file is closed all the same.
    public func close() throws(ObeliskError) { try source.horizon.close() }
}

/// One thread's share of the values of a `SharedObelisk`.
///
/// One thread at a time; it may be handed to another. Keeps the sequencer's file open.
public struct ObeliskLane: ~Copyable, Sendable {
    @usableFromInline var values: ObeliskBlock

    init(_ source: ObeliskSource<SystemOperations>, count: UInt64) {
        precondition(count >= 1 && count <= 1 << 40, "a block of \(count) values")
        values = ObeliskBlock(source: source, count: count)
    }

    /// The next value: a few instructions as long as the block lasts.
    ///
    /// - Throws: `ObeliskError`, when values cannot be reserved; none is given out then.
    @inlinable @inline(__always)
    public mutating func next() throws(ObeliskError) -> UInt64 { try values.next() }
}
