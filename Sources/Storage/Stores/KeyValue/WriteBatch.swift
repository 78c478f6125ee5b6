/// Changes of a key-value store that are made together: after a crash all of them are there or none,
/// and no reader sees a part of them.
///
/// A later change of a key supersedes an earlier one of the same batch. A value: one thread at a time.
public struct WriteBatch: ~Copyable {
    private struct Change {
        let kind: RecordHeader.Kind
        let key: Range<Int>
        let value: Range<Int>
    }

    private var changes: [Change] = []
    private var bytes: [UInt8] = []

    /// The most bytes of all keys and values of a batch.
    public static let longest = 1 << 30

    /// An empty batch.
    public init() {}

    /// How many changes it has.
    public var count: Int { changes.count }

    /// Adds a key's new value. O(bytes).
    public mutating func put(_ key: Span<UInt8>, _ value: Span<UInt8>) {
        add(.put, key, value)
    }

    /// Adds the removal of a key, whether it is there or not. O(bytes).
    public mutating func delete(_ key: Span<UInt8>) { add(.delete, key, Span()) }

    /// Forgets the changes; the memory stays.
    public mutating func removeAll() {
        changes.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    private mutating func add(
        _ kind: RecordHeader.Kind, _ key: Span<UInt8>, _ value: Span<UInt8>
    ) {
        let start = bytes.count
        bytes.append(key)
        bytes.append(value)
        changes.append(
            Change(
                kind: kind, key: start..<start + key.count,
                value: start + key.count..<bytes.count))
    }

    /// The changes as records.
    func records(isSealed: Bool, path: String) throws(StorageError) -> [UInt8] {
        guard bytes.count <= Self.longest else {
            throw .store(
                path: path,
                .tooLong(what: "a batch", count: bytes.count, limit: Self.longest))
        }
        var records: [UInt8] = []
        for (index, change) in changes.enumerated() {
            try RecordHeader.check(keyCount: change.key.count, path: path)
            try RecordHeader.check(valueCount: change.value.count, path: path)
            RecordHeader.append(
                change.kind, key: bytes.span.extracting(change.key),
                value: bytes.span.extracting(change.value),
                endsBatch: index == changes.count - 1, isSealed: isSealed, to: &records)
        }
        return records
    }
}

extension RecordHeader {
    /// Refuses a key that a record cannot hold.
    static func check(keyCount: Int, path: String) throws(StorageError) {
        guard keyCount <= longestKey else {
            throw .store(
                path: path, .tooLong(what: "a key", count: keyCount, limit: longestKey))
        }
    }

    /// Refuses a value that a record cannot hold.
    static func check(valueCount: Int, path: String) throws(StorageError) {
        guard valueCount <= longestValue else {
            throw .store(
                path: path, .tooLong(what: "a value", count: valueCount, limit: longestValue))
        }
    }
}
