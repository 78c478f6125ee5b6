import Glibc
import Quantities
import StateMachines
import Storage
import Synchronization

/// What one thread at a time reads with.
final class ReaderSlot<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    // Sendable: everything is used under `lock` alone.

    /// Which records are wanted.
    struct Bounds {
        /// The first.
        let from: UInt64
        /// None from this offset on.
        let before: UInt64
        /// No more once they have so many bytes.
        let bytes: Int
        /// How many bytes of the segment count.
        let length: UInt64

        init(from: UInt64, before: UInt64, bytes: Int, length: UInt64) {
            (self.from, self.before, self.bytes, self.length) = (from, before, bytes, length)
        }
    }

    let lock = WaitLock()
    private let setting: LogSetting<Operations>
    private var narrow: FrameWindow<Operations>
    private var wide: FrameWindow<Operations>?

    init(_ setting: LogSetting<Operations>, operations: consuming Operations) {
        self.setting = setting
        // A read for one record has to look through an interval of the index.
        let interval = min(Int(setting.options.indexInterval.rawValue), 1 << 16)
        narrow = FrameWindow(capacity: 2 * interval, operations: operations)
    }

    /// Records of a segment that does not grow.
    func records(
        _ bounds: Bounds, in segment: OpenSegment<Operations>, _ entry: LogManifest.Entry
    ) throws(StorageError) -> [LogRecord] {
        let known = segment.index.withLock { $0 }
        let index: SparseIndex
        if let known {
            index = known
        } else {
            if let kept = loadIndex(of: segment, entry) {
                index = kept
            } else {
                index = try rebuildIndex(of: segment, entry)
            }
            segment.index.withLock { $0 = index }
        }
        return try records(bounds, in: segment, from: index.frame(before: bounds.from))
    }

    /// Records of a segment of which a frame is known that begins with the first one or before; where
    /// `frame` is nil the first frame does.
    func records(
        _ bounds: Bounds, in segment: OpenSegment<Operations>, from frame: SparseIndex.Entry?
    ) throws(StorageError) -> [LogRecord] {
        let start =
            frame
            ?? SparseIndex.Entry(
                first: segment.header.base, position: segment.header.start)
        // One record, or what is near it, does not need the large buffer.
        guard bounds.bytes > 1 << 13 else {
            narrow.reset()
            return try FrameWalk.records(bounds, in: segment, from: start, &narrow)
        }
        var window: FrameWindow<Operations>
        if let kept = wide.take() {
            window = kept
        } else {
            window = FrameWindow(capacity: 1 << 18, operations: try setting.make())
        }
        window.reset()
        let result: Result<[LogRecord], StorageError>
        do throws(StorageError) {
            result = .success(
                try FrameWalk.records(bounds, in: segment, from: start, &window))
        } catch {
            result = .failure(error)
        }
        wide = consume window
        return try result.get()
    }

    /// The segment's index as its file has it; `nil` where there is no file, or it holds anything else.
    private func loadIndex(
        of segment: OpenSegment<Operations>, _ entry: LogManifest.Entry
    ) -> SparseIndex? {
        let path = "\(setting.path)/\(SegmentHeader.indexName(of: entry.base))"
        let bytes: [UInt8]
        do throws(StorageError) {
            guard
                var file = try PositionalFile(
                    path: path, flags: O_RDONLY, operations: try setting.make())
            else { return nil }
            let size = try file.size()
            guard size <= 1 << 30 else { return nil }
            var buffer = IOBuffer(capacity: Int(size))
            _ = try file.operations.read(
                Int(size), into: &buffer, from: file.file, at: 0, path: path)
            bytes = buffer.withBytes { [UInt8]($0) }
        } catch {
            // It is a copy of what a scan finds: one that cannot be read is as good as none.
            return nil
        }
        return SparseIndex(
            bytes.span, salt: entry.salt, length: entry.length,
            interval: UInt64(setting.options.indexInterval.rawValue),
            isTrusted: setting.has(.indexTrusted))
    }

    /// The segment's index from its frames, every one of which is checked.
    private func rebuildIndex(
        of segment: OpenSegment<Operations>, _ entry: LogManifest.Entry
    ) throws(StorageError) -> SparseIndex {
        var index = SparseIndex(interval: UInt64(setting.options.indexInterval.rawValue))
        var scanner = SegmentScanner(
            segment, upTo: entry.length, operations: try setting.make())
        // Damage is for whoever reads what is damaged; what lies before can be read.
        _ = try scanner.scan { header, position, _ in
            index.note(first: header.first, at: position)
            return true
        }
        return index
    }
}

