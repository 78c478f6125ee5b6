/// Reads a segment from its first record to its end, in large sequential reads, and checks every
/// record. No memory is allocated for a record unless it is larger than all before.
struct SegmentScanner<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// What was found.
    struct Outcome {
        /// Where the last whole batch ends.
        var end: UInt64
        /// How much of the segment was durable by what its records say.
        var durable: UInt64 = 0
        /// Where something else than a record begins, and what it is; `nil` when the segment ends
        /// where a batch does.
        var damage: Damage?
    }

    /// Something that is no record.
    struct Damage {
        let offset: UInt64
        let why: String
    }

    private let segment: StoreSegment<Operations>
    /// How far the segment is to be read.
    private let size: UInt64
    private var operations: Operations
    /// The bytes of the file from `start` on.
    private var buffer: IOBuffer
    private var start: UInt64
    /// How many bytes of records were hashed, which is what a search behind damage may cost.
    private(set) var hashed: UInt64 = 0

    /// A scanner of the first `size` bytes of `segment`, which reads up to `chunk` bytes at once.
    init(
        _ segment: StoreSegment<Operations>, upTo size: UInt64, chunk: Int = 1 << 20,
        operations: consuming Operations
    ) {
        self.segment = segment
        self.size = size
        self.operations = operations
        start = UInt64(SegmentHeader.size)
        buffer = IOBuffer(capacity: max(chunk, RecordHeader.size))
    }

    /// Lets `visit` see header, offset and content (key, then value) of every record, until the
    /// segment ends or something is no record.
    ///
    /// - Throws: What `visit` throws, an error of reading, `.tampered` for a record that is whole but
    ///   does not open.
    mutating func scan(
        _ visit: (RecordHeader, UInt64, Span<UInt8>) throws(StorageError) -> Void
    ) throws(StorageError) -> Outcome {
        var outcome = Outcome(end: UInt64(SegmentHeader.size))
        var offset = outcome.end
        var sequence: UInt64 = 0
        while offset < size {
            switch try record(at: offset) {
            case .broken(let why):
                outcome.damage = Damage(offset: offset, why: why)
                return outcome
            case .whole(let header, let count, let position):
                guard header.sequence > sequence, header.durable <= offset else {
                    outcome.damage = Damage(
                        offset: offset,
                        why: "record \(header.sequence) after record \(sequence)")
                    return outcome
                }
                try show(header, count, position, offset, visit)
                sequence = header.sequence
                outcome.durable = max(outcome.durable, header.durable)
                offset += UInt64(count)
                if header.endsBatch { outcome.end = offset }
            }
        }
        if outcome.end < offset {
            outcome.damage = Damage(offset: offset, why: "it ends within a batch")
        }
        return outcome
    }

    /// What lies behind something that is no record.
    enum Remainder: Equatable {
        /// Nothing but zeroes: the segment was extended ahead.
        case blank
        /// No record that was written after a sync of what is damaged: the end was torn.
        case torn
        /// A record that says of what is damaged that it was durable.
        case written(recordAt: UInt64)
    }

    /// Looks at what lies behind `damage`.
    ///
    /// A record names the length of the segment that was durable when it was written. What a crash
    /// tears was written after the last sync, and so was everything behind it, in whatever order it
    /// reached the device: no record behind names a length that reaches beyond the damage. If one
    /// does, the damage came later.
    mutating func remainder(behind damage: Damage) throws(StorageError) -> Remainder {
        var isBlank = true
        var offset = damage.offset
        while offset < size {
            let count = Int(min(4096, size - offset))
            guard let position = try position(of: offset, count) else { break }
            let isZero = buffer.withBytes { $0.isZero(position..<position + count) }
            let end = offset + UInt64(count)
            // No record begins with a block of zeroes, nor within one.
            while !isZero && offset < end {
                if let later = try recordAfterSync(at: offset, behind: damage) { return later }
                offset += 8
            }
            isBlank = isBlank && isZero
            offset = end
        }
        return isBlank ? .blank : .torn
    }

    private mutating func recordAfterSync(
        at offset: UInt64, behind damage: Damage
    ) throws(StorageError) -> Remainder? {
        // What the header says comes first: bytes that somebody put into a value may look like the
        // header of a long record at every place, and each would be hashed.
        guard offset > damage.offset, let place = try position(of: offset, RecordHeader.size),
            let header = buffer.withBytes({ RecordHeader($0, at: place) }),
            header.durable > damage.offset, header.durable <= offset, header.sequence > 0,
            case .whole = try record(at: offset)
        else { return nil }
        return .written(recordAt: offset)
    }

    // MARK: - One record

    private enum Reading {
        case whole(RecordHeader, count: Int, position: Int)
        case broken(String)
    }

    /// The whole record at `offset`, in the buffer; or why there is none.
    private mutating func record(at offset: UInt64) throws(StorageError) -> Reading {
        guard let place = try position(of: offset, RecordHeader.size) else {
            return .broken("the file ends within the header of a record")
        }
        guard let header = buffer.withBytes({ RecordHeader($0, at: place) }) else {
            return .broken("no record has such a header")
        }
        let count = header.recordCount(isSealed: segment.session != nil)
        guard UInt64(count) <= size - offset, let position = try position(of: offset, count) else {
            return .broken("the file ends within a record of \(count) bytes")
        }
        let salt = segment.salt
        hashed += UInt64(count)
        let holds = buffer.withBytes {
            RecordSeal.holds($0.extracting(position..<position + count), at: offset, salt: salt)
        }
        return holds
            ? .whole(header, count: count, position: position)
            : .broken("the checksum of a record of \(count) bytes does not hold")
    }

    /// Decrypts a whole record where that is needed, and lets `visit` see it.
    private mutating func show(
        _ header: RecordHeader, _ count: Int, _ position: Int, _ offset: UInt64,
        _ visit: (RecordHeader, UInt64, Span<UInt8>) throws(StorageError) -> Void
    ) throws(StorageError) {
        if let session = segment.session {
            let place = segment.place(offset)
            let opens = buffer.withMutableBytes { bytes in
                bytes.withPart(position..<position + count) { record in
                    RecordSeal.open(header, &record, place: place, session: session)
                }
            }
            guard opens else { throw .store(path: segment.path, .tampered(offset: offset)) }
        }
        try buffer.withBytes { bytes throws(StorageError) in
            let first = position + RecordHeader.size
            try visit(header, offset, bytes.extracting(first..<first + header.contentCount))
        }
    }

    /// Sees to it that the buffer holds `count` bytes from `offset` on, which must not lie before
    /// what was asked for last; gives where in the buffer, or `nil` when the segment ends before.
    private mutating func position(of offset: UInt64, _ count: Int) throws(StorageError) -> Int? {
        guard UInt64(count) <= size - offset else { return nil }
        let position = Int(offset - start)
        if position + count <= buffer.count { return position }
        if position < buffer.count {
            buffer.removeFirst(position)
        } else {
            buffer.removeAll()
        }
        start = offset
        if buffer.capacity < count {
            var larger = IOBuffer(capacity: count)
            larger.append(contentsOf: buffer)
            buffer = larger
        }
        let next = start + UInt64(buffer.count)
        let wanted = min(buffer.room, Int(clamping: size - next))
        let got = try operations.read(
            wanted, into: &buffer, from: segment.file, at: next, path: segment.path)
        // The file has `size` bytes: a read that gives fewer is no end that a crash left.
        guard buffer.count >= count else {
            throw .store(
                path: segment.path, .missing(why: "it ends at \(next + UInt64(got)), while read"))
        }
        return 0
    }
}
