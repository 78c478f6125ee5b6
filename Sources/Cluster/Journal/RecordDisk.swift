import Quantities
public import Shen
public import ShenRing

/// Where a node's records go: appended in order, made durable, and now and then replaced by fewer.
///
/// One thread uses it, which may be another one than made it.
public protocol RecordDisk: ~Copyable, SendableMetatype {
    /// What it holds.
    associatedtype Record: Sendable

    /// Appends records, in order; durable with the next sync.
    mutating func append(_ records: [Record]) throws(LogError)
    /// Makes all that was appended durable.
    mutating func sync() throws(LogError)
    /// Has `records` stand for all that was appended before, durably.
    mutating func checkpoint(_ records: [Record]) throws(LogError)
    /// How many bytes it holds.
    var byteCount: UInt64 { get }
    /// Makes everything durable and closes it.
    consuming func close() throws(LogError)
}

/// Records in their wire form, in a `ReplicaJournal`.
public struct JournalDisk<Record: WireCodable>: RecordDisk, ~Copyable {
    private var journal: ReplicaJournal<StoredRecord<Record>>

    /// Opens the journal in the directory `path`, makes it where there is none, and puts what it
    /// holds in the place of `recovered`. O(its bytes).
    ///
    /// - Throws: `LogError` as `ReplicaJournal` does: where another node has it open, or where it
    ///   is damaged.
    public init(path: String, recovered: inout [Record]) throws(LogError) {
        var stored: [StoredRecord<Record>] = []
        journal = try ReplicaJournal(path: path, recovered: &stored)
        recovered = stored.map(\.record)
    }

    /// Appends records, in order; durable with the next sync.
    public mutating func append(_ records: [Record]) throws(LogError) {
        try journal.append(records.map(StoredRecord.init))
    }

    /// Makes all that was appended durable.
    public mutating func sync() throws(LogError) { _ = try journal.sync() }

    /// Has `records` stand for all that was appended before, durably.
    public mutating func checkpoint(_ records: [Record]) throws(LogError) {
        try journal.checkpoint(records.map(StoredRecord.init))
    }

    /// How many bytes its files hold.
    public var byteCount: UInt64 { journal.byteCount.rawValue }

    /// Makes everything durable and closes the files, whatever is thrown.
    public consuming func close() throws(LogError) { try journal.close() }
}

/// A record as the journal keeps it.
struct StoredRecord<Record: WireCodable>: JournalRecord {
    let record: Record

    init(_ record: Record) { self.record = record }

    func encode(into bytes: inout [UInt8]) {
        var continued: [UInt8] = []
        swap(&continued, &bytes)
        var writer = WireWriter(continuing: continued)
        continued = []
        record.encode(into: &writer)
        bytes = writer.finish()
    }

    init?(journal bytes: Swift.Span<UInt8>) {
        guard let record = try? Record(wire: bytes) else { return nil }
        self.record = record
    }
}
