import Quantities

/// A file to which many threads append, with syncs that they share.
///
/// What holds for `AppendFile` holds here: appends are whole and in order, the lock, the poisoning
/// after a failed sync. How durable an append is when its call returns is `durability`, for all
/// callers alike; with `Durability.group` the callers that append at the same time share one write
/// and one sync. When a group finds no room, all its appends fail and are undone.
///
/// Any thread may call anything at any time. A caller is blocked until its append is done.
public final class SharedAppendFile: Sendable {
    /// When an append counts as done.
    public let durability: Durability
    /// The way to the kernel that this file takes.
    public let engine: AppendFile.Engine
    /// Where the file is.
    public let path: String

    private let queue: CommitQueue<AppendLog<SystemOperations>>

    /// Opens the file at `path` as `AppendFile` does.
    ///
    /// - Parameter groupCapacity: How many bytes a group gathers at most; at least one, and memory
    ///   for two groups is held. An append of more makes a group of its own.
    /// - Throws: What `AppendFile.init` throws.
    public init(
        path: String, options: AppendFile.Options, durability: Durability,
        groupCapacity: ByteCount = .mebibytes(1)
    ) throws(StorageError) {
        let operations = try SystemOperations(for: options.engine, threads: .any, path: path)
        engine = operations.engine
        self.durability = durability
        self.path = path
        queue = CommitQueue(
            log: try AppendLog(path: path, options: options, operations: operations),
            durability: durability, groupCapacity: Int(groupCapacity.rawValue))
    }

    /// How many bytes the content has, without appends under way.
    public var length: UInt64 { queue.committedLength }

    /// What poisoned the file, if anything did.
    public var failure: StorageError? { queue.poison }

    /// What was committed in groups so far.
    public var statistics: CommitStatistics { queue.statistics }

    /// Appends `bytes`, waits until they are as durable as `durability` says, and returns the offset
    /// at which they begin.
    ///
    /// - Throws: `StorageError.refused` with the step that failed, for every append of the group;
    ///   `.poisoned` after an earlier failure; `.closed`.
    public func append(_ bytes: Span<UInt8>) throws(StorageError) -> UInt64 {
        try queue.append(bytes)
    }

    /// Waits until everything whose append has returned is durable.
    ///
    /// - Throws: `StorageError.refused(.sync, …)`, and from then on `.poisoned`.
    public func sync() throws(StorageError) { try queue.sync() }

    /// Lets the appends under way finish, refuses new ones, and closes the file; it is closed
    /// whatever is thrown. Does not sync what was appended with `Durability.none`.
    public func close() throws(StorageError) { try queue.close() }
}
