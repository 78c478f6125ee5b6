import Glibc
import Storage

/// Opening: what there is becomes a log, and is durable before anybody sees it.
///
/// Read are the manifest, the header of every segment, and the last segment whole: its frames say what its
/// producers sent, and where it ends if it was growing. Other segments are checked as they are read.
///
/// Nothing that takes up room is written, so that a log on a full device opens. The manifest goes on calling
/// the last segment open until another is begun: whoever opens the log again before that finds the same end,
/// since nobody appends to what another opening wrote.
struct LogOpening<Operations: FileOperations & ~Copyable> {
    private let setting: LogSetting<Operations>
    /// The manifest as the device has it.
    let published: LogManifest
    /// The segments that there are: none is open.
    private(set) var manifest: LogManifest
    private(set) var producers: ProducerTable
    private(set) var report = LogRecovery()

    /// Opens what is in `directory`.
    init(
        _ setting: LogSetting<Operations>, _ directory: borrowing LogDirectory<Operations>
    ) throws(StorageError) {
        self.setting = setting
        producers = ProducerTable(limit: setting.options.producerLimit)
        published = try Self.manifest(in: directory, setting)
        manifest = published
        report.mark = published.mark
        if manifest.entries.isEmpty, !manifest.table.isEmpty { try readTable(directory) }
        try sweep(directory)
        for (index, entry) in manifest.entries.enumerated() {
            let segment = try open(entry)
            report.segments += 1
            if index == manifest.entries.count - 1 { try read(segment, entry) }
        }
        // Begun for an append that never was: it holds no record, and what is known of producers is as it
        // was before.
        if let last = manifest.entries.last, last.end == last.base { manifest.entries.removeLast() }
    }

    private mutating func readTable(
        _ directory: borrowing LogDirectory<Operations>
    ) throws(StorageError) {
        let limit = setting.options.producerLimit
        guard let table = ProducerTable(manifest.table.span, limit: limit) else {
            throw .store(
                path: directory.file(LogManifest.name),
                .damaged(offset: UInt64(LogManifest.size), why: "no table of producers"))
        }
        producers = table
    }

    /// The manifest of the log in `directory`; a new one, on the device already, where there is no log yet
    /// and the options allow to make one.
    private static func manifest(
        in directory: borrowing LogDirectory<Operations>, _ setting: LogSetting<Operations>
    ) throws(StorageError) -> LogManifest {
        let path = directory.file(LogManifest.name)
        if let bytes = try directory.read(LogManifest.name) {
            guard setting.options.creation != .required else {
                throw .refused(.create, path: directory.path, ErrorNumber(code: EEXIST))
            }
            do throws(StoreProblem) {
                return try LogManifest(bytes.span)
            } catch {
                throw .store(path: path, error)
            }
        }
        // A log has no segment before it has a manifest, so one without the other was not left by a crash.
        let names = try directory.names()
        if let orphan = names.first(where: { SegmentHeader.base(ofName: $0) != nil }) {
            throw .store(
                path: path, .missing(why: "it is not there, and the segment \(orphan) is"))
        }
        guard setting.options.creation != .forbidden else {
            throw .refused(.open, path: path, ErrorNumber(code: ENOENT))
        }
        let manifest = LogManifest(log: .random(), first: 0)
        do throws(SmallFile.ReplaceFailure) {
            try directory.replace(
                LogManifest.name, with: manifest.bytes, permissions: setting.options.permissions)
        } catch {
            switch error {
            case .unchanged(let cause), .unknown(let cause): throw cause
            }
        }
        return manifest
    }

    /// Removes what the manifest does not name: what was not named yet before a crash, or no more.
    private func sweep(_ directory: borrowing LogDirectory<Operations>) throws(StorageError) {
        let kept = Set(manifest.entries.map(\.base))
        for name in try directory.names() {
            let base = SegmentHeader.base(ofName: name) ?? SegmentHeader.base(ofIndexName: name)
            if base.map({ !kept.contains($0) }) ?? (name == LogManifest.name + SmallFile.suffix) {
                try directory.remove(name)
            }
        }
    }

