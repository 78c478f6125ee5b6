public import Shen
public import StateMachines
import Storage

/// Makes the records of a node durable on a thread of its own, so that no sync, no new file and no
/// checkpoint holds up the node's loop.
///
/// The loop hands records over and goes on. The thread takes all that came while it was away,
/// writes them and syncs once for all of them: a group commit whose groups are as large as a sync
/// is long, and which waits for nobody (Gawlick and Kinkade, "Varieties of concurrency control in
/// IMS/VS Fast Path", 1985). Then it says how far records are stored, and has the loop woken.
///
/// A thread rather than requests in the loop's own ring, which would save two wake-ups a group:
/// what a journal does beside writing and syncing (it begins files, replaces a manifest, removes
/// what a checkpoint made void) blocks, and a node that does not answer for the length of it is
/// suspected by others.
///
/// After a failure nothing is written any more: what the device holds is not known then, and the
/// node has to end.
///
/// One thread, the loop's, uses it. Who has made it has to `end` it.
public final class JournalWriter<Record: Sendable>: Sendable {
    private let queue: JournalQueue<Record>
    private let thread: WorkerThread

    /// Starts the thread over a disk.
    ///
    /// - Parameters:
    ///   - recovered: what the disk holds.
    ///   - wake: called on the thread whenever `stored` or `failure` has changed.
    ///
    /// - Throws: `.storage` where there is no thread to be had.
    public init<Disk: RecordDisk & ~Copyable>(
        _ disk: consuming Disk, recovered: [Record], durability: JournalDurability,
        compaction: JournalCompaction<Record>? = nil, wake: @escaping @Sendable () -> Void
    ) throws(LogError) where Disk.Record == Record {
        let queue = JournalQueue<Record>(wake: wake)
        let body = JournalThread(
            disk, recovered: recovered, durability: durability, compaction: compaction,
            queue: queue)
        do throws(StorageError) {
            thread = try WorkerThread { body.run() }
        } catch {
            throw .storage(error)
        }
        self.queue = queue
    }

    /// How many records of this life are stored, as its durability has it.
    public var stored: RecordPosition { queue.stored }

    /// Why it stores no more, once it does not.
    public var failure: LogError? { queue.failure }

    /// How many groups of records were stored.
    public var groups: UInt64 { queue.groups }

    /// Takes the records over, in order, and leaves none. O(1) where the thread has taken those
    /// before.
    public func store(_ records: inout [Record]) {
        if !records.isEmpty { queue.put(&records) }
    }

    /// Ends the thread, waits for it, and closes the disk.
    ///
    /// - Throws: what failed the journal, before or now.
    public func end(_ ending: JournalEnding) throws(LogError) {
        queue.end(ending)
        thread.join()
        if let failure { throw failure }
    }
}

/// How a journal ends.
public enum JournalEnding: Hashable, Sendable {
    /// With everything that was handed over written and durable.
    case orderly
    /// At once: what is not written yet never will be, as in a crash of the process.
    case abrupt
}

/// When a journal is replaced by fewer records, and by which.
public struct JournalCompaction<Record: Sendable>: Sendable {
    /// How many bytes a journal has at least before it is compacted; then again when it has
    /// doubled.
    public let least: UInt64
    /// Fewer records from which a machine recovers alike.
    public let compact: @Sendable ([Record]) -> [Record]

    /// Compacts from `least` bytes on.
    public init(least: UInt64 = 64 << 20, compact: @escaping @Sendable ([Record]) -> [Record]) {
        self.least = least
        self.compact = compact
    }
}
