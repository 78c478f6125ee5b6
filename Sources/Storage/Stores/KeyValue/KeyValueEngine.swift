import Quantities
import Synchronization

/// A key-value store over any file operations.
final class KeyValueEngine<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    // Sendable: `directory` is used under `lock` alone, and all else is Sendable itself.

    /// What opening found.
    let recovery: StoreRecovery
    let setting: StoreSetting<Operations>
    private let readers: ReaderPool<Operations>
    private let queue: CommitQueue<KeyValueLog<Operations>>
    /// Held while the store is compacted or closed: one of them at a time.
    private let lock = WaitLock()
    private var directory: StoreDirectory<Operations>?
    /// Set under `lock`; readers may see it late, by one look-up.
    private let isClosed = Atomic<Bool>(false)

    /// Opens the store at `path`; its segments get their salts from `makeSalt`.
    init(
        path: String, options: KeyValueStore.Options,
        make: @escaping StoreSetting<Operations>.Maker,
        makeSalt: @escaping @Sendable () -> CipherSalt = { .random() }
    ) throws(StorageError) {
        precondition(
            options.segmentSize.rawValue > 0 && options.segmentSize.rawValue <= 1 << 40,
            "segments of \(options.segmentSize)")
        let directory = try StoreDirectory(
            path: path, creation: options.creation, permissions: options.permissions,
            madeBy: Manifest.name, operations: try make(false))
        let manifest = try KeyValueRecovery<Operations>.manifest(
            in: directory, options: options, make: make)
        try KeyValueRecovery<Operations>.sweep(directory, keeping: manifest)
        setting = StoreSetting(
            path: path, store: manifest.store, next: manifest.next, options: options,
            makeSalt: makeSalt, make: make)
        var opening = KeyValueRecovery(setting)
        try opening.run(manifest)
        recovery = opening.report
        readers = try ReaderPool { () throws(StorageError) in try make(false) }
        queue = CommitQueue(
            log: KeyValueLog(setting, members: opening.members), durability: options.durability,
            groupCapacity: Int(options.groupCapacity.rawValue))
        self.directory = consume directory
    }

    /// The value of `key`; `nil` when there is none.
    func value(of key: Span<UInt8>) throws(StorageError) -> [UInt8]? {
        try checkOpen()
        guard let found = setting.index.find(key) else {
            // A store that was closed meanwhile has no keys either.
            try checkOpen()
            return nil
        }
        return try readers.value(of: key, in: found)
    }

    /// Whether there is a value of `key`.
    func contains(_ key: Span<UInt8>) throws(StorageError) -> Bool {
        try checkOpen()
        if setting.index.find(key) != nil { return true }
        try checkOpen()
        return false
    }

    /// Appends the records of a batch, as durably as the store was opened for.
    func commit(_ batch: borrowing WriteBatch) throws(StorageError) {
        let records = try batch.records(isSealed: setting.cipher != nil, path: setting.path)
        guard !records.isEmpty else { return try checkOpen() }
        _ = try queue.append(records.span)
    }

    /// Appends one record, as durably as the store was opened for.
    func commit(
        _ kind: RecordHeader.Kind, _ key: Span<UInt8>, _ value: Span<UInt8>
    ) throws(StorageError) {
        try RecordHeader.check(keyCount: key.count, path: setting.path)
        try RecordHeader.check(valueCount: value.count, path: setting.path)
        var record: [UInt8] = []
        RecordHeader.append(
            kind, key: key, value: value, endsBatch: true, isSealed: setting.cipher != nil,
            to: &record)
        _ = try queue.append(record.span)
    }

    /// Lets `body` see keys with `prefix` and their values, by key, until it returns `false`.
    func scan(
        prefix: Span<UInt8>, _ body: (Span<UInt8>, Span<UInt8>) throws(StorageError) -> Bool
    ) throws(StorageError) {
        try checkOpen()
        let matches = setting.index.find(prefix: prefix)
        try checkOpen()
        for (key, found) in matches {
            let value = try readers.value(of: key.span, in: found)
            guard try body(key.span, value.span) else { return }
        }
    }

    /// Makes everything that was committed durable.
    func sync() throws(StorageError) { try queue.sync() }

    /// Rewrites the segments that hold superseded records.
    ///
    /// - Parameter meanwhile: Called where the changes of other threads may come in between, so that
    ///   one thread can make them there.
    func compact(
        meanwhile: (CompactionStage) -> Void = { _ in }
    ) throws(StorageError) -> Compaction {
        lock.lock()
        defer { lock.unlock() }
        try checkOpen()
        let members = try queue.exclusively { log throws(StorageError) in try log.settle() }
        let compaction = KeyValueCompaction(setting, members: members)
        guard !compaction.originals.isEmpty else { return compaction.report }
        meanwhile(.begun)
        do throws(StorageError) {
            try compaction.copy()
            meanwhile(.copied)
            try queue.exclusively { log throws(StorageError) in
                try log.replace(compaction.originals, by: compaction.copies)
            }
        } catch {
            // When it is not known which manifest a crash would leave, all files stay.
            if queue.poison == nil { compaction.discard() }
            throw error
        }
        meanwhile(.published)
        do throws(StorageError) {
            try compaction.redirect()
        } catch {
            // The index refers to originals that no manifest names: nothing may build on that.
            let cause = error
            try queue.exclusively { log throws(StorageError) in log.poison(cause) }
            throw error
        }
        try compaction.removeOriginals()
        return compaction.report
    }

    /// Lets the writes under way finish, makes everything durable and closes the files.
    func close() throws(StorageError) {
        lock.lock()
        defer { lock.unlock() }
        isClosed.store(true, ordering: .relaxed)
        defer {
            // First the segments, then the lock: nobody else comes in before all is given back.
            setting.index.removeAll()
            directory = nil
        }
        try queue.close()
    }

    private func checkOpen() throws(StorageError) {
        if isClosed.load(ordering: .relaxed) { throw .closed(path: setting.path) }
    }

    /// Whether its records are encrypted.
    var isSealed: Bool { setting.cipher != nil }

    /// What poisoned the store, if anything did.
    var poison: StorageError? { queue.poison }

    /// What the store holds and has done.
    var statistics: KeyValueStatistics {
        var statistics = KeyValueStatistics(commits: queue.statistics)
        statistics.keys = setting.index.count
        for segment in setting.index.segments {
            statistics.segments += 1
            statistics.recordBytes += UInt64(segment.recordBytes)
            statistics.liveBytes += UInt64(segment.liveBytes)
        }
        return statistics
    }
}
