import Quantities
import Shen
import ShenRing
import StateMachines
import Storage

/// The segmented log: all records.
enum FuzzedLog: FuzzedDirectory {
    struct Records: Equatable {
        let offsets: Range<UInt64>
        let records: [LogRecord]
    }

    static func content(of path: String) throws -> Records {
        let log = try SegmentedLog(path: path, options: options(.forbidden))
        var records: [LogRecord] = []
        while log.offsets.lowerBound + UInt64(records.count) < log.offsets.upperBound {
            let next = log.offsets.lowerBound + UInt64(records.count)
            records += try log.records(from: next, upTo: .kibibytes(64))
        }
        try log.verify()
        let offsets = log.offsets
        try log.close()
        return Records(offsets: offsets, records: records)
    }

    static func write(to path: String, _ crashed: () -> Void) throws {
        let log = try SegmentedLog(path: path, options: options(.ifMissing))
        for number: UInt8 in 0..<6 {
            let record = [UInt8](repeating: number, count: 30)
            let stamp = ProducerStamp(
                producer: ProducerID(5), epoch: 1, sequence: UInt64(number / 2))
            _ = try log.append(
                RecordBatch(record.span, time: Moment(nanoseconds: 9)),
                stamp: number % 2 == 0 ? nil : stamp)
        }
        crashed()
        try log.close()
    }

    private static func options(_ creation: AppendFile.Creation) -> SegmentedLog.Options {
        .init(
            durability: .none, creation: creation, segmentSize: ByteCount(300), growth: .exact,
            indexInterval: ByteCount(64), producerLimit: 4)
    }
}

/// The journal of what machines store: all records, as bytes.
enum FuzzedJournal: FuzzedDirectory {
    /// A record as the journal has it.
    private struct Record: JournalRecord {
        let record: ChainRecord

        init(_ record: ChainRecord) { self.record = record }

        func encode(into bytes: inout [UInt8]) { bytes += record.wireBytes }

        init?(journal bytes: Swift.Span<UInt8>) {
            guard let record = try? ChainRecord(wire: bytes) else { return nil }
            self.record = record
        }
    }

    static func content(of path: String) throws -> [[UInt8]] {
        var records: [Record] = []
        let journal = try ReplicaJournal<Record>(
            path: path, creation: .forbidden, growth: .exact, recovered: &records)
        try journal.close()
        return records.map(\.record.wireBytes)
    }

    static func write(to path: String, _ crashed: () -> Void) throws {
        var none: [Record] = []
        var journal = try ReplicaJournal<Record>(
            path: path, segmentSize: ByteCount(400), growth: .exact, recovered: &none)
        let state = KeyedState()
        for epoch: UInt64 in 1...4 {
            try journal.append([Record(.installed(state, epoch: epoch))])
        }
        _ = try journal.sync()
        crashed()
        try journal.checkpoint([Record(.installed(state, epoch: 4))])
        crashed()
        try journal.close()
    }
}
