import Storage

/// Where the records of a batch are.
public struct Appended: Hashable, Sendable {
    /// The offset of the first record.
    public let first: UInt64
    /// How many records there are.
    public let count: Int
    /// Whether the batch had been stored before, by an earlier append of its producer.
    public let isDuplicate: Bool

    /// The offsets of the records.
    public var offsets: Range<UInt64> { first..<first + UInt64(count) }
}

/// A batch on its way into the log.
///
/// It belongs to the thread that appends it, then to whoever commits its group, and is given back with the
/// group's outcome; the log's lock is taken in between.
final class Submission {
    let batch: RecordBatch
    let stamp: ProducerStamp?
    /// What became of it; `nil` until that is known.
    var outcome: Result<Appended, LogError>?

    init(_ batch: RecordBatch, _ stamp: ProducerStamp?) {
        self.batch = batch
        self.stamp = stamp
    }

    /// Bytes of its frame.
    var frameCount: Int { (FrameHeader.size + batch.byteCount + 7) & ~7 }
}
