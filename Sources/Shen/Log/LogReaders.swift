import Glibc
import Storage

/// Reads records, by as many threads at once as there are slots: each has operations and a buffer of its
/// own. Segments are opened when they are needed, and those that were not for longest are closed.
final class LogReaders<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    // Sendable: `opened` and `uses` are used under `lock` alone, and all else is constant.

    private static var slotCount: Int { 16 }
    private let setting: LogSetting<Operations>
    private let log: LogIdentity
    private let slots: [ReaderSlot<Operations>]
    private let lock = WaitLock()
    /// Segments by salt, with the time of their last use.
    private var opened: [UInt64: (segment: OpenSegment<Operations>, use: UInt64)] = [:]
    private var uses: UInt64 = 0

    /// Readers of the log `log`.
    init(_ setting: LogSetting<Operations>, log: LogIdentity) throws(StorageError) {
        var slots: [ReaderSlot<Operations>] = []
        for _ in 0..<Self.slotCount {
            slots.append(ReaderSlot(setting, operations: try setting.make()))
        }
        (self.setting, self.log, self.slots) = (setting, log, slots)
    }

    /// The records from `offset` on that lie in the same segment, at least one, and no more once their
    /// bytes have reached `limit`.
    ///
    /// Precondition: `view` has the record.
    func records(
        from offset: UInt64, upTo limit: Int, in view: LogView
    ) throws(StorageError) -> [LogRecord] {
        let entry = view.segment(of: offset)
        let segment = try segment(of: entry)
        let bounds = ReaderSlot<Operations>.Bounds(
            from: offset, before: entry.isOpen ? view.end : min(view.end, entry.end),
            bytes: limit, length: entry.isOpen ? .max : entry.length)
        // Threads that run at the same time have different addresses; the lowest bits are the same for
        // all.
        let thread = UInt64(pthread_self())
        let slot = slots[Int((thread &* 0x9E37_79B9_7F4A_7C15) >> 60)]
        slot.lock.lock()
        defer { slot.lock.unlock() }
        guard let growing = view.growing, growing.salt == entry.salt else {
            return try slot.records(bounds, in: segment, entry)
        }
        let frame = growing.index.frame(before: offset)
        return try slot.records(bounds, in: segment, from: frame)
    }

    private func segment(
        of entry: LogManifest.Entry
    ) throws(StorageError) -> OpenSegment<Operations> {
        lock.lock()
        defer { lock.unlock() }
        uses += 1
        if let found = opened[entry.salt] {
            opened[entry.salt] = (found.segment, uses)
            return found.segment
        }
        let segment = try OpenSegment(entry, log: log, in: setting)
        if opened.count >= setting.options.openSegments,
            let oldest = opened.min(by: { $0.value.use < $1.value.use })
        {
            opened[oldest.key] = nil
        }
        opened[entry.salt] = (segment, uses)
        return segment
    }

    /// Reads all segments of `view`, what they say of producers too, and checks that they follow each other;
    /// gives the number of bytes.
    func verify(_ view: LogView) throws(StorageError) -> UInt64 {
        var bytes: UInt64 = 0
        for entry in view.entries {
            let segment = try OpenSegment(entry, log: log, in: setting)
            var scanner = SegmentScanner(
                segment, upTo: entry.isOpen ? try segment.size() : entry.length,
                operations: try setting.make())
            _ = try scanner.table(producers: setting.options.producerLimit)
            let end = entry.isOpen ? view.end : entry.end
            let outcome = try scanner.scan { header, _, _ in header.first < end }
            // Behind what readers may see, an append may be under way.
            guard outcome.end == end, entry.isOpen || outcome.damage == nil else {
                throw .store(
                    path: segment.path,
                    .damaged(
                        offset: outcome.length,
                        why: outcome.damage?.why ?? "it ends before offset \(outcome.end)"))
            }
            bytes += outcome.length
        }
        return bytes
    }

    /// Closes what is open; a read under way keeps what it reads until it is done.
    func closeAll() {
        lock.lock()
        defer { lock.unlock() }
        opened = [:]
    }

    /// Closes the segments that `view` does not have.
    func close(missingFrom view: LogView) {
        let kept = Set(view.entries.map(\.salt))
        lock.lock()
        defer { lock.unlock() }
        opened = opened.filter { kept.contains($0.key) }
    }
}
