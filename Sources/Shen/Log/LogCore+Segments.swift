import Quantities
import StateMachines
import Storage

/// Beginning and ending segments.
extension LogCore where Operations: ~Copyable {
    /// Sees to it that there is a segment to write to, with room by the log's setting.
    mutating func makeSegmentReady() throws(StorageError) {
        if let writer {
            let isFull = writer.length >= UInt64(setting.options.segmentSize.rawValue)
            guard isFull, end > writer.header.base else { return }
            try seal()
        }
        try beginSegment()
    }

    /// Makes the growing segment durable and ends it. The manifest on the device still calls it open,
    /// which is true of it too: opening then finds its end by a scan.
    mutating func seal() throws(StorageError) {
        guard let writer else { return }
        if writer.durable < writer.length { try sync() }
        durableEnd = end
        writer.cutReach()
        earlierSyncs += writer.syncs
        self.writer = nil
        let last = manifest.entries.count - 1
        manifest.entries[last].length = writer.length
        manifest.entries[last].end = end
        manifest.entries[last].newest = writer.newest
        manifest.entries[last].isOpen = false
        if let index { keep(index.snapshot, of: manifest.entries[last]) }
        index = nil
        // Begun for an append that failed: it holds nothing.
        if manifest.entries[last].end == manifest.entries[last].base {
            manifest.entries.removeLast()
        }
    }

    /// Writes a segment's index. Whatever comes of it: a scan finds the same.
    private func keep(_ index: SparseIndex, of entry: LogManifest.Entry) {
        try? directory.write(
            index.bytes(salt: entry.salt, length: entry.length),
            to: SegmentHeader.indexName(of: entry.base),
            permissions: setting.options.permissions)
    }

    /// Begins a segment behind the last record.
    private mutating func beginSegment() throws(StorageError) {
        let base = end
        let name = SegmentHeader.name(of: base)
        let table = producers.bytes
        let header = SegmentHeader(
            log: manifest.log, base: base,
            salt: setting.makeSalt(), table: table)
        // What the manifest does not name is no part of the log: left by a crash, cut off, or begun in
        // vain.
        if published.entries.contains(where: { $0.base == base }) { try publish(manifest) }
        try directory.remove(name)
        try directory.remove(SegmentHeader.indexName(of: base))
        var next = manifest
        next.entries.append(
            LogManifest.Entry(
                base: base, salt: header.salt, length: header.start, end: base, newest: .min,
                isOpen: true))
        do throws(StorageError) {
            writer = try SegmentWriter(header, table: table, in: setting)
            if !setting.has(.directoryNeverSynced) { try directory.sync() }
            try publish(next)
        } catch {
            writer = nil
            // Unless the manifest may name it.
            if failure == nil { try? directory.remove(name) }
            throw error
        }
        index = SharedIndex(interval: UInt64(setting.options.indexInterval.rawValue))
    }

    /// Puts `next` in the place of the manifest, durably. When it is not known which of them a crash would
    /// leave, the log is poisoned.
    ///
    /// - Parameters:
    ///   - known: What is known of the producers where `next` ends.
    ///   - mark: The mark of the last batch there.
    mutating func publish(
        _ next: LogManifest, _ known: ProducerTable? = nil, mark: UInt64? = nil
    ) throws(StorageError) {
        var next = next
        next.mark = mark ?? self.mark
        next.table = next.entries.isEmpty ? (known ?? producers).bytes : []
        do throws(SmallFile.ReplaceFailure) {
            try directory.replace(
                LogManifest.name, with: next.bytes, permissions: setting.options.permissions)
        } catch {
            switch error {
            case .unchanged(let cause): throw cause
            case .unknown(let cause):
                failure = failure ?? cause
                throw cause
            }
        }
        manifest = next
        published = next
    }

    // MARK: - Truncation

    /// Why a log is not cut.
    enum CutFailure: Error {
        /// There is a batch across the place.
        case insideBatch(first: UInt64, count: Int)
        case storage(StorageError)
    }

    /// Removes all records from `offset` on, durably; what their producers sent counts as never sent.
    ///
    /// Precondition: `first` ≤ `offset` ≤ `end`.
    mutating func truncate(to offset: UInt64) throws(CutFailure) {
        precondition(offset >= first && offset <= end, "cut \(first)..<\(end) to \(offset)")
        guard offset < end else { return }
        #if PLANTED_DEFECTS
            if setting.has(.truncationNotDurable), try cutInMemory(to: offset) { return }
        #endif
        do throws(StorageError) {
            try checkUsable()
            try seal()
        } catch {
            throw .storage(error)
        }
        var next = manifest
        var dropped: [LogManifest.Entry] = []
        while let last = next.entries.last, last.base >= offset {
            dropped.append(next.entries.removeLast())
        }
        let (producers, cut, mark) = try cut(next.entries.last, dropped.last, at: offset)
        if let cut { next.entries[next.entries.count - 1] = cut }
        do throws(StorageError) {
            try publish(next, producers, mark: mark)
        } catch {
            throw .storage(error)
        }
        self.producers = producers
        self.mark = mark
        end = offset
        durableEnd = offset
        for entry in dropped { remove(entry) }
    }

