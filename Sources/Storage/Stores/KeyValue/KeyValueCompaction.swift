import Quantities

/// What compaction came to.
public struct Compaction: Hashable, Sendable {
    /// How many segments were rewritten, and are gone.
    public var originals = 0
    /// How many segments hold what they held that is still in use.
    public var copies = 0
    /// How many bytes the originals had.
    public var bytesBefore: UInt64 = 0
    /// How many bytes the copies have.
    public var bytesAfter: UInt64 = 0
}

/// Where a compaction lets other threads change the store.
enum CompactionStage: Hashable, Sendable, CaseIterable {
    /// It is settled which segments are rewritten.
    case begun
    /// What was in use is copied, durably.
    case copied
    /// The manifest names the copies.
    case published
}

/// Compaction: the records of some segments that are still in use go to new segments, durably; then
/// one replacement of the manifest puts these in the place of the originals; then the index refers to
/// the copies, and the originals go.
///
/// Every segment with a superseded record takes part, so that none stays outside which holds a record
/// that a dropped tombstone covers: such a record is superseded, by the tombstone.
///
/// A crash before the replacement leaves the originals, and copies that the next opening sweeps; a
/// crash after it leaves the copies, and originals that the next opening sweeps.
final class KeyValueCompaction<Operations: FileOperations & ~Copyable> {
    typealias Member = KeyValueLog<Operations>.Member

    private let setting: StoreSetting<Operations>
    let originals: [Member]
    private(set) var copies: [Member] = []
    private var growing: GrowingSegment<Operations>?
    private var begun: [UInt64] = []

    /// A compaction of those of `members`, none of which is being written, that hold anything
    /// superseded or nothing at all.
    init(_ setting: StoreSetting<Operations>, members: [Member]) {
        self.setting = setting
        originals = members.filter {
            $0.segment.recordBytes == 0 || $0.segment.liveBytes < $0.segment.recordBytes
        }
    }

    /// Copies what is in use. After an error, `discard` removes what was copied.
    func copy() throws(StorageError) {
        for original in originals {
            var scanner = SegmentScanner(
                original.segment, upTo: original.length, operations: try setting.make(false))
            var records: [UInt8] = []
            let index = setting.index
            let isSealed = original.segment.session != nil
            let outcome = try scanner.scan { header, offset, content throws(StorageError) in
                let key = content.extracting(first: header.keyCount)
                guard header.kind == .put, let found = index.find(key),
                    found.location.segment == original.ordinal,
                    found.location.offset == offset
                else { return }
                RecordHeader.append(
                    .put, key: key, value: content.extracting(droppingFirst: header.keyCount),
                    endsBatch: true, isSealed: isSealed, to: &records)
                if records.count >= 1 << 20 { try write(&records) }
            }
            if let damage = outcome.damage {
                throw .store(
                    path: original.segment.path,
                    .damaged(offset: damage.offset, why: damage.why))
            }
            if !records.isEmpty { try write(&records) }
        }
        try finish()
    }

    /// Removes what was copied. What cannot be removed is swept on the next opening.
    func discard() {
        for copy in copies { setting.index.remove(copy.ordinal) }
        for number in begun { try? setting.removeSegment(number) }
    }

    /// Makes the index refer to the copies, wherever it still has an original.
    func redirect() throws(StorageError) {
        let gone = Set(originals.map(\.ordinal))
        for copy in copies {
            var scanner = SegmentScanner(
                copy.segment, upTo: copy.length, operations: try setting.make(false))
            let index = setting.index
            let isSealed = copy.segment.session != nil
            let outcome = try scanner.scan { header, offset, content throws(StorageError) in
                let count = header.recordCount(isSealed: isSealed)
                copy.segment.addRecord(count)
                _ = index.replace(
                    content.extracting(first: header.keyCount), in: gone,
                    by: IndexTable.Location(
                        segment: copy.ordinal, count: UInt32(count), offset: offset))
            }
            if let damage = outcome.damage {
                throw .store(
                    path: copy.segment.path, .damaged(offset: damage.offset, why: damage.why))
            }
        }
    }

    /// Lets go of the originals. A file that cannot be removed is swept on the next opening.
    func removeOriginals() throws(StorageError) {
        for original in originals { setting.index.remove(original.ordinal) }
        for original in originals { try setting.removeSegment(original.segment.number) }
    }

    /// What it came to.
    var report: Compaction {
        Compaction(
            originals: originals.count, copies: copies.count,
            bytesBefore: originals.reduce(0) { $0 + $1.length },
            bytesAfter: copies.reduce(0) { $0 + $1.length })
    }

    private func write(_ records: inout [UInt8]) throws(StorageError) {
        if let growing, growing.length >= setting.options.segmentSize.rawValue { try finish() }
        let target: GrowingSegment<Operations>
        if let growing { target = growing } else { target = try begin() }
        var buffer = IOBuffer(capacity: records.count)
        buffer.append(records.span)
        _ = try target.append(&buffer, thenSync: false)
        records.removeAll(keepingCapacity: true)
    }

    private func begin() throws(StorageError) -> GrowingSegment<Operations> {
        let number = setting.takeNumber()
        begun.append(number)
        let fresh = try GrowingSegment(number: number, growth: .exact, in: setting)
        growing = fresh
        return fresh
    }

    private func finish() throws(StorageError) {
        guard let growing else { return }
        try growing.sync()
        try growing.close()
        copies.append(
            Member(
                segment: growing.segment, ordinal: setting.index.add(growing.segment),
                length: growing.length))
        self.growing = nil
    }
}
