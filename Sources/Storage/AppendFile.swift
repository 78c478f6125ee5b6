/// A file that grows by appends and says when they are durable.
///
/// Durability is in the name of the call: `append` leaves the bytes in the page cache, where they
/// survive the process but not the machine; `appendAndSync` returns when they and all earlier ones
/// are on the device (as far as the device keeps its word); `sync` makes that so for what was
/// appended before. With io_uring, `appendAndSync` is one entry into the kernel: the write and the
/// sync are linked.
///
///     var file = try AppendFile(path: "journal", options: .init(engine: .automatic))
///     let offset = try file.appendAndSync(record.span)
///     try file.close()
///
/// The file has one writer: an exclusive lock (`flock`) keeps other openers out, in this process
/// and in others. Bytes are appended as they are, without framing: after a crash the last append
/// may be there in part, and it is the caller's format that finds the end of what is whole
/// (`truncate(to:)` cuts the rest off).
///
/// A short write is continued and a signal is no failure. When there is no room (`ENOSPC`,
/// `EDQUOT`, `EFBIG`) the append is undone and the file stays usable. After any other failure, a
/// failed sync above all, the file is poisoned: it refuses everything until it is opened again and
/// checked, because the kernel reports lost writes once and calls the next sync a success. A limit
/// on file sizes (`RLIMIT_FSIZE`) raises `SIGXFSZ`, which the process must ignore to see `EFBIG`.
///
/// One thread at a time; which threads is said on opening. `SharedAppendFile` is for many threads
/// at once.
public struct AppendFile: ~Copyable {
    private var log: AppendLog<SystemOperations>

    /// Opens the file at `path` for appending at its end, creating it if `options` say so.
    ///
    /// Locks the file, and syncs its directory so that its name is as durable as its content.
    ///
    /// - Throws: `StorageError.ringUnavailable` when io_uring was asked for and cannot be had,
    ///   `.locked` when there is another opener, `.notARegularFile`, or `.refused` with the step.
    public init(
        path: String, options: Options, threads: ThreadUse = .one
    ) throws(StorageError) {
        log = try AppendLog(
            path: path, options: options,
            operations: SystemOperations(for: options.engine, threads: threads, path: path))
    }

    /// The way to the kernel that this file takes.
    public var engine: Engine { log.operations.engine }

    /// Where the file is.
    public var path: String { log.path }

    /// Where the next append goes: how many bytes the content has.
    public var length: UInt64 { log.length }

    /// What poisoned the file, if anything did.
    public var failure: StorageError? { log.failure }

    /// How often the kernel was asked to sync the file's data since it was opened.
    public var syncs: UInt64 { log.syncs }

    /// Appends `bytes` and returns the offset at which they begin. They are not durable yet.
    ///
    /// - Throws: `StorageError.refused(.write, …)`, with the append undone if there was no room.
    public mutating func append(_ bytes: Span<UInt8>) throws(StorageError) -> UInt64 {
        try log.append(bytes, thenSync: false)
    }

    /// Appends `bytes`, waits until they and everything before them are durable, and returns the
    /// offset at which they begin.
    ///
    /// - Throws: As `append` and `sync` do. Whoever gets an error does not know whether the bytes
    ///   will be there after a crash.
    public mutating func appendAndSync(_ bytes: Span<UInt8>) throws(StorageError) -> UInt64 {
        try log.append(bytes, thenSync: true)
    }

    /// Waits until everything appended so far is durable.
    ///
    /// - Throws: `StorageError.refused(.sync, …)`, and from then on `.poisoned`.
    public mutating func sync() throws(StorageError) { try log.sync() }

    /// Cuts the content to `length` bytes, durably: for a caller who found a torn append at the end.
    public mutating func truncate(to length: UInt64) throws(StorageError) {
        try log.truncate(to: length)
    }

    /// Closes the file and gives up its lock; it is closed whatever is thrown.
    ///
    /// Does not sync. Cuts off what was extended ahead (`Growth.zeroFilled`). A file that is
    /// dropped without this is closed too, but its end is not cut and nobody learns of an error.
    public consuming func close() throws(StorageError) { try log.close() }
}
