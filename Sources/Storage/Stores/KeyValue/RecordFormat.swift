/// A record of a key-value store, as it lies in a segment: a header of 32 bytes, the key, the value,
/// for an encrypted store the tag, and zeroes up to a multiple of 8.
///
///     0  8  checksum: XXH3-64 of all that follows, XORed with the place
///     8  8  sequence number: rises from record to record of a segment, and is the nonce
///    16  8  how much of the segment was durable when this was written
///    24  4  bytes of the value
///    28  2  bytes of the key
///    30  1  kind
///    31  1  flags: 1 when it ends a batch
///
/// In an encrypted store key and value are ciphertext; header and place are authenticated with it.
struct RecordHeader: Equatable {
    /// What a record says of its key.
    enum Kind: UInt8 {
        case put = 1
        case delete = 2
    }

    static let size = 32
    static let longestKey = Int(UInt16.max)
    /// What is longer belongs into an object store.
    static let longestValue = 1 << 28
    private static let endsBatchFlag: UInt8 = 1

    var kind: Kind
    var endsBatch: Bool
    var keyCount: Int
    var valueCount: Int
    /// Given by the log.
    var sequence: UInt64 = 0
    /// Given by the log.
    var durable: UInt64 = 0

    /// A record that is still to be written.
    init(_ kind: Kind, keyCount: Int, valueCount: Int, endsBatch: Bool) {
        self.kind = kind
        self.keyCount = keyCount
        self.valueCount = valueCount
        self.endsBatch = endsBatch
    }

    /// The header at `offset` of `bytes`; `nil` when no record has such a one.
    init?(_ bytes: Span<UInt8>, at offset: Int) {
        guard let kind = Kind(rawValue: bytes.number(UInt8.self, at: offset + 30)) else {
            return nil
        }
        let flags = bytes.number(UInt8.self, at: offset + 31)
        guard flags & ~Self.endsBatchFlag == 0 else { return nil }
        self.kind = kind
        endsBatch = flags == Self.endsBatchFlag
        sequence = bytes.number(UInt64.self, at: offset + 8)
        durable = bytes.number(UInt64.self, at: offset + 16)
        valueCount = Int(bytes.number(UInt32.self, at: offset + 24))
        keyCount = Int(bytes.number(UInt16.self, at: offset + 28))
        guard valueCount <= Self.longestValue, kind == .put || valueCount == 0 else { return nil }
    }

    /// Bytes of key and value.
    var contentCount: Int { keyCount + valueCount }

    /// Bytes of the whole record.
    func recordCount(isSealed: Bool) -> Int {
        (Self.size + contentCount + (isSealed ? CipherTag.size : 0) + 7) & ~7
    }

    /// Writes the header at `offset`, without the checksum.
    func write(to bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.put(sequence, at: offset + 8)
        bytes.put(durable, at: offset + 16)
        bytes.put(UInt32(valueCount), at: offset + 24)
        bytes.put(UInt16(keyCount), at: offset + 28)
        bytes.put(kind.rawValue, at: offset + 30)
        bytes.put(endsBatch ? Self.endsBatchFlag : 0, at: offset + 31)
    }

    /// Appends a record whose sequence number and checksum, and for an encrypted store whose tag,
    /// the log will fill in.
    static func append(
        _ kind: Kind, key: Span<UInt8>, value: Span<UInt8>, endsBatch: Bool, isSealed: Bool,
        to bytes: inout [UInt8]
    ) {
        let header = RecordHeader(
            kind, keyCount: key.count, valueCount: value.count, endsBatch: endsBatch)
        let start = bytes.count
        let count = header.recordCount(isSealed: isSealed)
        bytes.reserveCapacity(start + count)
        bytes.append(number: UInt64(0))
        bytes.append(number: UInt64(0))
        bytes.append(number: UInt64(0))
        bytes.append(number: UInt32(value.count))
        bytes.append(number: UInt16(key.count))
        bytes.append(kind.rawValue)
        bytes.append(endsBatch ? endsBatchFlag : 0)
        bytes.append(key)
        bytes.append(value)
        while bytes.count < start + count { bytes.append(0) }
    }
}

/// Where a record lies, which goes into its checksum and its authentication.
struct RecordPlace {
    let store: StoreIdentity
    let segment: UInt64
    let offset: UInt64

    /// What is authenticated with a record: its header without the checksum, and its place.
    func context(of header: Span<UInt8>) -> [UInt8] {
        var context: [UInt8] = []
        context.reserveCapacity(RecordHeader.size + 32)
        context.append(header.extracting(8..<RecordHeader.size))
        context.append(number: offset)
        context.append(number: segment)
        store.append(to: &context)
        return context
    }
}

/// Making records whole, and checking whole ones.
enum RecordSeal {
    /// Fills in what the record at `start` of `bytes` still lacks: `header`, whose numbers are known
    /// now, the ciphertext with its tag, and the checksum. `salt` is that of the place's segment.
    static func close(
        _ header: RecordHeader, at start: Int, of bytes: inout MutableSpan<UInt8>,
        place: RecordPlace, salt: UInt64, session: (any CipherSession)?
    ) {
        let count = header.recordCount(isSealed: session != nil)
        header.write(to: &bytes, at: start)
        if let session {
            let context = place.context(
                of: bytes.span.extracting(start..<start + RecordHeader.size))
            let end = start + RecordHeader.size + header.contentCount
            let tag = bytes.withPart(start + RecordHeader.size..<end) { content in
                session.seal(&content, counter: header.sequence, context: context.span)
            }
            bytes.put(tag.low, at: end)
            bytes.put(tag.high, at: end + 8)
        }
        let sum = ContentHash.of(
            bytes.span.extracting(start + 8..<start + count), at: place.offset, salt: salt)
        bytes.put(sum, at: start)
    }

    /// Whether the whole record that `bytes` begin with has the checksum that it says.
    static func holds(_ record: Span<UInt8>, at offset: UInt64, salt: UInt64) -> Bool {
        record.number(UInt64.self, at: 0)
            == ContentHash.of(record.extracting(droppingFirst: 8), at: offset, salt: salt)
    }

    /// Decrypts the content of a whole record in place; `false` when it does not open.
    static func open(
        _ header: RecordHeader, _ record: inout MutableSpan<UInt8>, place: RecordPlace,
        session: any CipherSession
    ) -> Bool {
        let context = place.context(of: record.span.extracting(0..<RecordHeader.size))
        let end = RecordHeader.size + header.contentCount
        let tag = CipherTag(
            low: record.span.number(UInt64.self, at: end),
            high: record.span.number(UInt64.self, at: end + 8))
        return record.withPart(RecordHeader.size..<end) { content in
            session.open(&content, counter: header.sequence, tag: tag, context: context.span)
        }
    }
}
