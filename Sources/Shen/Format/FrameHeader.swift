import StateMachines
import Storage

/// The first 80 bytes of a frame: the records of one append, which are there whole or not at all. One
/// without records keeps its mark alone.
///
///      0  8  XXH3-64 of all that follows, XORed with the place (position in the segment, its salt)
///      8  4  bytes of the frame, a multiple of 8
///     12  4  records
///     16  8  offset of the first record
///     24  8  bytes of the segment that were durable when the frame was written
///     32  8  number of the write, from 1; counts up within a segment also when a write fails
///     40  8  time, nanoseconds of the clock that the log's appenders stamp with
///     48  8  producer
///     56  8  the producer's sequence number of the first record
///     64  4  the producer's epoch; 0 where the frame has no producer
///     68  4  zeroes
///     72  8  the appender's mark
///     80     records: 4 bytes of length each, then as many bytes; zeroes to a multiple of 8
///
/// `durable` is what tells a torn end from damage: what a crash tears was written after the last sync,
/// and so was every frame behind it. A frame that calls bytes durable which are no frame proves that
/// they were one once. The number of the write tells a frame from one that a failed write left at the
/// same place, which a cut and a crash may bring back.
struct FrameHeader: Hashable {
    static let size = 80
    /// The longest frame, in bytes.
    static let longest = 1 << 30
    /// The most records of a frame.
    static let mostRecords = 1 << 24

    var byteCount = 0
    var recordCount = 0
    var first: UInt64 = 0
    var durable: UInt64 = 0
    var number: UInt64 = 0
    var time: Int64 = 0
    var mark: UInt64 = 0
    var stamp: ProducerStamp?

    /// The offset behind the last record.
    var end: UInt64 { first + UInt64(recordCount) }

    /// A frame that is still to be written.
    init(_ batch: RecordBatch, stamp: ProducerStamp?) {
        recordCount = batch.count
        byteCount = (Self.size + batch.byteCount + 7) & ~7
        time = batch.time.nanoseconds
        mark = batch.mark
        self.stamp = stamp
    }

    /// The header at `position` of `bytes`; `nil` where no frame has such a one.
    init?(_ bytes: Swift.Span<UInt8>, at position: Int) {
        byteCount = Int(bytes.number(UInt32.self, at: position + 8))
        recordCount = Int(bytes.number(UInt32.self, at: position + 12))
        first = bytes.number(UInt64.self, at: position + 16)
        durable = bytes.number(UInt64.self, at: position + 24)
        number = bytes.number(UInt64.self, at: position + 32)
        time = bytes.number(Int64.self, at: position + 40)
        mark = bytes.number(UInt64.self, at: position + 72)
        let producer = bytes.number(UInt64.self, at: position + 48)
        let sequence = bytes.number(UInt64.self, at: position + 56)
        let epoch = bytes.number(UInt32.self, at: position + 64)
        guard bytes.number(UInt32.self, at: position + 68) == 0,
            byteCount % 8 == 0, byteCount <= Self.longest,
            recordCount <= Self.mostRecords,
            byteCount >= Self.size + 4 * recordCount, number > 0,
            !first.addingReportingOverflow(UInt64(recordCount)).overflow
        else { return nil }
        if epoch > 0 {
            guard sequence <= UInt64.max - UInt64(recordCount) else { return nil }
            stamp = ProducerStamp(
                producer: ProducerID(producer), epoch: epoch, sequence: sequence)
        } else {
            guard producer == 0, sequence == 0 else { return nil }
        }
    }

    /// Appends the 80 bytes, with zeroes for the checksum.
    func append(to bytes: inout [UInt8]) {
        bytes.append(number: UInt64(0))
        bytes.append(number: UInt32(byteCount))
        bytes.append(number: UInt32(recordCount))
        bytes.append(number: first)
        bytes.append(number: durable)
        bytes.append(number: number)
        bytes.append(number: time)
        bytes.append(number: stamp?.producer.rawValue ?? 0)
        bytes.append(number: stamp?.sequence ?? 0)
        bytes.append(number: stamp?.epoch ?? 0)
        bytes.append(number: UInt32(0))
        bytes.append(number: mark)
    }

    /// Whether the whole frame `frame` has the checksum that it says, at this place.
    static func holds(_ frame: Swift.Span<UInt8>, at position: UInt64, salt: UInt64) -> Bool {
        frame.number(UInt64.self, at: 0)
            == ContentHash.of(frame.extracting(droppingFirst: 8), at: position, salt: salt)
    }
}
