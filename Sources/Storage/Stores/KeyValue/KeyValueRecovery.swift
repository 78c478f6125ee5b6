import Glibc

/// What opening a key-value store found.
public struct StoreRecovery: Hashable, Sendable {
    /// The end of a segment that was written but never synced when the store's process or machine
    /// stopped, and is not whole: nobody was told that it was durable. It was cut off.
    public struct Cut: Hashable, Sendable {
        /// The segment's file.
        public let path: String
        /// Where what is whole ends.
        public let offset: UInt64
        /// How many bytes were cut off.
        public let bytes: UInt64
        /// What there was instead of a record.
        public let why: String
    }

    /// How many segments were read.
    public var segments = 0
    /// How many records they hold, those that are superseded among them.
    public var records = 0
    /// How many bytes were read.
    public var bytes: UInt64 = 0
    /// What was cut off; `nil` after the store was closed, and mostly after a crash as well.
    public var cut: Cut?
}

/// Opening: what there is becomes an index, and is durable before anybody sees it.
struct KeyValueRecovery<Operations: FileOperations & ~Copyable> {
    typealias Member = KeyValueLog<Operations>.Member

    private let setting: StoreSetting<Operations>
    private(set) var report = StoreRecovery()
    private(set) var members: [Member] = []
    private var isChanged = false

    init(_ setting: StoreSetting<Operations>) { self.setting = setting }

    /// The manifest of the store in `directory`; a new one, on the device already, where there is no
    /// store yet and `options` allow to make one.
    static func manifest(
        in directory: borrowing StoreDirectory<Operations>, options: KeyValueStore.Options,
        make: StoreSetting<Operations>.Maker
    ) throws(StorageError) -> Manifest {
        let path = "\(directory.path)/\(Manifest.name)"
        if let bytes = try SmallFile.read(path, operations: make(false)) {
            guard options.creation != .required else {
                throw .refused(.create, path: directory.path, ErrorNumber(code: EEXIST))
            }
            do throws(StoreProblem) {
                return try Manifest(bytes, cipher: options.cipher)
            } catch {
                throw .store(path: path, error)
            }
        }
        // A new store has no segment before it has a manifest, so that one without the other was
        // not left by a crash.
        if let orphan = try directory.names().first(where: { SegmentHeader.number(of: $0) != nil })
        {
            throw .store(
                path: path, .missing(why: "it is not there, and the segment \(orphan) is"))
        }
        guard options.creation != .forbidden else {
            throw .refused(.open, path: path, ErrorNumber(code: ENOENT))
        }
        let manifest = Manifest(store: .random(), protection: Protection(options.cipher))
        do throws(SmallFile.ReplaceFailure) {
            try SmallFile.replace(
                path, in: directory.path, with: manifest.bytes(cipher: options.cipher),
                permissions: options.permissions, operations: try makeOperations(make))
        } catch {
            throw error.cause
        }
        return manifest
    }

    private static func makeOperations(
        _ make: StoreSetting<Operations>.Maker
    ) throws(SmallFile.ReplaceFailure) -> Operations {
        do throws(StorageError) {
            return try make(false)
        } catch {
            throw .unchanged(error)
        }
    }

    /// Removes what no manifest names: what was not published before a crash, or was superseded.
    static func sweep(
        _ directory: borrowing StoreDirectory<Operations>, keeping manifest: Manifest
    ) throws(StorageError) {
        let kept = Set(manifest.segments.map(\.number))
        for name in try directory.names() {
            let isOrphan = SegmentHeader.number(of: name).map { !kept.contains($0) } ?? false
            if isOrphan || name == Manifest.name + SmallFile.suffix {
                try directory.remove(name)
            }
        }
    }

    /// Reads all segments of `manifest`, and publishes a new manifest where the last one was still
    /// being written when the store stopped.
    mutating func run(_ manifest: Manifest) throws(StorageError) {
        for (index, listed) in manifest.segments.enumerated() {
            guard !listed.isOpen || index == manifest.segments.count - 1 else {
                throw .store(
                    path: "\(setting.path)/\(Manifest.name)",
                    .damaged(offset: 64, why: "a segment before the last is still being written"))
            }
            try read(listed)
        }
        guard isChanged else { return }
        do throws(SmallFile.ReplaceFailure) {
            try setting.publish(
                members.map {
                    Manifest.Segment(
                        number: $0.segment.number, durable: $0.length, isOpen: false)
                })
        } catch {
            throw error.cause
        }
    }

