/// The first 96 bytes of a segment, a file of records that was written by one opening of a store.
///
///     0  8  "NILOKVSG"
///     8  4  version of the format, 2
///    12  4  bytes of this header, 96
///    16 16  identity of the store
///    32  8  number of the segment
///    40 24  protection: algorithm, 4 zeroes, identifier of the key
///    64 16  random salt: of the records' checksums and, in an encrypted store, of the segment's key
///    80  8  zeroes
///    88  8  XXH3-64 of all that is before
///
/// The salt is what tells the records from those of a segment that had the same number before: a crash
/// may leave one that no manifest names, which is removed, and whose number is given out again. Where
/// a file system shows what was in a block before, its records are at the same offsets of the new
/// file. Version 1 had a salt in encrypted stores alone.
struct SegmentHeader: Equatable {
    static let size = 96
    static let version: UInt32 = 2
    private static let magic = Array("NILOKVSG".utf8)
    private static let nameEnd = ".segment"

    let store: StoreIdentity
    let number: UInt64
    let protection: Protection
    let salt: CipherSalt

    /// The file name of the segment `number`.
    static func name(of number: UInt64) -> String { hexadecimal(number) + nameEnd }

    /// The number of the segment with this file name; `nil` for other files.
    static func number(of name: String) -> UInt64? {
        guard name.hasSuffix(nameEnd) else { return nil }
        return Storage.number(hexadecimal: name.dropLast(nameEnd.utf8.count))
    }

    /// What distinguishes the checksums of its records.
    var checksumSalt: UInt64 {
        store.salt(ofFile: number) ^ salt.low ^ (salt.high << 32 | salt.high >> 32)
    }

    /// The 96 bytes.
    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.append(number: Self.version)
        bytes.append(number: UInt32(Self.size))
        store.append(to: &bytes)
        bytes.append(number: number)
        protection.append(to: &bytes)
        bytes.append(number: salt.low)
        bytes.append(number: salt.high)
        bytes.append(number: UInt64(0))
        bytes.append(number: ContentHash.of(bytes.span))
        return bytes
    }

    init(
        store: StoreIdentity, number: UInt64, protection: Protection, salt: CipherSalt
    ) {
        self.store = store
        self.number = number
        self.protection = protection
        self.salt = salt
    }

    /// Reads the header of the segment `number` of `store` from its first bytes.
    init(
        _ bytes: Span<UInt8>, of number: UInt64, in store: StoreIdentity, protection: Protection
    ) throws(StoreProblem) {
        guard bytes.count >= Self.size else {
            throw .missing(why: "\(bytes.count) bytes, and a segment begins with \(Self.size)")
        }
        try FileFormat.check(bytes, magic: Self.magic, version: Self.version, size: Self.size)
        let raw = bytes
        let found = StoreIdentity(raw, at: 16)
        guard found == store else {
            throw .mismatch(why: "a segment of the store \(found), among those of \(store)")
        }
        self.store = found
        self.number = raw.number(UInt64.self, at: 32)
        guard self.number == number else {
            throw .mismatch(why: "segment \(self.number) under the name of segment \(number)")
        }
        self.protection = Protection(raw, at: 40)
        if let problem = self.protection.problem(with: protection) { throw problem }
        salt = CipherSalt(
            low: raw.number(UInt64.self, at: 64), high: raw.number(UInt64.self, at: 72))
    }
}

/// What headers of all kinds of files have in common.
enum FileFormat {
    /// Checks the first `size` bytes of a file: 8 of `magic`, the version, the header's size, and at
    /// their end an XXH3-64 of all before.
    static func check(
        _ bytes: Span<UInt8>, magic: [UInt8], version: UInt32, size: Int
    ) throws(StoreProblem) {
        guard bytes.begins(with: magic.span) else {
            throw .unknownFormat(
                why: "it does not begin with \(String(decoding: magic, as: UTF8.self))")
        }
        let raw = bytes
        let found = raw.number(UInt32.self, at: 8)
        let sum = ContentHash.of(bytes.extracting(0..<size - 8))
        let isWhole = raw.number(UInt64.self, at: size - 8) == sum
        // A version of the future may have its checksum elsewhere; a damaged number is no version.
        guard found == version else {
            throw .unknownFormat(why: "version \(found), and \(version) is known")
        }
        guard isWhole else {
            throw .damaged(offset: 0, why: "the header's checksum does not hold")
        }
        guard raw.number(UInt32.self, at: 12) == UInt32(size) else {
            throw .unknownFormat(
                why: "a header of \(raw.number(UInt32.self, at: 12)) bytes, not of \(size)")
        }
    }
}
