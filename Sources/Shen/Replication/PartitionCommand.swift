import StateMachines
import Storage

/// A batch on its way through a replication protocol: the value of a write.
///
///      0  8  producer
///      8  8  the producer's sequence number of the first record
///     16  4  the producer's epoch
///     20  4  records
///     24  8  time, nanoseconds
///     32     records: 4 bytes of length each, then as many bytes
struct PartitionCommand: Hashable, Sendable {
    static let headerSize = 32

    let stamp: ProducerStamp
    let batch: RecordBatch

    init(_ batch: RecordBatch, _ stamp: ProducerStamp) {
        self.batch = batch
        self.stamp = stamp
    }

    /// The command as bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerSize + batch.byteCount)
        bytes.append(number: stamp.producer.rawValue)
        bytes.append(number: stamp.sequence)
        bytes.append(number: stamp.epoch)
        bytes.append(number: UInt32(batch.count))
        bytes.append(number: batch.time.nanoseconds)
        bytes.append(batch.content.span)
        return bytes
    }

    /// The command that has these bytes; `nil` for any others, which every replica passes over alike.
    init?(_ bytes: Swift.Span<UInt8>) {
        guard bytes.count >= Self.headerSize else { return nil }
        let epoch = bytes.number(UInt32.self, at: 16)
        let count = Int(bytes.number(UInt32.self, at: 20))
        let sequence = bytes.number(UInt64.self, at: 8)
        guard epoch > 0, (1...FrameHeader.mostRecords).contains(count),
            sequence <= UInt64.max - UInt64(count)
        else { return nil }
        var batch = RecordBatch(time: Moment(nanoseconds: bytes.number(Int64.self, at: 24)))
        var position = Self.headerSize
        for _ in 0..<count {
            guard bytes.count - position >= 4 else { return nil }
            let length = Int(bytes.number(UInt32.self, at: position))
            position += 4
            guard length <= bytes.count - position else { return nil }
            batch.add(bytes.extracting(position..<position + length))
            position += length
        }
        guard position == bytes.count else { return nil }
        self.batch = batch
        stamp = ProducerStamp(
            producer: ProducerID(bytes.number(UInt64.self, at: 0)), epoch: epoch, sequence: sequence
        )
    }
}
