/// Takes the records of one segment in their order and applies whole batches to the index.
struct ChangeCollector<Operations: FileOperations & ~Copyable> {
    private let index: KeyIndex<Operations>
    private let segment: StoreSegment<Operations>
    private let ordinal: UInt32
    private let isSealed: Bool
    /// The records of a batch that is not complete.
    private var changes: [KeyIndex<Operations>.Change] = []
    private var keys: [UInt8] = []
    /// How many records were applied.
    private(set) var records = 0

    /// A collector of the records of `segment`, which `index` calls `ordinal`.
    init(
        _ segment: StoreSegment<Operations>, ordinal: UInt32, index: KeyIndex<Operations>
    ) {
        self.index = index
        self.segment = segment
        self.ordinal = ordinal
        isSealed = segment.session != nil
    }

    /// Takes the record at `offset`, whose content begins with its key.
    mutating func take(_ header: RecordHeader, at offset: UInt64, _ content: Span<UInt8>) {
        let count = header.recordCount(isSealed: isSealed)
        let key = content.extracting(first: header.keyCount)
        if header.endsBatch && changes.isEmpty {
            let location = IndexTable.Location(
                segment: ordinal, count: UInt32(count), offset: offset)
            index.apply(header.kind, key, at: location)
            segment.addRecord(count)
            records += 1
            return
        }
        changes.append(
            KeyIndex<Operations>.Change(
                kind: header.kind, offset: offset, count: count,
                hash: KeyIndex<Operations>.hash(key),
                key: keys.count..<keys.count + key.count))
        keys.append(key)
        guard header.endsBatch else { return }
        index.apply(changes, keys: keys.span, in: ordinal)
        for change in changes { segment.addRecord(change.count) }
        records += changes.count
        changes.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
    }
}
