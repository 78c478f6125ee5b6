import Storage

/// Which segments a log consists of. A file that it does not name is no part of the log, and never held
/// a record that anybody was told of.
///
///      0  8  "NILOSHMF"
///      8  4  version of the format, 1
///     12  4  bytes of this header, 72
///     16 16  identity of the log
///     32  8  the oldest offset
///     40  8  segments
///     48  8  XXH3-64 of all that follows the header
///     56  8  the mark of the last batch when the manifest was written
///     64  8  XXH3-64 of all that is before
///     72     the list: 48 bytes a segment, oldest first
///            where there is no segment: what is known of the log's producers
///
/// A segment: offset of its first record; salt; bytes that are durable, for all but an open one all that
/// it has; offset behind its last record (its first one's for an open one); newest time of its records;
/// 1 for an open segment, which can only be the last, 0 otherwise.
struct LogManifest: Hashable {
    /// Its file name.
    static let name = "MANIFEST"
    static let size = 72
    static let version: UInt32 = 1
    static let magic = "NILOSHMF"
    private static let entrySize = 48

    /// A segment of the log.
    struct Entry: Hashable {
        let base: UInt64
        let salt: UInt64
        /// How many of its bytes are known to be durable; of one that is not open, all that count.
        var length: UInt64
        /// The offset behind its last record; not known for one that is open.
        var end: UInt64
        /// The newest time of its records.
        var newest: Int64
        /// Whether it was growing when the manifest was written.
        var isOpen: Bool
    }

    let log: LogIdentity
    /// The oldest offset of the log.
    var first: UInt64
    var entries: [Entry] = []
    /// The mark of the last batch.
    var mark: UInt64 = 0
    /// The table of producers, where there is no segment that has it.
    var table: [UInt8] = []

    /// A log without segments.
    init(log: LogIdentity, first: UInt64) {
        self.log = log
        self.first = first
    }

    /// The whole file.
    var bytes: [UInt8] {
        var list: [UInt8] = []
        for entry in entries {
            list.append(number: entry.base)
            list.append(number: entry.salt)
            list.append(number: entry.length)
            list.append(number: entry.end)
            list.append(number: entry.newest)
            list.append(number: entry.isOpen ? UInt64(1) : 0)
        }
        if entries.isEmpty { list += table }
        var bytes = FileFormat.begin(Self.magic, version: Self.version, size: Self.size)
        bytes.append(number: log.low)
        bytes.append(number: log.high)
        bytes.append(number: first)
        bytes.append(number: UInt64(entries.count))
        bytes.append(number: ContentHash.of(list.span))
        bytes.append(number: mark)
        FileFormat.finish(&bytes, size: Self.size)
        return bytes + list
    }

    /// Reads the whole file.
    init(_ file: Span<UInt8>) throws(StoreProblem) {
        try FileFormat.check(file, magic: Self.magic, version: Self.version, size: Self.size)
        log = LogIdentity(
            low: file.number(UInt64.self, at: 16), high: file.number(UInt64.self, at: 24))
        first = file.number(UInt64.self, at: 32)
        mark = file.number(UInt64.self, at: 56)
        let list = file.extracting(droppingFirst: Self.size)
        let count = file.number(UInt64.self, at: 40)
        guard
            count == 0
                || (count == UInt64(list.count / Self.entrySize)
                    && list.count % Self.entrySize == 0)
        else { throw .missing(why: "\(list.count) bytes of a list of \(count) segments") }
        guard ContentHash.of(list) == file.number(UInt64.self, at: 48) else {
            throw .damaged(offset: UInt64(Self.size), why: "the list's checksum does not hold")
        }
        for index in 0..<Int(count) {
            let at = index * Self.entrySize
            entries.append(
                Entry(
                    base: list.number(UInt64.self, at: at),
                    salt: list.number(UInt64.self, at: at + 8),
                    length: list.number(UInt64.self, at: at + 16),
                    end: list.number(UInt64.self, at: at + 24),
                    newest: list.number(Int64.self, at: at + 32),
                    isOpen: list.number(UInt64.self, at: at + 40) == 1))
        }
        if count == 0 { table = [UInt8](list) }
        guard isSound else {
            throw .damaged(offset: UInt64(Self.size), why: "its segments do not follow each other")
        }
    }

    /// Whether the segments follow each other without a gap, from the oldest offset on.
    private var isSound: Bool {
        var next = first
        for (index, entry) in entries.enumerated() {
            guard entry.base == next, entry.end >= entry.base,
                !entry.isOpen || index == entries.count - 1
            else { return false }
            next = entry.end
        }
        return true
    }
}
