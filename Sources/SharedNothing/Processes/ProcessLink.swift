import Channels

/// A record as it was read: its bytes are in the link's buffer.
struct LinkRecord: Equatable, Sendable {
    /// What a record is about.
    enum Kind: UInt32, Sendable {
        /// A message, or the answer to one.
        case message = 1
        /// The child's worker has started.
        case started = 2
        /// The child's worker could not be started; the bytes are the reason.
        case startFailed = 3
        /// Handling a message failed; the bytes are the reason.
        case failed = 4
    }

    let kind: Kind
    let ordinal: UInt64
    let byteCount: Int
}

/// What is wrong with what another process wrote into its lane.
public enum LinkFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The tail is not where records can end, or further ahead than the ring is long.
    case impossibleTail(UInt64, read: UInt64)
    /// A record is said to be longer than what was published.
    case recordBeyondTail(byteCount: Int, published: Int)
    /// A record is of no known kind.
    case unknownKind(UInt32)
    /// A record answers another message than the oldest unanswered one.
    case unexpectedOrdinal(UInt64, expected: UInt64)
    /// The worker says a second time that it has started.
    case startedTwice

    /// One line for a person.
    public var description: String {
        switch self {
        case .impossibleTail(let tail, let read): "tail \(tail), where \(read) bytes were read"
        case .recordBeyondTail(let byteCount, let published):
            "a record of \(byteCount) bytes in \(published) published ones"
        case .unknownKind(let kind): "a record of kind \(kind)"
        case .unexpectedOrdinal(let ordinal, let expected):
            "an answer to message \(ordinal), expected \(expected)"
        case .startedTwice: "that its worker started, twice"
        }
    }
}

/// Two lanes between two processes, as one of them sees them: it writes its own and reads the other.
///
/// A record is a header of 16 bytes (length, kind, ordinal) and its bytes, padded to a multiple of
/// 8. What is read is checked against the ring's bounds and copied before anyone looks at it, so
/// that the other process, whatever it writes and when, cannot make this one read or write outside.
/// One thread at a time.
struct ProcessLink: ~Copyable {
    /// What this process writes.
    let own: SharedLane
    /// What it reads.
    private(set) var other: SharedLane
    /// Bytes ever written to the own lane, published or about to be.
    private(set) var written: UInt64
    /// Bytes read of the other lane.
    private(set) var read: UInt64
    private var readPublished: UInt64
    private var buffer: [UInt8] = []

    /// Bytes of a record's header.
    static var headerBytes: Int { 16 }

    /// Bytes that a record with `count` bytes takes.
    static func recordBytes(_ count: Int) -> Int { headerBytes + (count + 7) / 8 * 8 }

    /// The link whose own lane has been written up to `written`, and whose other one was read up to
    /// `read`.
    init(
        own: consuming SharedLane, other: consuming SharedLane, written: UInt64 = 0,
        read: UInt64 = 0
    ) {
        self.own = own
        self.other = other
        self.written = written
        self.read = read
        readPublished = read
    }

    /// Goes on with a new process at the other end, and its lane.
    mutating func replaceOther(by lane: consuming SharedLane) {
        other = lane
        read = 0
        readPublished = 0
    }

    /// The longest message that the own lane can carry.
    var longestMessage: Int { min(own.byteCount - Self.headerBytes, Int(UInt32.max) - 7) }

    /// Whether a record with `count` bytes fits behind what was not yet read up to `freed`.
    func hasRoom(for count: Int, freed: UInt64) -> Bool {
        // The position that was freed may be anything where the other process says it.
        let used = written &- freed
        return used <= UInt64(own.byteCount)
            && own.byteCount - Int(used) >= Self.recordBytes(count)
    }

    /// Writes and publishes a record of `count` bytes, for which there must be room.
    mutating func send(
        _ kind: LinkRecord.Kind, ordinal: UInt64, count: Int,
        _ encode: (inout OutputRawSpan) -> Void
    ) {
        let size = Self.recordBytes(count)
        let record = unsafe own.bytes(at: written, count: size)
        // SAFETY: the header and `count` bytes lie in the record, which nobody reads before it is
        // published. Records begin at multiples of 8.
        unsafe record.storeBytes(of: UInt32(count), toByteOffset: 0, as: UInt32.self)
        unsafe record.storeBytes(of: kind.rawValue, toByteOffset: 4, as: UInt32.self)
        unsafe record.storeBytes(of: ordinal, toByteOffset: 8, as: UInt64.self)
        let body = unsafe UnsafeMutableRawBufferPointer(
            rebasing: record[Self.headerBytes..<Self.headerBytes + count])
        var output = unsafe OutputRawSpan(buffer: body, initializedCount: 0)
        encode(&output)
        let encoded = unsafe output.finalize(for: body)
        precondition(encoded == count, "a message of \(count) bytes encoded \(encoded)")
        written += UInt64(size)
        own.publish(tail: written)
        wakeOther(from: .record)
    }