    /// What is known of the producers at `offset`, what the segment that holds it becomes, and the mark of
    /// the batch before: `kept`, the last that begins before, or, where there is none, what is said at the beginning of `dropped`,
    /// the first that does not.
    func cut(
        _ kept: LogManifest.Entry?, _ dropped: LogManifest.Entry?, at offset: UInt64
    ) throws(CutFailure) -> (ProducerTable, LogManifest.Entry?, mark: UInt64) {
        guard let entry = kept ?? dropped else { return (producers, nil, 0) }
        var crossing: FrameHeader?
        let outcome: SegmentScanner<Operations>.Outcome
        var table: ProducerTable
        do throws(StorageError) {
            var scanner = try scanner(of: entry)
            table = try scanner.table(producers: setting.options.producerLimit)
            outcome = try scanner.scan { header, _, _ in
                guard header.end <= offset else {
                    crossing = header.first < offset ? header : nil
                    return false
                }
                if let stamp = header.stamp {
                    table.store(stamp, count: header.recordCount, at: header.first)
                }
                return true
            }
            if let damage = outcome.damage {
                throw .store(
                    path: setting.path(ofSegment: entry.base),
                    .damaged(offset: damage.position, why: damage.why))
            }
        } catch {
            throw .storage(error)
        }
        if let crossing {
            throw .insideBatch(first: crossing.first, count: crossing.recordCount)
        }
        guard var cut = kept else { return (table, nil, 0) }
        (cut.length, cut.end, cut.newest) = (outcome.length, outcome.end, outcome.newest)
        return (table, cut, outcome.mark)
    }

    func scanner(
        of entry: LogManifest.Entry
    ) throws(StorageError) -> SegmentScanner<Operations> {
        let segment = try OpenSegment(entry, log: manifest.log, in: setting)
        return SegmentScanner(
            segment, upTo: entry.length, operations: try setting.make())
    }

    /// Removes the files of a segment that the manifest no longer names. What cannot be removed is swept
    /// on the next opening, or when a segment is to have the name.
    private func remove(_ entry: LogManifest.Entry) {
        try? directory.remove(SegmentHeader.name(of: entry.base))
        try? directory.remove(SegmentHeader.indexName(of: entry.base))
    }

    // MARK: - Retention

    /// Removes the oldest segments as long as `policy` does not want them, at `now`, and says how many. The
    /// newest one stays, whatever the policy is.
    mutating func retire(_ policy: LogRetention, now: Int64) throws(StorageError) -> Int {
        try checkUsable()
        let count = retired(by: policy, now: now)
        try retire(oldest: count)
        return count
    }

    /// Removes the segments whose records all lie before `offset`, but not the newest.
    mutating func retire(before offset: UInt64) throws(StorageError) {
        try checkUsable()
        try retire(oldest: manifest.entries.dropLast().prefix { $0.end <= offset }.count)
    }

    private mutating func retire(oldest count: Int) throws(StorageError) {
        guard count > 0 else { return }
        var next = manifest
        let dropped = Array(next.entries.prefix(count))
        next.entries.removeFirst(count)
        next.first = dropped.last?.end ?? next.first
        if count == manifest.entries.count {
            // Only by a mistake that is planted.
            next.first = end
            writer = nil
            index = nil
        }
        if setting.has(.retiredBeforeManifest) { for entry in dropped { remove(entry) } }
        try publish(next)
        for entry in dropped { remove(entry) }
    }

    /// How many bytes all segments have.
    var byteCount: UInt64 { manifest.entries.reduce(0) { $0 + bytes(of: $1) } }

    private func retired(by policy: LogRetention, now: Int64) -> Int {
        var bytes = byteCount
        var count = 0
        let keeps = setting.has(.newestSegmentRetired) ? 0 : 1
        while count + keeps < manifest.entries.count {
            let entry = manifest.entries[count]
            let isOverSize = policy.bytes.map { bytes > UInt64($0.rawValue) } ?? false
            let newest = entry.isOpen ? writer?.newest ?? .min : entry.newest
            let isOverAge = policy.age.map { newest < now - $0.nanoseconds } ?? false
            guard isOverSize || isOverAge else { break }
            bytes -= self.bytes(of: entry)
            count += 1
        }
        return count
    }

    /// How long a segment is.
    private func bytes(of entry: LogManifest.Entry) -> UInt64 {
        entry.isOpen ? writer?.length ?? entry.length : entry.length
    }
}