    private mutating func read(_ listed: Manifest.Segment) throws(StorageError) {
        let path = setting.path(of: listed.number)
        guard
            var file = try PositionalFile(
                path: path, flags: listed.isOpen ? O_RDWR : O_RDONLY,
                operations: try setting.make(false))
        else {
            throw .store(path: path, .missing(why: "it is not there, and the manifest names it"))
        }
        let size = try file.size()
        guard size >= listed.durable else {
            throw .store(
                path: path,
                .missing(why: "\(size) bytes are left of \(listed.durable) that were durable"))
        }
        let header = try Self.header(of: &file, listed.number, in: setting)
        let segment = try StoreSegment(
            header, path: path, cipher: setting.cipher, operations: setting.make(false))
        let ordinal = setting.index.add(segment)
        var scanner = SegmentScanner(
            segment, upTo: listed.isOpen ? size : listed.durable,
            operations: try setting.make(false))
        var collector = ChangeCollector(segment, ordinal: ordinal, index: setting.index)
        let outcome = try scanner.scan { header, offset, content throws(StorageError) in
            collector.take(header, at: offset, content)
        }
        report.segments += 1
        report.records += collector.records
        report.bytes += outcome.end
        if let damage = outcome.damage {
            try judge(damage, outcome, of: listed, &scanner, path: path, size: size)
        }
        if listed.isOpen {
            try secure(&file, from: max(outcome.durable, listed.durable), to: outcome.end)
            isChanged = true
        }
        members.append(Member(segment: segment, ordinal: ordinal, length: outcome.end))
    }

    private static func header(
        of file: inout PositionalFile<Operations>, _ number: UInt64,
        in setting: StoreSetting<Operations>
    ) throws(StorageError) -> SegmentHeader {
        var buffer = IOBuffer(capacity: SegmentHeader.size)
        _ = try file.read(SegmentHeader.size, into: &buffer, at: 0)
        do throws(StoreProblem) {
            return try buffer.withBytes { bytes throws(StoreProblem) in
                try SegmentHeader(
                    bytes, of: number, in: setting.store, protection: Protection(setting.cipher))
            }
        } catch {
            throw .store(path: file.path, error)
        }
    }

    /// Tells what a crash left from what came later, which is an error.
    private mutating func judge(
        _ damage: SegmentScanner<Operations>.Damage, _ outcome: SegmentScanner<Operations>.Outcome,
        of listed: Manifest.Segment, _ scanner: inout SegmentScanner<Operations>,
        path: String, size: UInt64
    ) throws(StorageError) {
        let error = StorageError.store(
            path: path, .damaged(offset: damage.offset, why: damage.why))
        guard listed.isOpen, outcome.end >= listed.durable else { throw error }
        switch try scanner.remainder(behind: damage) {
        case .written: throw error
        case .blank where damage.offset == outcome.end: break
        case .blank, .torn:
            report.cut = StoreRecovery.Cut(
                path: path, offset: outcome.end, bytes: size - outcome.end, why: damage.why)
        }
    }

    /// Makes what was read durable, and cuts off what is behind it.
    ///
    /// The page cache may show what a failed sync has lost: such pages count as clean, so that
    /// another sync would do nothing for them. Written again they count as changed, and the sync
    /// says what the device makes of them.
    private func secure(
        _ file: inout PositionalFile<Operations>, from start: UInt64, to end: UInt64
    ) throws(StorageError) {
        var buffer = IOBuffer(capacity: 1 << 20)
        var offset = min(start, end)
        while offset < end {
            buffer.removeAll()
            let count = Int(min(UInt64(buffer.capacity), end - offset))
            let got = try file.read(count, into: &buffer, at: offset)
            guard got == count else {
                throw .store(
                    path: file.path, .missing(why: "it ends at \(offset + UInt64(got)), while read")
                )
            }
            try file.write(&buffer, at: offset, thenSync: false)
            offset += UInt64(count)
        }
        if try file.size() > end { try file.truncate(to: end) }
        try file.sync()
    }
}
