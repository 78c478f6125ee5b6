public import ShenRing
import StateMachines
import Storage

/// What replicas of a log say to each other: what their protocol says, and records that one of them lacks.
public enum LogMessage<Inner: Sendable>: Sendable {
    /// A message of the replication protocol.
    case replication(Inner)
    /// The sender lacks records.
    case wanted(RecordDemand)
    /// Records that the receiver lacks.
    case copied(RecordCopy)
}

/// Which records a replica lacks.
public struct RecordDemand: Hashable, Sendable {
    /// The offset of the first.
    public let first: UInt64
    /// The place up to which, at least, everything agreed on has to be stored at who gives them: the replica
    /// goes on by itself behind it.
    public let place: UInt64
}

/// Records that a replica gives to another one, which lacks them.
public struct RecordCopy: Hashable, Sendable {
    /// The offset that was asked for.
    public let first: UInt64
    /// What stands there, and what follows; each as it was agreed on.
    public let batches: [AgreedBatch]
    /// The place up to which that is everything that was agreed on; nil where more of it follows.
    public let place: UInt64?

    /// Whether it holds what it should: batches that follow each other.
    var isWhole: Bool {
        var (offset, last) = (first, 0 as UInt64)
        for batch in batches {
            guard batch.first == offset, batch.place > last else { return false }
            (offset, last) = (batch.first + UInt64(batch.batch.count), batch.place)
        }
        return last <= place ?? .max
    }
}

extension LogMessage: WireCodable where Inner: WireCodable {
    /// Appends which one it is, and its parts.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .replication(let message):
            writer.write(0 as UInt8)
            writer.write(message)
        case .wanted(let demand):
            writer.write(1 as UInt8)
            writer.write(demand.first)
            writer.write(demand.place)
        case .copied(let copy):
            writer.write(2 as UInt8)
            writer.write(copy)
        }
    }

    /// Reads a message.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0: self = .replication(try reader.value())
        case 1:
            self = .wanted(RecordDemand(first: try reader.number(), place: try reader.number()))
        case 2: self = .copied(try reader.value())
        case let tag: throw .value(UInt64(tag), at: reader.place - 1)
        }
    }
}

extension RecordCopy: WireCodable {
    /// Appends the offset, the batches, and the place if there is one.
    public func encode(into writer: inout WireWriter) {
        writer.write(first)
        writer.write(list: batches)
        writer.write(place != nil)
        if let place { writer.write(place) }
    }

    /// Reads a copy. That its batches follow each other finds out who stores them.
    public init(from reader: inout WireReader) throws(WireError) {
        first = try reader.number()
        batches = try reader.list(least: AgreedBatch.leastWireBytes)
        place = try reader.flag() ? try reader.number() : nil
    }
}

extension AgreedBatch: WireCodable {
    /// The fewest bytes of one.
    static let leastWireBytes = 20 + PartitionCommand.headerSize

    /// Appends place, offset, and the batch as it went through the protocol.
    public func encode(into writer: inout WireWriter) {
        writer.write(place)
        writer.write(first)
        writer.write(PartitionCommand(batch, stamp).bytes)
    }

    /// Reads a batch.
    public init(from reader: inout WireReader) throws(WireError) {
        place = try reader.number()
        first = try reader.number()
        let start = reader.place
        let field = try reader.field()
        guard let command = PartitionCommand(field.span),
            !first.addingReportingOverflow(UInt64(command.batch.count)).overflow
        else { throw .value(UInt64(field.count), at: start) }
        stamp = command.stamp
        var marked = command.batch
        marked.mark = place
        batch = marked
    }
}
