import ShenRing

/// What is known of a partition's log at a place of the log that replicas agree on, without its records:
/// who has this and the records below `end` can go on from here.
public struct PartitionImage: Hashable, Sendable {
    /// The place; 0 before the first.
    public var place: UInt64
    /// The offset that the next record gets.
    public var end: UInt64
    /// What is known of the producers, as bytes; empty where nothing is.
    public var producers: [UInt8]

    /// The image of these parts; by default that of an empty log.
    public init(place: UInt64 = 0, end: UInt64 = 0, producers: [UInt8] = []) {
        self.place = place
        self.end = end
        self.producers = producers
    }
}

/// A batch that replicas have agreed on, with the offsets that it has at each of them.
public struct AgreedBatch: Hashable, Sendable {
    /// Its place in the log that is agreed on.
    public let place: UInt64
    /// The offset of its first record.
    public let first: UInt64
    /// Who sent it.
    public let stamp: ProducerStamp
    /// Its records, marked with the place.
    public let batch: RecordBatch
}

/// Turns agreed entries into offsets: a function of the entries and their order alone, so that replicas
/// which apply the same ones come to the same log.
struct PartitionState: Sendable {
    /// What came of an entry that was a batch of this log.
    struct Applied {
        let stamp: ProducerStamp
        let verdict: ProducerVerdict
        /// The batch, if it is new.
        let batch: AgreedBatch?
    }

    /// The key whose writes are batches of this log.
    let key: UInt64
    /// The place of the last entry that was applied.
    var place: UInt64
    /// The offset that the next record gets.
    private(set) var end: UInt64
    private(set) var producers: ProducerTable

    /// The state that an image says; `nil` where its table of producers is none.
    init?(_ image: PartitionImage, key: UInt64, producerLimit: Int) {
        (self.key, place, end) = (key, image.place, image.end)
        guard !image.producers.isEmpty else {
            producers = ProducerTable(limit: producerLimit)
            return
        }
        guard let table = ProducerTable(image.producers.span, limit: producerLimit) else {
            return nil
        }
        producers = table
    }

    var image: PartitionImage {
        PartitionImage(place: place, end: end, producers: producers.bytes)
    }

    /// Applies the entry at the next place; nil where it is no batch of this log.
    mutating func apply(_ entry: AgreedEntry, ignoringProducers: Bool = false) -> Applied? {
        precondition(entry.place == place + 1, "place \(entry.place) after \(place)")
        place = entry.place
        guard let request = entry.request, request.key == key,
            case .write(let bytes) = request.operation, let command = PartitionCommand(bytes.span)
        else { return nil }
        var batch = command.batch
        batch.mark = place
        var verdict = producers.verdict(on: command.stamp, count: batch.count)
        if ignoringProducers, verdict != .new { verdict = .new }
        guard verdict == .new else {
            return Applied(stamp: command.stamp, verdict: verdict, batch: nil)
        }
        let agreed = AgreedBatch(place: place, first: end, stamp: command.stamp, batch: batch)
        producers.store(command.stamp, count: batch.count, at: end)
        end += UInt64(batch.count)
        return Applied(stamp: command.stamp, verdict: .new, batch: agreed)
    }
}
