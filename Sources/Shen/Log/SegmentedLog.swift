public import Quantities
public import StateMachines
public import Storage

/// An append-only log in segment files: records with consecutive offsets from 0.
///
///     let log = try SegmentedLog(
///         path: "events", options: .init(durability: .group(maxDelay: .zero)))
///     let offset = try log.append(RecordBatch(event.span, time: now)).first
///     var cursor = try log.subscribe(from: offset)
///     let records = try cursor.next(upTo: .kibibytes(64))
///
/// Segments roll by size and are removed whole by `retire`. Each has a sparse index, from which a read goes
/// on frame by frame (Kreps, Narkhede and Rao, "Kafka: a distributed messaging system for log processing",
/// 2011); offsets count records, as Kafka's have since 0.8, and not bytes as in the paper.
///
/// **What a return means.** When `append` returns, the batch is in the log whole, as durably as
/// `Options.durability` says. When there is no room it throws, the batch is not in the log and will not be
/// after a crash, and the log stays usable. A failed sync, and any other failure that leaves it unknown what
/// the device holds, poisons the log: it refuses changes until it is opened again, and still reads; what
/// was being appended then may be there after a crash.
///
/// **What is seen.** With `Durability.none` readers see what was appended; otherwise what is durable: a
/// record that was read is not taken back by a crash. `truncate` takes records back, and who reads behind
/// the cut is told so.
///
/// **What opening promises.** All that was ever acknowledged as durable is there, batches whole. An end
/// that a crash has torn is cut off and reported in `recovery`; every other byte that is not as it was
/// written is an error with file and position, on opening or when it is read. What opening shows is
/// durable.
///
/// **Producers.** A batch with a `ProducerStamp` is stored once however often it is appended, across crashes
/// as well: what is known of producers follows from the log, and each segment begins with a copy.
///
/// One opener at a time: the file `LOCK` in the log's directory is locked (`flock`). Any thread may call
/// anything at any time; readers do not wait for appends.
public final class SegmentedLog: Sendable {
    /// Where the log is: a directory that it has for itself.
    public let path: String
    /// When an append counts as done.
    public let durability: Durability
    let engine: LogEngine<SystemOperations>

    /// Opens the log in the directory `path`, and makes it where there is none if `options` say so.
    ///
    /// Reads the header of every segment, and the last segment whole: O(segments + its bytes).
    ///
    /// - Throws: `.storage` with `.locked` when there is another opener; with `.store`, file and reason
    ///   when the content is not what a log wrote; with `.refused` and the step.
    public init(path: String, options: Options) throws(LogError) {
        self.path = path
        durability = options.durability
        let setting = LogSetting<SystemOperations>(path: path, options: options) {
            SystemOperations(because: .asked)
        }
        engine = try translating { () throws(StorageError) in try LogEngine(setting) }
    }

    /// What tells this log from others; given when it was made.
    public var identity: LogIdentity { engine.identity }

    /// What opening found.
    public var recovery: LogRecovery { engine.recovery }

    /// The offsets of the records that readers may see.
    public var offsets: Range<UInt64> {
        let view = engine.currentView
        return view.first..<max(view.first, view.end)
    }

    /// What the log has done since it was opened.
    public var statistics: LogStatistics { engine.locked { engine.counts } }

    /// What poisoned the log, if anything did.
    public var failure: StorageError? { engine.locked { engine.failure } }

    /// Appends a batch, waits until it is as durable as `durability` says, and returns where its records
    /// are. O(bytes).
    ///
    /// - Parameter stamp: Who sends the batch and which of its batches it is, where the log is to see to it
    ///   that it is stored once. A batch that was stored before is answered with the place of the first.
    /// - Throws: `.emptyBatch`; `.batchTooLarge`; `.producer` where the batch is not the producer's next;
    ///   `.storage` with what the kernel refused, for every batch of the group, with `.poisoned` after an
    ///   earlier failure, or with `.closed`.
    @discardableResult
    public func append(
        _ batch: RecordBatch, stamp: ProducerStamp? = nil
    ) throws(LogError) -> Appended {
        try engine.append(batch, stamp)
    }

