/// An object as it lies in a file of its own: a header of 112 bytes, and parts of one size of which the
/// last is marked and may be shorter.
///
///     0  8  "NILOOBJT"
///     8  4  version of the format, 1
///    12  4  bytes of this header, 112
///    16 16  identity of the store
///    32 24  protection: algorithm, 4 zeroes, identifier of the key
///    56 16  salt of the object's key
///    72  8  XXH3-64 of the object's name
///    80  4  bytes of a part's content
///    84 20  zeroes
///   104  8  XXH3-64 of all that is before
///
/// A part is a header of 32 bytes and the content:
///
///     0  8  checksum: XXH3-64 of all that follows, XORed with the number of the part in the object
///     8  4  bytes of the content
///    12  4  1 in the last part
///    16 16  tag
struct ObjectHeader: Equatable, Sendable {
    static let size = 112
    static let version: UInt32 = 1
    private static let magic = Array("NILOOBJT".utf8)

    let store: StoreIdentity
    let protection: Protection
    let salt: CipherSalt
    let nameHash: UInt64
    let partSize: Int

    init(
        store: StoreIdentity, protection: Protection, salt: CipherSalt, name: ObjectName,
        partSize: Int
    ) {
        self.store = store
        self.protection = protection
        self.salt = salt
        nameHash = ContentHash.of(name.bytes.span)
        self.partSize = partSize
    }

    /// The 112 bytes.
    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.append(number: Self.version)
        bytes.append(number: UInt32(Self.size))
        store.append(to: &bytes)
        protection.append(to: &bytes)
        for number in [salt.low, salt.high, nameHash] { bytes.append(number: number) }
        bytes.append(number: UInt32(partSize))
        bytes += [UInt8](repeating: 0, count: Self.size - 8 - bytes.count)
        bytes.append(number: ContentHash.of(bytes.span))
        return bytes
    }

    /// Reads the header of the object `name` of `store` from its first bytes.
    init(
        _ bytes: Span<UInt8>, of name: ObjectName, in store: StoreIdentity, protection: Protection
    ) throws(StoreProblem) {
        guard bytes.count >= Self.size else {
            throw .damaged(offset: 0, why: "\(bytes.count) bytes are too few for an object")
        }
        try FileFormat.check(bytes, magic: Self.magic, version: Self.version, size: Self.size)
        self.store = StoreIdentity(bytes, at: 16)
        guard self.store == store else {
            throw .mismatch(why: "an object of the store \(self.store), among those of \(store)")
        }
        self.protection = Protection(bytes, at: 32)
        if let problem = self.protection.problem(with: protection) { throw problem }
        salt = CipherSalt(
            low: bytes.number(UInt64.self, at: 56), high: bytes.number(UInt64.self, at: 64))
        nameHash = bytes.number(UInt64.self, at: 72)
        partSize = Int(bytes.number(UInt32.self, at: 80))
        guard nameHash == ContentHash.of(name.bytes.span) else {
            throw .mismatch(why: "the file holds an object of another name")
        }
        guard ObjectPart.sizes.contains(partSize) else {
            throw .damaged(offset: 80, why: "parts of \(partSize) bytes")
        }
    }

    /// Where part `number` begins.
    func offset(ofPart number: UInt64) -> UInt64 {
        UInt64(Self.size) + number * UInt64(ObjectPart.headerSize + partSize)
    }

    /// How many parts, and bytes of content in the last one, an object has whose file has `size`
    /// bytes; `nil` when none has.
    func parts(fileSize size: UInt64) -> (count: UInt64, last: Int)? {
        guard size >= UInt64(Self.size + ObjectPart.headerSize) else { return nil }
        let rest = size - UInt64(Self.size)
        let whole = UInt64(ObjectPart.headerSize + partSize)
        let count = (rest + whole - 1) / whole
        let last = rest - (count - 1) * whole
        guard last >= UInt64(ObjectPart.headerSize) else { return nil }
        return (count, Int(last) - ObjectPart.headerSize)
    }
}

/// A part of an object, in a buffer.
struct ObjectPart {
    static let headerSize = 32
    /// Sizes that the content of a part can have.
    static let sizes = 512...(64 << 20)

