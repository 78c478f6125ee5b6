import Storage

/// What a log remembers of its producers: enough to store each batch once.
///
/// The rules are those of Kafka's idempotent producer (KIP-98): in an epoch, sequence numbers follow each
/// other without a gap; the last five batches are known by place; a higher epoch begins at 0 and fences
/// the lower ones off. It deviates in two points: a producer that is not known must begin at 0 (Kafka
/// takes any number since KIP-360), and sequence numbers have 64 bits and do not wrap.
///
/// It is a function of the batches that were stored, in their order: replicas of equal logs have equal
/// tables. When more producers are known than `limit` and an eighth, those that have been silent for
/// longest are forgotten down to `limit`. Whoever is forgotten and comes back has to begin a new epoch; a
/// batch with sequence number 0 that it sends again is then stored twice.
struct ProducerTable: Hashable, Sendable {
    /// How many batches of a producer are known by place: as many as it may have under way.
    static let remembered = 5

    /// A batch that was stored.
    struct Batch: Hashable, Sendable {
        let sequence: UInt64
        let count: UInt32
        let first: UInt64
    }

    /// What is known of a producer.
    struct Entry: Hashable, Sendable {
        var epoch: UInt32
        /// The sequence number that comes next.
        var next: UInt64
        /// The newest batches, oldest first; at least one.
        var batches: [Batch]

        /// What is to become of a batch of the producer.
        func verdict(on stamp: ProducerStamp, count: Int) -> ProducerVerdict {
            if stamp.epoch < epoch { return .refused(.fenced(by: epoch)) }
            if stamp.epoch > epoch {
                return stamp.sequence == 0 ? .new : .refused(.gap(expected: 0))
            }
            if stamp.sequence == next { return .new }
            if stamp.sequence > next { return .refused(.gap(expected: next)) }
            if let same = batches.first(where: { $0.sequence == stamp.sequence }) {
                return same.count == UInt32(count)
                    ? .duplicate(of: same.first) : .refused(.overlap(expected: next))
            }
            let oldest = batches.first?.sequence ?? next
            return stamp.sequence < oldest && stamp.sequence + UInt64(count) <= oldest
                ? .refused(.forgotten) : .refused(.overlap(expected: next))
        }

        /// What is known once a batch that is `.new` is stored from offset `first` on.
        func storing(_ stamp: ProducerStamp, count: Int, at first: UInt64) -> Entry {
            let batch = Batch(sequence: stamp.sequence, count: UInt32(count), first: first)
            let earlier = stamp.epoch == epoch ? batches.suffix(remembered - 1) : []
            return Entry(
                epoch: stamp.epoch, next: stamp.sequence + UInt64(count), batches: earlier + [batch]
            )
        }

        /// Where its newest batch is.
        var newest: UInt64 { batches.last?.first ?? 0 }
    }

    private(set) var entries: [ProducerID: Entry] = [:]
    /// How many producers are remembered.
    let limit: Int

    /// Nobody known. At least one producer is remembered.
    init(limit: Int) {
        precondition(limit > 0, "a table of \(limit) producers")
        self.limit = limit
    }

    /// What is to become of a batch.
    func verdict(on stamp: ProducerStamp, count: Int) -> ProducerVerdict {
        Self.verdict(of: entries[stamp.producer], on: stamp, count: count)
    }

    /// What is to become of a batch of a producer of which `entry` is known.
    static func verdict(
        of entry: Entry?, on stamp: ProducerStamp, count: Int
    ) -> ProducerVerdict {
        guard let entry else { return stamp.sequence == 0 ? .new : .refused(.gap(expected: 0)) }
        return entry.verdict(on: stamp, count: count)
    }

    /// Notes that a batch that is `.new` is stored from offset `first` on.
    mutating func store(_ stamp: ProducerStamp, count: Int, at first: UInt64) {
        entries[stamp.producer] = Self.entry(
            after: entries[stamp.producer], storing: stamp, count: count, at: first)
        forgetSilent()
    }

    /// Takes over what was worked out for some producers.
    mutating func merge(_ changed: [ProducerID: Entry]) {
        entries.merge(changed) { _, newer in newer }
        forgetSilent()
    }

    /// What is known of a producer of which `entry` was, once a batch is stored.
    static func entry(
        after entry: Entry?, storing stamp: ProducerStamp, count: Int, at first: UInt64
    ) -> Entry {
        let before = entry ?? Entry(epoch: stamp.epoch, next: 0, batches: [])
        return before.storing(stamp, count: count, at: first)
    }

    private mutating func forgetSilent() {
        guard entries.count > limit + limit / 8 else { return }
        let newest = entries.map(\.value.newest).sorted(by: >)
        let bound = newest[limit - 1]
        entries = entries.filter { $0.value.newest >= bound }
    }
}

/// The table as bytes.
extension ProducerTable {
    /// The table in the order of the producers' numbers; a multiple of 8 bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(number: UInt64(entries.count))
        for (producer, entry) in entries.sorted(by: { $0.key < $1.key }) {
            bytes.append(number: producer.rawValue)
            bytes.append(number: entry.next)
            bytes.append(number: entry.epoch)
            bytes.append(number: UInt32(entry.batches.count))
            for batch in entry.batches {
                bytes.append(number: batch.sequence)
                bytes.append(number: batch.first)
                bytes.append(number: UInt64(batch.count))
            }
        }
        return bytes
    }

    /// Reads what `bytes` gave; `nil` for anything else.
    init?(_ bytes: Span<UInt8>, limit: Int) {
        self.init(limit: limit)
        guard bytes.count >= 8 else { return nil }
        var position = 8
        for _ in 0..<bytes.number(UInt64.self, at: 0) {
            guard bytes.count - position >= 24 else { return nil }
            let producer = ProducerID(bytes.number(UInt64.self, at: position))
            let count = Int(bytes.number(UInt32.self, at: position + 20))
            let end = position + 24 + 24 * count
            guard (1...Self.remembered).contains(count), end <= bytes.count,
                let entry = Entry(bytes.extracting(position + 8..<end), batches: count),
                entries.updateValue(entry, forKey: producer) == nil
            else { return nil }
            position = end
        }
        guard position == bytes.count else { return nil }
    }
}

extension ProducerTable.Entry {
    /// The entry whose 16 bytes, and 24 a batch, these are; `nil` where the epoch is none.
    fileprivate init?(_ bytes: Span<UInt8>, batches count: Int) {
        var batches: [ProducerTable.Batch] = []
        for index in 0..<count {
            let at = 16 + 24 * index
            guard let records = UInt32(exactly: bytes.number(UInt64.self, at: at + 16)) else {
                return nil
            }
            batches.append(
                ProducerTable.Batch(
                    sequence: bytes.number(UInt64.self, at: at), count: records,
                    first: bytes.number(UInt64.self, at: at + 8)))
        }
        let epoch = bytes.number(UInt32.self, at: 8)
        guard epoch > 0 else { return nil }
        self.init(epoch: epoch, next: bytes.number(UInt64.self, at: 0), batches: batches)
    }
}
