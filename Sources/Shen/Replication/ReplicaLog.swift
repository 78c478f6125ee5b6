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

    /// See `SegmentedLog.copy`.
    package func copy(
        for demand: RecordDemand, applied: UInt64, upTo limit: Int, at place: inout BatchPlace?
    ) throws(LogError) -> RecordCopy? {
        try engine.copy(for: demand, applied: applied, upTo: limit, at: &place)
    }

    /// See `SegmentedLog.take`.
    package func take(_ copy: RecordCopy) throws(LogError) -> PartitionImage? {
        try engine.take(copy)
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
