/// A producer, by a number that no other producer of the log has; whoever gives the numbers out (a
/// coordinator, a configuration) sees to that.
public struct ProducerID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// The producer with this number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// By number.
    public static func < (left: ProducerID, right: ProducerID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// `p` and the number.
    public var description: String { "p\(rawValue)" }
}

/// What a producer says of a batch, so that the batch is stored once however often it is sent.
public struct ProducerStamp: Hashable, Sendable {
    /// Who sends.
    public let producer: ProducerID
    /// Counts the lives of the producer from 1. One that begins another life takes a higher epoch and is
    /// heard no more in earlier ones: what still runs of them is fenced off.
    public let epoch: UInt32
    /// The number of the batch's first record among all of this epoch, from 0.
    public let sequence: UInt64

    /// What a producer says of the batch whose first record has this number in this epoch, which is not
    /// 0.
    public init(producer: ProducerID, epoch: UInt32, sequence: UInt64) {
        precondition(epoch > 0, "epochs are counted from 1")
        self.producer = producer
        self.epoch = epoch
        self.sequence = sequence
    }
}

/// Why a producer's batch is not stored.
public enum ProducerRefusal: Hashable, Sendable, CustomStringConvertible {
    /// A later life of the producer, this one, has appended.
    case fenced(by: UInt32)
    /// Batches before it are missing: this sequence number is next.
    case gap(expected: UInt64)
    /// It was stored, so long ago that it is not remembered where.
    case forgotten
    /// Its records overlap those of a batch that was stored, and are not the same batch.
    case overlap(expected: UInt64)

    /// One clause that says why.
    public var description: String {
        switch self {
        case .fenced(let epoch): "fenced off by epoch \(epoch) of the same producer"
        case .gap(let expected): "not the next batch: sequence number \(expected) is missing"
        case .forgotten: "stored before, so long ago that it is not remembered where"
        case .overlap(let expected):
            "overlaps stored batches without being one; sequence number \(expected) is next"
        }
    }
}

/// What is to become of a producer's batch.
enum ProducerVerdict: Hashable, Sendable {
    /// It is the next one.
    case new
    /// It was stored, from this offset on.
    case duplicate(of: UInt64)
    case refused(ProducerRefusal)
}
