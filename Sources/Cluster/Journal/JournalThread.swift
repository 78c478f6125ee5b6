import Shen
import Storage

/// The thread of a journal: it alone has the disk.
final class JournalThread<Disk: RecordDisk & ~Copyable>: @unchecked Sendable {
    // Sendable: made by one thread, used by another one ever after.
    private let queue: JournalQueue<Disk.Record>
    private let durability: JournalDurability
    private let compaction: JournalCompaction<Disk.Record>?
    private var disk: Disk?
    /// All that the disk holds, where it is to be compacted.
    private var history: [Disk.Record]
    private var nextCheckpoint: UInt64

    /// Records in one append at most: each append is put together in memory.
    private static var batch: Int { 1_024 }

    init(
        _ disk: consuming Disk, recovered: [Disk.Record], durability: JournalDurability,
        compaction: JournalCompaction<Disk.Record>?, queue: JournalQueue<Disk.Record>
    ) {
        self.queue = queue
        self.durability = durability
        self.compaction = compaction
        self.disk = consume disk
        history = compaction == nil ? [] : recovered
        nextCheckpoint = compaction?.least ?? .max
    }

    /// Stores what comes until the end.
    func run() {
        while let records = queue.take() {
            do throws(LogError) {
                try write(records)
            } catch {
                // The files are left as they are: another life reads what they hold.
                disk = nil
                return queue.fail(error)
            }
        }
        guard let disk = disk.take(), queue.isOrderly else { return }
        do throws(LogError) {
            try disk.close()
        } catch {
            queue.fail(error)
        }
    }

    private func write(_ records: [Disk.Record]) throws(LogError) {
        let most = durability == .each ? 1 : Self.batch
        for start in stride(from: 0, to: records.count, by: most) {
            try disk?.append(Array(records[start..<min(records.count, start + most)]))
            guard durability == .each else { continue }
            try disk?.sync()
            queue.publish(1)
        }
        if durability == .group { try disk?.sync() }
        if durability != .each { queue.publish(records.count) }
        try compact(after: records)
    }

    private func compact(after records: [Disk.Record]) throws(LogError) {
        guard let compaction else { return }
        history += records
        guard let size = disk?.byteCount, size >= nextCheckpoint else { return }
        history = compaction.compact(history)
        try disk?.checkpoint(history)
        nextCheckpoint = max(compaction.least, 2 * (disk?.byteCount ?? 0))
    }
}