    let header: ObjectHeader
    let number: UInt64

    /// Makes a whole part of `buffer`, which holds room for the header and the content.
    func close(_ buffer: inout IOBuffer, isLast: Bool, session: (any CipherSession)?) {
        let count = buffer.count - Self.headerSize
        buffer.withMutableBytes { bytes in
            bytes.put(UInt32(count), at: 8)
            bytes.put(UInt32(isLast ? 1 : 0), at: 12)
            if let session {
                let context = context(of: bytes.span)
                let tag = bytes.withPart(Self.headerSize..<Self.headerSize + count) { content in
                    session.seal(&content, counter: number, context: context.span)
                }
                bytes.put(tag.low, at: 16)
                bytes.put(tag.high, at: 24)
            }
            let sum = checksum(of: bytes.span)
            bytes.put(sum, at: 0)
        }
    }

    /// Checks the part in `buffer`, and decrypts it in place. `isLast` is what its place in the file
    /// says.
    func open(
        _ buffer: inout IOBuffer, isLast: Bool, session: (any CipherSession)?
    ) throws(StoreProblem) {
        let offset = header.offset(ofPart: number)
        let count = buffer.count - Self.headerSize
        try buffer.withMutableBytes { bytes throws(StoreProblem) in
            guard bytes.span.number(UInt64.self, at: 0) == checksum(of: bytes.span) else {
                throw .damaged(offset: offset, why: "the checksum of part \(number) does not hold")
            }
            guard Int(bytes.span.number(UInt32.self, at: 8)) == count,
                bytes.span.number(UInt32.self, at: 12) == (isLast ? 1 : 0)
            else {
                throw .damaged(
                    offset: offset,
                    why: isLast
                        ? "the object ends with part \(number), which is not its last"
                        : "the object goes on behind part \(number), which is its last")
            }
            guard let session else { return }
            let tag = CipherTag(
                low: bytes.span.number(UInt64.self, at: 16),
                high: bytes.span.number(UInt64.self, at: 24))
            let context = context(of: bytes.span)
            let opens = bytes.withPart(Self.headerSize..<Self.headerSize + count) { content in
                session.open(&content, counter: number, tag: tag, context: context.span)
            }
            guard opens else { throw .tampered(offset: offset) }
        }
    }

    private func checksum(of part: Span<UInt8>) -> UInt64 {
        ContentHash.of(
            part.extracting(droppingFirst: 8), at: number,
            salt: header.store.salt(ofFile: header.nameHash))
    }

    /// What is authenticated with a part: its length, whether it is the last, its number, the name.
    private func context(of part: Span<UInt8>) -> [UInt8] {
        var context: [UInt8] = []
        context.append(part.extracting(8..<16))
        context.append(number: number)
        context.append(number: header.nameHash)
        header.store.append(to: &context)
        return context
    }
}

/// The name of an object, and that of its file: letters, digits, `-`, `_` and `.` as they are, every
/// other byte as `%` and two hexadecimal digits.
struct ObjectName: Hashable, Sendable {
    /// The longest file name; Linux has up to 255.
    static let longest = 240
    /// What the names of objects' files begin with, so that none is `.` or another file's.
    private static let prefix = "o."

    let bytes: [UInt8]
    let fileName: String

    /// The name `text`.
    init(_ text: String, path: String) throws(StorageError) {
        var name = Self.prefix
        for byte in text.utf8 {
            if Self.isPlain(byte) {
                name.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        guard name.utf8.count <= Self.longest else {
            throw .store(
                path: path,
                .tooLong(
                    what: "an object's file name", count: name.utf8.count, limit: Self.longest))
        }
        bytes = Array(text.utf8)
        fileName = name
    }

    /// The text whose file has this name; `nil` for other files.
    static func text(ofFile fileName: String) -> String? {
        guard fileName.hasPrefix(prefix) else { return nil }
        var bytes: [UInt8] = []
        var rest = Array(fileName.utf8.dropFirst(prefix.utf8.count))[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                guard isPlain(byte) else { return nil }
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard rest.count >= 2, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }),
                let value = UInt8(digits, radix: 16), !isPlain(value)
            else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