/// From frame to frame to the records that are wanted.
enum FrameWalk<Operations: FileOperations & ~Copyable> {
    /// The records within `bounds`, from a frame that begins with the first or before.
    ///
    /// Frames without a wanted record are passed by what their headers say, unchecked; every frame that a
    /// record is taken from is checked, with its place and offset. When that fails, the frames before are
    /// checked as well, so that the error names the first that is damaged.
    static func records(
        _ bounds: ReaderSlot<Operations>.Bounds, in segment: OpenSegment<Operations>,
        from start: SparseIndex.Entry, _ window: inout FrameWindow<Operations>
    ) throws(StorageError) -> [LogRecord] {
        var records: [LogRecord] = []
        var bytes = 0
        var (offset, position) = (start.first, start.position)
        while offset < bounds.before && (records.isEmpty || bytes < bounds.bytes) {
            let place = try window.place(
                of: FrameHeader.size, at: position, in: segment, limit: bounds.length)
            let header = place.flatMap { place in
                window.buffer.withBytes { FrameHeader($0, at: place) }
            }
            guard let header, header.first == offset else {
                throw try damage(in: segment, from: start, upTo: position, bounds, &window)
            }
            if header.end > bounds.from {
                guard
                    try take(
                        from: position, bounds, in: segment, &window, &records, &bytes)
                else { throw try damage(in: segment, from: start, upTo: position, bounds, &window) }
            }
            offset = header.end
            position += UInt64(header.byteCount)
        }
        return records
    }

    /// Takes the wanted records of the frame at `position`; `false` where it is none.
    private static func take(
        from position: UInt64, _ bounds: ReaderSlot<Operations>.Bounds,
        in segment: OpenSegment<Operations>, _ window: inout FrameWindow<Operations>,
        _ records: inout [LogRecord], _ bytes: inout Int
    ) throws(StorageError) -> Bool {
        let finding = try window.frame(at: position, in: segment, limit: bounds.length)
        guard case .frame(let header, let place) = finding else { return false }
        let time = Moment(nanoseconds: header.time)
        return window.buffer.withBytes { span in
            FrameRecords.visit(
                span.extracting(place..<place + header.byteCount), header
            ) { offset, record in
                guard offset < bounds.before, records.isEmpty || bytes < bounds.bytes else {
                    return false
                }
                if offset >= bounds.from {
                    records.append(
                        LogRecord(offset: offset, time: time, bytes: [UInt8](record)))
                    bytes += record.count
                }
                return true
            }
        }
    }

    /// What to say of a segment in which the frame at `end`, or one from `start` on before it, is damaged.
    private static func damage(
        in segment: OpenSegment<Operations>, from start: SparseIndex.Entry, upTo end: UInt64,
        _ bounds: ReaderSlot<Operations>.Bounds, _ window: inout FrameWindow<Operations>
    ) throws(StorageError) -> StorageError {
        var (offset, position) = (start.first, start.position)
        var why = "no frame of offset \(offset)"
        while position <= end {
            let finding = try window.frame(at: position, in: segment, limit: bounds.length)
            switch finding {
            case .broken(let reason): why = reason
            case .frame(let header, _) where header.first == offset:
                offset = header.end
                position += UInt64(header.byteCount)
                continue
            case .frame(let header, _):
                why = "a frame of offset \(header.first), not of \(offset)"
            }
            break
        }
        return .store(path: segment.path, .damaged(offset: position, why: why))
    }
}
