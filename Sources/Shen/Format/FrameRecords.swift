public import StateMachines
import Storage

/// A record as it was read.
public struct LogRecord: Hashable, Sendable {
    /// Where it stands in the log, counted in records.
    public let offset: UInt64
    /// When it was appended, by the clock of who appended it.
    public let time: Moment
    /// What was appended.
    public let bytes: [UInt8]

    /// A record of these parts.
    public init(offset: UInt64, time: Moment, bytes: [UInt8]) {
        self.offset = offset
        self.time = time
        self.bytes = bytes
    }
}

/// Records that are appended in one step: all of them are in the log, one behind the other, or none.
public struct RecordBatch: Hashable, Sendable {
    /// The records as a frame holds them: 4 bytes of length each, then the bytes.
    private(set) var content: [UInt8] = []
    /// How many records there are.
    public private(set) var count = 0
    /// When they are appended, by a clock that all who append to the log agree on: what retention by age
    /// goes by.
    public var time: Moment
    /// A number of the appender's own, which is kept with the batch and given back by `LogRecovery`: the
    /// batch's place in a log that replicas agree on, say.
    public var mark: UInt64 = 0

    /// No records yet.
    public init(time: Moment) { self.time = time }

    /// One record.
    public init(_ record: Swift.Span<UInt8>, time: Moment) {
        self.time = time
        add(record)
    }

    /// Bytes of all records, with 4 for each.
    public var byteCount: Int { content.count }

    /// Adds a record, which may be empty. O(its bytes).
    ///
    /// Precondition: it has less than 4 GiB.
    public mutating func add(_ record: Swift.Span<UInt8>) {
        precondition(record.count <= UInt32.max, "a record of \(record.count) bytes")
        content.append(number: UInt32(record.count))
        content.append(record)
        count += 1
    }

    /// Forgets the records, and keeps their memory.
    public mutating func removeAll() {
        content.removeAll(keepingCapacity: true)
        count = 0
    }
}

/// The records of a whole frame.
enum FrameRecords {
    /// Lets `body` see offset and bytes of each record of `frame`, in order, until it says `false`;
    /// `false` where they do not fill the frame as they should.
    static func visit(
        _ frame: Swift.Span<UInt8>, _ header: FrameHeader,
        _ body: (UInt64, Swift.Span<UInt8>) -> Bool
    ) -> Bool {
        var position = FrameHeader.size
        for index in 0..<header.recordCount {
            guard position + 4 <= frame.count else { return false }
            let count = Int(frame.number(UInt32.self, at: position))
            position += 4
            guard count <= frame.count - position else { return false }
            let record = frame.extracting(position..<position + count)
            guard body(header.first + UInt64(index), record) else { return true }
            position += count
        }
        return frame.count - position < 8 && frame.isZero(position..<frame.count)
    }
}
