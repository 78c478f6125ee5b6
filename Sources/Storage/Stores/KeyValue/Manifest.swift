/// Which segments a key-value store has, in the order of age: the file `MANIFEST`, which is only
/// ever replaced whole.
///
///     0  8  "NILOKVMF"
///     8  4  version of the format, 1
///    12  4  zeroes
///    16 16  identity of the store
///    32 24  protection: algorithm, 4 zeroes, identifier of the key
///    56  8  number that the next segment gets
///    64  8  number of segments
///    72 16  for each segment: number, bytes that are known to be durable with the highest bit set
///           while it may have more
///     …  16 salt, 16 tag: authenticate all that is before, in an encrypted store
///     …   8 XXH3-64 of all that is before
struct Manifest: Equatable {
    static let name = "MANIFEST"
    static let version: UInt32 = 1

    /// What kind of store it belongs to.
    enum Kind: String {
        case keyValue = "NILOKVMF"
        /// An object store, which has no segments.
        case objects = "NILOOBMF"

        var magic: [UInt8] { Array(rawValue.utf8) }
    }

    private static let headerSize = 72
    private static let footerSize = 40
    private static let openFlag: UInt64 = 1 << 63

    /// A segment as the manifest knows it.
    struct Segment: Equatable {
        let number: UInt64
        /// How many of its bytes were durable when the manifest was written: damage within them is
        /// not the work of a crash.
        var durable: UInt64
        /// Whether it may have been appended to since.
        var isOpen: Bool
    }

    let kind: Kind
    var store: StoreIdentity
    var protection: Protection
    var next: UInt64 = 1
    var segments: [Segment] = []

    /// The manifest of a new store.
    init(store: StoreIdentity, protection: Protection, kind: Kind = .keyValue) {
        self.kind = kind
        self.store = store
        self.protection = protection
    }

    /// The file's content.
    func bytes(cipher: (any RecordCipher)?) -> [UInt8] {
        var bytes = kind.magic
        bytes.append(number: Self.version)
        bytes.append(number: UInt32(0))
        store.append(to: &bytes)
        protection.append(to: &bytes)
        bytes.append(number: next)
        bytes.append(number: UInt64(segments.count))
        for segment in segments {
            bytes.append(number: segment.number)
            bytes.append(number: segment.durable | (segment.isOpen ? Self.openFlag : 0))
        }
        FileSignature(of: bytes, cipher: cipher).append(to: &bytes)
        bytes.append(number: ContentHash.of(bytes.span))
        return bytes
    }

    /// Reads what `bytes` gave.
    init(
        _ bytes: [UInt8], cipher: (any RecordCipher)?, kind: Kind = .keyValue
    ) throws(StoreProblem) {
        self.kind = kind
        let raw = bytes.span
        guard bytes.count >= Self.headerSize + Self.footerSize else {
            throw .damaged(offset: 0, why: "\(bytes.count) bytes are too few for a manifest")
        }
        guard bytes.span.begins(with: kind.magic.span) else {
            throw .unknownFormat(why: "it does not begin with \(kind.rawValue)")
        }
        guard raw.number(UInt32.self, at: 8) == Self.version else {
            throw .unknownFormat(
                why: "version \(raw.number(UInt32.self, at: 8)), and \(Self.version) is known")
        }
        let sum = ContentHash.of(bytes.span.extracting(droppingLast: 8))
        guard raw.number(UInt64.self, at: bytes.count - 8) == sum else {
            throw .damaged(offset: 0, why: "the manifest's checksum does not hold")
        }
        store = StoreIdentity(raw, at: 16)
        protection = Protection(raw, at: 32)
        if let problem = protection.problem(with: Protection(cipher)) { throw problem }
        next = raw.number(UInt64.self, at: 56)
        let count = raw.number(UInt64.self, at: 64)
        let size = bytes.count - Self.headerSize - Self.footerSize
        guard size % 16 == 0, count == UInt64(size / 16) else {
            throw .damaged(offset: 64, why: "\(count) segments in \(size) bytes")
        }
        for index in 0..<Int(count) {
            let offset = Self.headerSize + 16 * index
            let length = raw.number(UInt64.self, at: offset + 8)
            segments.append(
                Segment(
                    number: raw.number(UInt64.self, at: offset),
                    durable: length & ~Self.openFlag, isOpen: length & Self.openFlag != 0))
        }
        let signed = bytes.count - 8 - FileSignature.size
        guard FileSignature(raw, at: signed).holds(for: bytes.span, upTo: signed, cipher: cipher)
        else { throw .tampered(offset: 0) }
    }
}

/// What authenticates a small file of an encrypted store: a salt and a tag, of which both are zero
/// without encryption.
struct FileSignature: Equatable {
    /// How many bytes it takes.
    static let size = 32

    let salt: CipherSalt
    let tag: CipherTag

    /// The signature of a file that begins with `bytes`.
    init(of bytes: [UInt8], cipher: (any RecordCipher)?) {
        guard let cipher else {
            (salt, tag) = (.none, .none)
            return
        }
        salt = .random()
        var nothing: [UInt8] = []
        var content = nothing.mutableSpan
        // The salt is used this once.
        tag = cipher.session(salt: salt).seal(&content, counter: 0, context: bytes.span)
    }

    /// Reads what `append(to:)` wrote.
    init(_ bytes: Span<UInt8>, at offset: Int) {
        salt = CipherSalt(
            low: bytes.number(UInt64.self, at: offset),
            high: bytes.number(UInt64.self, at: offset + 8))
        tag = CipherTag(
            low: bytes.number(UInt64.self, at: offset + 16),
            high: bytes.number(UInt64.self, at: offset + 24))
    }

    /// Appends the 32 bytes.
    func append(to bytes: inout [UInt8]) {
        for number in [salt.low, salt.high, tag.low, tag.high] { bytes.append(number: number) }
    }

    /// Whether this is a signature of the first `count` bytes.
    func holds(for bytes: Span<UInt8>, upTo count: Int, cipher: (any RecordCipher)?) -> Bool {
        guard let cipher else { return salt == .none && tag == .none }
        var nothing: [UInt8] = []
        var content = nothing.mutableSpan
        return cipher.session(salt: salt).open(
            &content, counter: 0, tag: tag, context: bytes.extracting(0..<count))
    }
}
