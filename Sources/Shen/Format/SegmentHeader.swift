import Storage

/// The beginning of a segment: 80 bytes, and behind them what was known of the log's producers when it
/// was begun.
///
///      0  8  "NILOSHSG"
///      8  4  version of the format, 1
///     12  4  bytes of this header, 80
///     16 16  identity of the log
///     32  8  offset of the first record
///     40  8  random salt
///     48  8  bytes of the producers' table
///     56  8  XXH3-64 of the producers' table, XORed with the place 0 under the salt
///     64  8  zeroes
///     72  8  XXH3-64 of all that is before
///     80     the producers' table, then frames
///
/// The salt is what every checksum of the segment depends on: a block that still shows what another file
/// had there is no part of this one, whichever log, segment or life of the segment's name it is from.
struct SegmentHeader: Hashable {
    static let size = 80
    static let version: UInt32 = 1
    static let magic = "NILOSHSG"
    private static let nameEnd = ".segment"
    private static let indexEnd = ".index"

    let log: LogIdentity
    /// The offset of the first record.
    let base: UInt64
    let salt: UInt64
    let tableCount: Int
    let tableSum: UInt64

    /// Where the frames begin.
    var start: UInt64 { UInt64(Self.size + tableCount) }

    /// The file name of the segment that begins with offset `base`.
    static func name(of base: UInt64) -> String { decimal(base) + nameEnd }

    /// The file name of its index.
    static func indexName(of base: UInt64) -> String { decimal(base) + indexEnd }

    /// The base of the segment with this file name; `nil` for other files.
    static func base(ofName name: String) -> UInt64? { base(of: name, nameEnd) }

    /// The base of the segment whose index has this file name; `nil` for other files.
    static func base(ofIndexName name: String) -> UInt64? { base(of: name, indexEnd) }

    private static func base(of name: String, _ end: String) -> UInt64? {
        guard name.hasSuffix(end) else { return nil }
        return offset(decimal: name.dropLast(end.utf8.count))
    }

    /// The header of a segment with this table of producers.
    init(log: LogIdentity, base: UInt64, salt: UInt64, table: [UInt8]) {
        self.log = log
        self.base = base
        self.salt = salt
        tableCount = table.count
        tableSum = ContentHash.of(table.span, at: 0, salt: salt)
    }

    /// The 80 bytes.
    var bytes: [UInt8] {
        var bytes = FileFormat.begin(Self.magic, version: Self.version, size: Self.size)
        bytes.append(number: log.low)
        bytes.append(number: log.high)
        bytes.append(number: base)
        bytes.append(number: salt)
        bytes.append(number: UInt64(tableCount))
        bytes.append(number: tableSum)
        FileFormat.finish(&bytes, size: Self.size)
        return bytes
    }

    /// Reads the header of the segment that the log `log` has at `base` with `salt`.
    init(
        _ bytes: Span<UInt8>, of log: LogIdentity, base: UInt64, salt: UInt64
    ) throws(StoreProblem) {
        try FileFormat.check(bytes, magic: Self.magic, version: Self.version, size: Self.size)
        self.log = LogIdentity(
            low: bytes.number(UInt64.self, at: 16), high: bytes.number(UInt64.self, at: 24))
        guard self.log == log else {
            throw .mismatch(why: "a segment of the log \(self.log), among those of \(log)")
        }
        self.base = bytes.number(UInt64.self, at: 32)
        guard self.base == base else {
            throw .mismatch(why: "the segment of offset \(self.base) under the name of \(base)")
        }
        self.salt = bytes.number(UInt64.self, at: 40)
        guard self.salt == salt else {
            throw .mismatch(why: "another segment of offset \(base) than the log's")
        }
        guard let count = Int(exactly: bytes.number(UInt64.self, at: 48)), count <= 1 << 30 else {
            throw .unknownFormat(why: "a table of producers that no log has")
        }
        tableCount = count
        tableSum = bytes.number(UInt64.self, at: 56)
    }

    /// The table of producers whose bytes stand behind the header.
    func table(_ bytes: Span<UInt8>, limit: Int) throws(StoreProblem) -> ProducerTable {
        guard bytes.count == tableCount else {
            throw .missing(why: "it ends within the table of producers")
        }
        guard ContentHash.of(bytes, at: 0, salt: salt) == tableSum else {
            throw .damaged(
                offset: UInt64(Self.size), why: "the checksum of the producers does not hold")
        }
        guard let table = ProducerTable(bytes, limit: limit) else {
            throw .damaged(offset: UInt64(Self.size), why: "no table of producers")
        }
        return table
    }
}
