import Quantities
import StateMachines
import Storage

/// The log of a replica over operations of any kind: what simulations of partitions store batches in.
package struct ReplicaLog<Operations: FileOperations & ~Copyable> {
    private let engine: LogEngine<Operations>

    /// Opens the log at a path, whose segments have `segmentSize` bytes or so, and which syncs when it is
    /// told to.
    package init(
        path: String, segmentSize: ByteCount,
        make: @escaping @Sendable () throws(StorageError) -> Operations
    ) throws(StorageError) {
        let options = SegmentedLog.Options(
            durability: .none, segmentSize: segmentSize, growth: .exact,
            indexInterval: ByteCount(256), openSegments: 3)
        engine = try LogEngine(LogSetting(path: path, options: options, make: make))
    }

    /// The offset behind the last record.
    package var end: UInt64 { engine.currentView.end }

    /// See `SegmentedLog.image`.
    package func image() throws(LogError) -> PartitionImage { try engine.image() }

    /// See `SegmentedLog.store`.
    package func store(_ agreed: AgreedBatch) throws(LogError) { try engine.store(agreed) }

    /// See `SegmentedLog.note`.
    package func note(place: UInt64) throws(LogError) { try engine.note(place: place) }

    /// See `SegmentedLog.sync`.
    package func sync() throws(LogError) { try engine.sync() }

    /// The bytes of all records.
    package func records() throws(LogError) -> [[UInt8]] {
        let view = engine.currentView
        var found: [[UInt8]] = []
        while view.first + UInt64(found.count) < view.end {
            found += try engine.records(from: view.first + UInt64(found.count), upTo: 1 << 16)
                .map(\.bytes)
        }
        return found
    }

    /// The batches from `end` on, as they were stored.
    package func batches(from end: UInt64) throws(LogError) -> [AgreedBatch] {
        let view = engine.currentView
        var batches: [AgreedBatch] = []
        for entry in view.entries where entry.end > end || entry.isOpen {
            batches += try translating { () throws(StorageError) in
                try self.batches(of: entry, upTo: view.end)
            }
        }
        return batches
    }

    private func batches(
        of entry: LogManifest.Entry, upTo last: UInt64
    ) throws(StorageError) -> [AgreedBatch] {
        let setting = engine.setting
        let segment = try OpenSegment(entry, log: engine.identity, in: setting)
        var scanner = SegmentScanner(
            segment, upTo: entry.isOpen ? try segment.size() : entry.length,
            operations: try setting.make())
        var batches: [AgreedBatch] = []
        _ = try scanner.scan { header, _, frame in
            var batch = RecordBatch(time: Moment(nanoseconds: header.time))
            batch.mark = header.mark
            _ = FrameRecords.visit(frame, header) { _, record in
                batch.add(record)
                return true
            }
            if let stamp = header.stamp, header.first < last {
                batches.append(
                    AgreedBatch(place: header.mark, first: header.first, stamp: stamp, batch: batch)
                )
            }
            return header.end < last
        }
        return batches
    }
}

extension RecordBatch {
    /// The bytes of its records.
    package var records: [[UInt8]] {
        var (records, position): ([[UInt8]], Int) = ([], 0)
        for _ in 0..<count {
            let count = Int(content.span.number(UInt32.self, at: position))
            records.append(Array(content[position + 4..<position + 4 + count]))
            position += 4 + count
        }
        return records
    }
}
