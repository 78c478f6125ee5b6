/// Where every key's record lies, in parts that are locked one by one.
///
/// Changes come in the order of the log, from one thread at a time: who commits, recovers, or puts
/// copies in the place of originals (the latter under the locks, and only where the original is still
/// what the index has). Reads come from any thread and hold a lock for one look-up.
final class KeyIndex<Operations: FileOperations & ~Copyable>: Sendable {
    typealias Segment = StoreSegment<Operations>

    /// A record that was found: its segment stays open as long as this is held.
    struct Found {
        let segment: Segment
        let location: IndexTable.Location
    }

    /// A change that a record makes.
    struct Change {
        let kind: RecordHeader.Kind
        let offset: UInt64
        let count: Int
        let hash: UInt64
        /// The key, among the keys of all changes.
        let key: Range<Int>
    }

    private static var shardCount: Int { 64 }
    private let shards: [Shard]
    /// Held while a segment is made known: all parts must call it the same.
    private let adding = WaitLock()

    init() { shards = (0..<Self.shardCount).map { _ in Shard() } }

    /// What a key is found by.
    static func hash(_ key: Span<UInt8>) -> UInt64 { ContentHash.of(key) }

    private func shard(_ hash: UInt64) -> Shard { shards[Int(hash >> 58)] }

    /// The newest record of a key; `nil` when there is none.
    func find(_ key: Span<UInt8>) -> Found? {
        let hash = Self.hash(key)
        return shard(hash).locked { $0.find(key, hash) }
    }

    /// How many keys there are.
    var count: Int { shards.reduce(0) { $0 + $1.locked { $0.table.count } } }

    /// The segments that it knows.
    var segments: [Segment] { shards[0].locked { $0.segments.compactMap { $0 } } }

    /// Makes `segment` known, and gives the number that locations name it by.
    func add(_ segment: Segment) -> UInt32 {
        adding.lock()
        defer { adding.unlock() }
        var ordinal: UInt32 = 0
        for shard in shards {
            shard.locked { shard in
                shard.segments.append(segment)
                ordinal = UInt32(shard.segments.count)
            }
        }
        return ordinal
    }

    /// Lets go of a segment that nothing refers to any more.
    func remove(_ ordinal: UInt32) {
        for shard in shards { shard.locked { $0.segments[Int(ordinal) - 1] = nil } }
    }

    /// Lets go of all keys and segments. Whoever reads a record keeps its segment until that is done.
    func removeAll() {
        for shard in shards {
            shard.locked { shard in
                shard.table = IndexTable()
                shard.segments = []
            }
        }
    }

    /// Applies the change of one record of the segment `ordinal`.
    func apply(_ kind: RecordHeader.Kind, _ key: Span<UInt8>, at location: IndexTable.Location) {
        let hash = Self.hash(key)
        shard(hash).locked { $0.apply(kind, key, hash, at: location) }
    }

    /// Applies the changes of a batch, so that no reader sees a part of them.
    func apply(_ changes: [Change], keys: Span<UInt8>, in ordinal: UInt32) {
        var isTaken = [Bool](repeating: false, count: shards.count)
        for change in changes { isTaken[Int(change.hash >> 58)] = true }
        // In the order of the shards, as all who take more than one.
        for index in shards.indices where isTaken[index] { shards[index].lock.lock() }
        for change in changes {
            shard(change.hash).apply(
                change.kind, keys.extracting(change.key), change.hash,
                at: IndexTable.Location(
                    segment: ordinal, count: UInt32(change.count), offset: change.offset))
        }
        for index in shards.indices where isTaken[index] { shards[index].lock.unlock() }
    }

    /// Puts a copy in the place of an original, where the index still has one of the segments in
    /// `originals`; `false` where it has not.
    func replace(
        _ key: Span<UInt8>, in originals: Set<UInt32>, by location: IndexTable.Location
    ) -> Bool {
        let hash = Self.hash(key)
        return shard(hash).locked { shard in
            guard let found = shard.table.location(of: key, hash: hash),
                originals.contains(found.segment)
            else { return false }
            shard.apply(.put, key, hash, at: location)
            return true
        }
    }

    /// The records of all keys with `prefix`, as they are at one moment, by key.
    func find(prefix: Span<UInt8>) -> [(key: [UInt8], found: Found)] {
        var matches: [(key: [UInt8], found: Found)] = []
        for shard in shards { shard.lock.lock() }
        for shard in shards {
            shard.table.forEach { key, location in
                guard key.begins(with: prefix) else { return }
                matches.append(([UInt8](key), shard.found(location)))
            }
        }
        for shard in shards { shard.lock.unlock() }
        return matches.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// A part of the index.
    final class Shard: @unchecked Sendable {
        // Sendable: everything is used under `lock` alone.
        let lock = WaitLock()
        var table = IndexTable()
        /// By ordinal, from 1; what is gone leaves its place empty.
        var segments: [Segment?] = []

        func locked<Value>(_ body: (Shard) -> Value) -> Value {
            lock.lock()
            defer { lock.unlock() }
            return body(self)
        }

        func find(_ key: Span<UInt8>, _ hash: UInt64) -> Found? {
            table.location(of: key, hash: hash).map { found($0) }
        }

        func found(_ location: IndexTable.Location) -> Found {
            guard let segment = segments[Int(location.segment) - 1] else {
                preconditionFailure("a key's record in segment \(location.segment), which is gone")
            }
            return Found(segment: segment, location: location)
        }

        /// Applies a change, and keeps the segments' counts of what is live.
        func apply(
            _ kind: RecordHeader.Kind, _ key: Span<UInt8>, _ hash: UInt64,
            at location: IndexTable.Location
        ) {
            let before: IndexTable.Location?
            switch kind {
            case .put:
                before = table.insert(key, hash: hash, at: location)
                segments[Int(location.segment) - 1]?.addLive(Int(location.count))
            case .delete:
                before = table.remove(key, hash: hash)
            }
            if let before {
                segments[Int(before.segment) - 1]?.addLive(-Int(before.count))
            }
        }
    }
}
