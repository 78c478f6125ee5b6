/// Why a step on a file failed.
package enum StepFailure: Error, Hashable, Sendable {
    /// The kernel refused it.
    case refused(StorageError.Operation, ErrorNumber)
    /// Another opener holds the lock.
    case locked
    /// The path leads to something that is not a regular file.
    case notARegularFile
    /// It was not tried: the ring belongs to another thread.
    case wrongThread
}

/// What became of a write, and of the sync that was tied to it.
package struct WriteOutcome: Equatable, Sendable {
    /// What became of the sync.
    package enum Sync: Equatable, Sendable {
        /// What was written is durable.
        case done
        /// None was asked for, it did not run, or it may have run before the write.
        case skipped
        /// It failed: it is unknown what is durable, and no later sync can tell.
        case failed(ErrorNumber)
    }

    /// How many bytes were written, which may be fewer than asked for; or why none were.
    package var write: Result<Int, ErrorNumber>
    /// What became of the sync; `skipped` unless the write was whole.
    package var sync: Sync

    /// An outcome of these two parts.
    package init(write: Result<Int, ErrorNumber>, sync: Sync) {
        self.write = write
        self.sync = sync
    }
}

/// What the storage engine asks of a file system, one attempt each: a short write, an interruption
/// or an error is handed up as it is, and `AppendLog` makes of it what is right.
///
/// There are two implementations: `SystemOperations`, and the tests' one, which injects faults and
/// keeps a log. Callers are generic over it, so that the real one is called directly.
package protocol FileOperations: ~Copyable, SendableMetatype {
    /// Opens the file at `path` with the given `open(2)` flags.
    func open(
        _ path: String, flags: Int32, permissions: UInt32
    ) throws(StepFailure) -> Int32

    /// The size of a file, which must be a regular one.
    func size(of file: Int32) throws(StepFailure) -> UInt64

    /// Takes the exclusive lock. Another opener that uses the file keeps it; one whose process was
    /// killed may be waited for, for a fraction of a second.
    func lock(_ file: Int32) throws(StepFailure)

    /// Makes the directory entry of the file at `path` durable.
    func syncDirectory(of path: String) throws(StepFailure)

    /// Makes the entries of the directory at `path` durable.
    func syncDirectory(at path: String) throws(StepFailure)

    /// Makes a directory; its own entry is durable once its parent was synced.
    func makeDirectory(_ path: String, permissions: UInt32) throws(StepFailure)

    /// The names in a directory, without `.` and `..`, in the order of their bytes.
    func entries(ofDirectory path: String) throws(StepFailure) -> [String]

    /// Gives the file at `path` the name `newPath`, in the place of what had it, in one step.
    func rename(_ path: String, to newPath: String) throws(StepFailure)

    /// Removes the name of a file; openers keep it.
    func remove(_ path: String) throws(StepFailure)

    /// How many bytes of the device the file takes up, which for a sparse file are fewer than its
    /// size.
    func allocated(for file: Int32) throws(StepFailure) -> UInt64

    /// Cuts or extends the file to `length`.
    func truncate(_ file: Int32, to length: UInt64) throws(StepFailure)

    /// Drops the pages of the file that memory holds unchanged, so that the next reads ask the device.
    /// What was changed and not synced stays, and so does what another process has mapped.
    func dropCache(of file: Int32) throws(StepFailure)

    /// Releases the file and its lock.
    func close(_ file: Int32) throws(StepFailure)

    /// Reads up to `count` bytes at `offset` and puts them behind what `buffer` holds, which has room
    /// for them. Returns how many, which may be fewer than asked for, and are 0 at the file's end.
    mutating func read(
        _ count: Int, into buffer: inout IOBuffer, from file: Int32, at offset: UInt64
    ) throws(StepFailure) -> Int

    /// Writes `part` of `buffer` at `offset`; with `thenSync`, and if the write was whole, syncs as
    /// `sync` does, in as few steps as can be.
    ///
    /// What the kernel answers is in the outcome; what is thrown kept it from being asked, and the
    /// buffer may be gone.
    mutating func write(
        _ buffer: inout IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64,
        thenSync: Bool
    ) throws(StepFailure) -> WriteOutcome

    /// Makes the file's data durable, with the metadata needed to read it back.
    mutating func sync(_ file: Int32) throws(StepFailure)
}