    /// The next record of the other lane, copied into the buffer; nil when there is none.
    mutating func receive() throws(LinkFault) -> LinkRecord? {
        // Pairs with the release in `publish(tail:)`.
        let tail = other.tail
        let published = tail &- read
        guard published > 0 else { return nil }
        guard published <= UInt64(other.byteCount), published % 8 == 0,
            published >= UInt64(Self.headerBytes)
        else { throw .impossibleTail(tail, read: read) }
        // SAFETY: the published bytes lie in the ring. Each word is read once: what the other
        // process makes of it afterwards does not matter.
        let header = unsafe other.bytes(at: read, count: Self.headerBytes)
        let length = unsafe header.load(fromByteOffset: 0, as: UInt32.self)
        let number = unsafe header.load(fromByteOffset: 4, as: UInt32.self)
        let ordinal = unsafe header.load(fromByteOffset: 8, as: UInt64.self)
        let count = Int(length)
        let size = Self.recordBytes(count)
        guard size <= Int(published) else {
            throw .recordBeyondTail(byteCount: count, published: Int(published))
        }
        guard let kind = LinkRecord.Kind(rawValue: number) else { throw .unknownKind(number) }
        copy(count, at: read + UInt64(Self.headerBytes))
        read += UInt64(size)
        releaseRead(isLast: size == Int(published))
        return LinkRecord(kind: kind, ordinal: ordinal, byteCount: count)
    }

    /// The bytes of the record that was received last.
    func withBytes<Answer, Failure: Error>(
        of record: LinkRecord, _ body: (RawSpan) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        // SAFETY: bytes have no padding.
        let bytes = unsafe buffer.span.bytes.extracting(0..<record.byteCount)
        return try body(bytes)
    }

    /// The text of the record that was received last; what is no UTF-8 is replaced.
    func text(of record: LinkRecord) -> String {
        String(decoding: buffer.prefix(record.byteCount), as: UTF8.self)
    }

    /// Whether there is a record to receive.
    var hasRecord: Bool { other.tail != read }

    /// Rings if the other process sleeps for this, which has come.
    func wakeOther(from cause: SharedLane.Sleep) {
        // The sleeper sets its flag, passes a fence and looks at the words; this side has written
        // the words, passes a fence and looks at the flag: one of them sees the other.
        ProcessorAtomics.fenceSequentiallyConsistent()
        if other.sleeps(for: cause) { own.ring() }
    }

    private mutating func copy(_ count: Int, at position: UInt64) {
        if buffer.count < count {
            buffer = [UInt8](repeating: 0, count: max(count, 2 * buffer.count))
        }
        guard count > 0 else { return }
        let source = unsafe UnsafeRawBufferPointer(other.bytes(at: position, count: count))
        // SAFETY: the buffer has at least `count` bytes.
        unsafe buffer.withUnsafeMutableBytes { target in
            unsafe target.copyMemory(from: source)
        }
    }

    /// Gives the bytes that were read back to the writer: not for each record, but before the
    /// writer could run out of room, and when everything was read.
    private mutating func releaseRead(isLast: Bool) {
        guard isLast || read - readPublished >= UInt64(other.byteCount / 4) else { return }
        readPublished = read
        own.publish(taken: read)
        wakeOther(from: .room)
    }
}

extension ProcessLink {
    /// What one side waits for.
    enum Need: Equatable {
        /// A record in the other lane.
        case record
        /// A record in the other lane, or the other side's word that none will follow. Only of a
        /// side that is believed: one that says so and goes on would keep this one from sleeping.
        case recordOrEnd
        /// Room for a record with so many bytes, by what the other process has read.
        case room(Int)
    }

    /// How often a wait looks before it sleeps: about as long as waking another process takes.
    static var spins: Int { 400 }

    /// Whether there is what one waits for.
    func isThere(_ need: Need) -> Bool {
        switch need {
        case .record: hasRecord
        case .recordOrEnd: hasRecord || other.isStopping
        case .room(let count): hasRoom(for: count, freed: other.taken)
        }
    }

    /// Waits for `need`, at most about `nanoseconds`; may return early.
    func wait(for need: Need, atMost nanoseconds: Int64) {
        for _ in 0..<Self.spins {
            if isThere(need) { return }
            ProcessorAtomics.pause()
        }
        // Read before the last look: a ring after that look changes it.
        let bell = other.bell
        if case .room = need { own.set(sleep: .room) } else { own.set(sleep: .record) }
        // Pairs with the fence in `wakeOther`.
        ProcessorAtomics.fenceSequentiallyConsistent()
        if !isThere(need) { other.sleep(while: bell, atMost: nanoseconds) }
        own.set(sleep: .awake)
    }
}