    /// The record at `offset`. O(log n), one or two reads of a file.
    ///
    /// - Throws: `.offsetTooOld` where retention has removed it, `.offsetBeyondEnd` where there is none
    ///   yet; `.storage` with `.store` where it is not as it was written.
    public func read(_ offset: UInt64) throws(LogError) -> LogRecord {
        guard let record = try engine.records(from: offset, upTo: 1).first else {
            preconditionFailure("no record of \(offset), and no error")
        }
        return record
    }

    /// The records from `offset` on: at least one, and no more once their bytes have reached `limit`; all
    /// of one segment. Throws what `read` throws.
    public func records(from offset: UInt64, upTo limit: ByteCount) throws(LogError) -> [LogRecord]
    {
        try engine.records(from: offset, upTo: Int(limit.rawValue))
    }

    /// A cursor that begins with the record at `offset`, which may be the next one to come.
    ///
    /// - Throws: `.offsetTooOld`, `.offsetBeyondEnd`; `.storage` with `.closed`.
    public func subscribe(from offset: UInt64) throws(LogError) -> LogCursor {
        LogCursor(try engine.cursor(from: offset))
    }

    /// Reads everything and checks it; gives the number of bytes. A read checks what it reads, and opening
    /// the last segment: this finds what has been damaged and was not looked at. O(bytes).
    ///
    /// - Throws: `.storage` with `.store` for the first thing that is not as it was written.
    @discardableResult
    public func verify() throws(LogError) -> UInt64 { try engine.verify() }

    /// Removes the oldest segments as long as `policy` does not want them, and says how many. The newest
    /// one stays. Nothing calls it by itself.
    ///
    /// - Parameter now: The time, by the clock that batches are stamped with.
    @discardableResult
    public func retire(_ policy: LogRetention, now: Moment) throws(LogError) -> Int {
        try engine.retire(policy, now: now.nanoseconds)
    }

    /// Removes all records from `offset` on, durably: a replica does when it learns that they were never
    /// agreed on. O(bytes of the segment that is cut).
    ///
    /// - Throws: `.offsetTooOld`, `.offsetBeyondEnd`; `.insideBatch`; `.storage`.
    public func truncate(to offset: UInt64) throws(LogError) { try engine.truncate(to: offset) }

    /// Waits until everything that was appended is durable: for `Durability.none`.
    ///
    /// - Throws: `.storage` with `.refused(.sync, …)`, and from then on with `.poisoned`.
    public func sync() throws(LogError) { try engine.sync() }

    /// Lets the appends under way finish, makes everything durable and closes the files, whatever is
    /// thrown. Cursors end with `.closed`.
    public func close() throws(LogError) { try engine.close() }
}

/// A subscriber's place in a log: it asks for records when it wants them, so that nothing piles up.
///
/// A copy is another place. One thread at a time.
public struct LogCursor: Sendable {
    private var cursor: EngineCursor<SystemOperations>

    init(_ cursor: EngineCursor<SystemOperations>) { self.cursor = cursor }

    /// The offset that is read next.
    public var position: UInt64 { cursor.position }

    /// The next records: at least one, no more once their bytes have reached `limit`, all of one segment.
    /// None where the log's end is reached and nothing came within `patience`.
    ///
    /// - Throws: `.offsetTooOld` where retention has overtaken the cursor, `.truncated` where the log was
    ///   cut back below it; `.storage` with damage, or with `.closed`. The cursor stays where it is.
    public mutating func next(
        upTo limit: ByteCount, waiting patience: Nanoseconds = .zero
    ) throws(LogError) -> [LogRecord] {
        try cursor.next(
            upTo: Int(limit.rawValue), nanoseconds: UInt64(max(0, patience.rawValue)))
    }
}
