import Quantities
import StateMachines
import Storage

/// A journal of records over any file operations: a log whose batches are what was stored between two syncs.
///
/// A record's first byte says whether it begins a checkpoint: a batch, which is there whole or not at all,
/// that stands for everything before it. A checkpoint begins a segment, so that the segments before go when
/// it is durable; if a crash comes in between, reading drops what they have.
struct JournalCore<Record: JournalRecord, Operations: FileOperations & ~Copyable>: ~Copyable {
    private enum Kind {
        static var record: UInt8 { 0 }
        static var checkpoint: UInt8 { 1 }
    }

    private var core: LogCore<Operations>
    private var bytes: [UInt8] = []
    /// How many records were appended since it was opened.
    private(set) var position: RecordPosition = 0
    /// How many of them are durable.
    private(set) var durable: RecordPosition = 0

    /// Opens the journal, and gives what it holds to `recovered`.
    init(
        _ setting: LogSetting<Operations>, recovered: inout [Record]
    ) throws(StorageError) {
        let directory = try LogDirectory(
            path: setting.path, creation: setting.options.creation,
            permissions: setting.options.permissions, make: setting.make)
        let opening = try LogOpening(setting, directory)
        let opened = LogCore(setting, directory: directory, opening)
        recovered = try Self.records(of: opened)
        core = opened
    }

    /// The records from the last checkpoint on, in order.
    private static func records(of core: borrowing LogCore<Operations>) throws(StorageError)
        -> [Record]
    {
        let view = core.view
        let readers = try LogReaders(core.setting, log: core.manifest.log)
        var records: [Record] = []
        var offset = view.first
        while offset < view.end {
            for found in try readers.records(from: offset, upTo: 1 << 20, in: view) {
                guard let kind = found.bytes.first, kind <= Kind.checkpoint,
                    let record = Record(journal: found.bytes.span.extracting(droppingFirst: 1))
                else {
                    throw .store(
                        path: core.setting.path,
                        .unknownFormat(why: "entry \(found.offset) is no record of this journal"))
                }
                if kind == Kind.checkpoint { records.removeAll() }
                records.append(record)
                offset = found.offset + 1
            }
        }
        return records
    }

    /// Why it takes no more records, once it does not.
    var failure: StorageError? { core.failure }
    /// How many bytes its segments have.
    var byteCount: UInt64 { core.byteCount }
    /// How often the kernel was asked to sync data.
    var syncs: UInt64 { core.syncs }

    /// Appends records, in order; durable with the next sync.
    mutating func append(_ records: [Record]) throws(StorageError) {
        guard !records.isEmpty else { return }
        try write(records, first: Kind.record, thenSync: false)
        position += RecordPosition(records.count)
    }

    /// Makes all that was appended durable, and says how many records that are.
    mutating func sync() throws(StorageError) -> RecordPosition {
        try core.sync()
        durable = position
        return durable
    }

    /// Has `records` stand for everything that was appended before, durably, and removes what that was.
    mutating func checkpoint(_ records: [Record]) throws(StorageError) {
        precondition(!records.isEmpty, "a checkpoint without records")
        try core.checkUsable()
        try core.seal()
        let base = core.end
        let isEarly = core.setting.has(.supersededDroppedEarly)
        if isEarly { try write(records, first: Kind.checkpoint, thenSync: false) }
        if isEarly { try core.retire(before: base) }
        if !isEarly { try write(records, first: Kind.checkpoint, thenSync: true) }
        durable = position
        // What is not removed now is with the next checkpoint; reading passes it over.
        if !isEarly { try? core.retire(before: base) }
    }

    private mutating func write(
        _ records: [Record], first: UInt8, thenSync: Bool
    ) throws(StorageError) {
        var batch = RecordBatch(time: Moment(nanoseconds: 0))
        for (index, record) in records.enumerated() {
            bytes.removeAll(keepingCapacity: true)
            bytes.append(index == 0 ? first : Kind.record)
            record.encode(into: &bytes)
            batch.add(bytes.span)
        }
        guard batch.byteCount <= FrameHeader.longest / 2, batch.count <= FrameHeader.mostRecords
        else {
            throw .store(
                path: core.setting.path,
                .tooLong(
                    what: "a batch of \(batch.count) records", count: batch.byteCount,
                    limit: FrameHeader.longest / 2))
        }
        try core.append([Submission(batch, nil)], thenSync: thenSync)
    }

    /// Makes everything durable and closes the files.
    consuming func close() throws(StorageError) { try core.close() }
}
