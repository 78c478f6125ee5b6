/// Why a step on a file failed.
enum StepFailure: Error, Hashable, Sendable {
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
struct WriteOutcome: Equatable, Sendable {
    /// What became of the sync.
    enum Sync: Equatable, Sendable {
        /// What was written is durable.
        case done
        /// None was asked for, it did not run, or it may have run before the write.
        case skipped
        /// It failed: it is unknown what is durable, and no later sync can tell.
        case failed(ErrorNumber)
    }

    /// How many bytes were written, which may be fewer than asked for; or why none were.
    var write: Result<Int, ErrorNumber>
    /// What became of the sync; `skipped` unless the write was whole.
    var sync: Sync
}

/// What the storage engine asks of a file system, one attempt each: a short write, an interruption
/// or an error is handed up as it is, and `AppendLog` makes of it what is right.
///
/// There are two implementations: `SystemOperations`, and the tests' one, which injects faults and
/// keeps a log. Callers are generic over it, so that the real one is called directly.
protocol FileOperations: ~Copyable {
    /// Opens the file at `path` with the given `open(2)` flags.
    func open(
        _ path: String, flags: Int32, permissions: UInt32
    ) throws(StepFailure) -> Int32

    /// The size of a file, which must be a regular one.
    func size(of file: Int32) throws(StepFailure) -> UInt64

    /// Takes the exclusive lock, without waiting for another holder.
    func lock(_ file: Int32) throws(StepFailure)

    /// Makes the directory entry of the file at `path` durable.
    func syncDirectory(of path: String) throws(StepFailure)

    /// Cuts or extends the file to `length`.
    func truncate(_ file: Int32, to length: UInt64) throws(StepFailure)

    /// Releases the file and its lock.
    func close(_ file: Int32) throws(StepFailure)

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