    /// Opens a segment, which must have all that was durable of it.
    private func open(
        _ entry: LogManifest.Entry
    ) throws(StorageError) -> OpenSegment<Operations> {
        let path = setting.path(ofSegment: entry.base)
        let segment = try OpenSegment(entry, log: manifest.log, in: setting)
        let size = try segment.size()
        guard size >= entry.length else {
            throw .store(
                path: path,
                .missing(why: "\(size) bytes are left of \(entry.length) that were durable"))
        }
        return segment
    }

    /// Reads the last segment.
    private mutating func read(
        _ segment: OpenSegment<Operations>, _ entry: LogManifest.Entry
    ) throws(StorageError) {
        let limit = entry.isOpen ? try segment.size() : entry.length
        var scanner = SegmentScanner(
            segment, upTo: limit, isChecked: !setting.has(.tornTailAccepted),
            operations: try setting.make())
        var table = try scanner.table(producers: setting.options.producerLimit)
        let outcome = try scanner.scan { header, _, _ in
            if let stamp = header.stamp {
                table.store(stamp, count: header.recordCount, at: header.first)
            }
            return true
        }
        if !setting.has(.producersForgotten) { producers = table }
        report.batches = outcome.frames
        report.bytes = outcome.length
        // Of what was complete the manifest knows the mark, and of notes in segments that are gone.
        if entry.isOpen, outcome.frames > 0 { report.mark = outcome.mark }
        if let damage = outcome.damage {
            try judge(damage, outcome, of: entry, &scanner, segment.path, limit)
        }
        guard entry.isOpen else {
            guard outcome.end == entry.end else {
                throw .store(
                    path: segment.path,
                    .damaged(
                        offset: outcome.length,
                        why: "it ends before offset \(outcome.end), not \(entry.end)"))
            }
            return
        }
        try secure(segment.path, from: max(outcome.durable, entry.length), to: outcome.length)
        manifest.entries[manifest.entries.count - 1] = LogManifest.Entry(
            base: entry.base, salt: entry.salt, length: outcome.length, end: outcome.end,
            newest: outcome.newest, isOpen: false)
    }

    /// Tells what a crash left from what came later, which is an error.
    private mutating func judge(
        _ damage: SegmentScanner<Operations>.Damage, _ outcome: SegmentScanner<Operations>.Outcome,
        of entry: LogManifest.Entry, _ scanner: inout SegmentScanner<Operations>,
        _ path: String, _ limit: UInt64
    ) throws(StorageError) {
        let error = StorageError.store(
            path: path, .damaged(offset: damage.position, why: damage.why))
        guard entry.isOpen, outcome.length >= entry.length else { throw error }
        let remainder =
            setting.has(.damageCutOff) ? .torn : try scanner.remainder(behind: damage)
        switch remainder {
        case .written: throw error
        case .blank: break
        case .torn:
            report.cut = LogRecovery.Cut(
                path: path, position: outcome.length, bytes: limit - outcome.length,
                why: damage.why)
        }
    }

    /// Makes what was read durable, and cuts off what is behind it.
    ///
    /// The page cache may show what a failed sync has lost: such pages count as clean, so that another sync
    /// would do nothing for them. Written again they count as changed, and the sync says what the device
    /// makes of them.
    private func secure(
        _ path: String, from start: UInt64, to end: UInt64
    ) throws(StorageError) {
        guard
            var file = try PositionalFile(path: path, flags: O_RDWR, operations: try setting.make())
        else {
            throw .store(path: path, .missing(why: "it is not there, and the manifest names it"))
        }
        var buffer = IOBuffer(capacity: 1 << 20)
        var position = setting.has(.cacheBelieved) ? end : min(start, end)
        while position < end {
            buffer.removeAll()
            let count = Int(min(UInt64(buffer.capacity), end - position))
            let got = try file.operations.read(
                count, into: &buffer, from: file.file, at: position, path: path)
            guard got == count else {
                throw .store(
                    path: path, .missing(why: "it ends at \(position + UInt64(got)), while read"))
            }
            try file.write(&buffer, at: position, thenSync: false)
            position += UInt64(count)
        }
        if try file.size() > end { try file.truncate(to: end) }
        try file.sync()
    }
}
