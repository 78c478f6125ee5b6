/// A page of a block store as it lies in the file: a header of 64 bytes, the content, and zeroes.
///
///     0  8  checksum: XXH3-64 of all that follows, XORed with the page's place in the file
///     8  8  the page's place in the file, in pages
///    16 16  salt of the opening that wrote it
///    32  8  how many pages that opening had written: with the salt, a nonce that is used once
///    40  4  bytes of the content
///    44  4  kind
///    48 16  tag
///
/// Salt, count and tag are zero without encryption. A page that was torn by a crash fails its
/// checksum, one that was written to another place or read from there fails it as well.
struct PageFormat: Hashable, Sendable {
    /// What a page is for.
    enum Kind: UInt32 {
        case data = 1
        case map = 2
    }

    static let headerSize = 64

    let store: StoreIdentity
    let pageSize: Int

    /// Bytes of content that fit.
    var room: Int { pageSize - Self.headerSize }

    /// What encrypts a page.
    struct Nonce {
        let salt: CipherSalt
        let counter: UInt64
        let session: any CipherSession
    }

    /// Where the checksum of a page is.
    static func checksum(in page: Span<UInt8>) -> UInt64 { page.number(UInt64.self, at: 0) }

    /// Fills `buffer`, which is empty and has room for a page, with the page at `place`.
    func make(
        _ kind: Kind, _ content: Span<UInt8>, at place: UInt64, nonce: Nonce?,
        in buffer: inout IOBuffer
    ) {
        precondition(
            content.count <= room, "\(content.count) bytes in a page with room for \(room)")
        buffer.append(zeroes: Self.headerSize)
        buffer.append(content)
        buffer.append(zeroes: room - content.count)
        let end = Self.headerSize + content.count
        buffer.withMutableBytes { bytes in
            bytes.put(place, at: 8)
            bytes.put(UInt32(content.count), at: 40)
            bytes.put(kind.rawValue, at: 44)
            if let nonce {
                bytes.put(nonce.salt.low, at: 16)
                bytes.put(nonce.salt.high, at: 24)
                bytes.put(nonce.counter, at: 32)
                let context = context(of: bytes.span)
                let tag = bytes.withPart(Self.headerSize..<end) { content in
                    nonce.session.seal(&content, counter: nonce.counter, context: context.span)
                }
                bytes.put(tag.low, at: 48)
                bytes.put(tag.high, at: 56)
            }
            let sum = checksum(of: bytes.span, at: place)
            bytes.put(sum, at: 0)
        }
    }

    /// Checks the page at `place` that `bytes` are, decrypts it in place, and gives how many bytes of
    /// content it has behind its header.
    func open(
        _ kind: Kind, _ bytes: inout MutableSpan<UInt8>, at place: UInt64,
        sessions: inout PageSessions
    ) throws(StoreProblem) -> Int {
        let offset = place * UInt64(pageSize)
        let isAbsent = bytes.isEmpty || bytes.count == pageSize && bytes.span.isZero(0..<pageSize)
        guard !isAbsent else {
            throw .damaged(
                offset: offset, why: "the page was never written, or what was written is lost")
        }
        guard bytes.count == pageSize else {
            throw .damaged(offset: offset, why: "the file ends within the page")
        }
        guard bytes.span.number(UInt64.self, at: 0) == checksum(of: bytes.span, at: place) else {
            throw .damaged(
                offset: offset,
                why: "the page's checksum does not hold: it was torn, changed, or belongs elsewhere"
            )
        }
        let count = Int(bytes.span.number(UInt32.self, at: 40))
        let found = bytes.span.number(UInt32.self, at: 44)
        guard count <= room, found == kind.rawValue,
            bytes.span.number(UInt64.self, at: 8) == place
        else {
            throw .damaged(offset: offset, why: "a page of kind \(found) with \(count) bytes")
        }
        let salt = CipherSalt(
            low: bytes.span.number(UInt64.self, at: 16),
            high: bytes.span.number(UInt64.self, at: 24))
        guard kind == .data, let session = sessions.session(salt) else { return count }
        let counter = bytes.span.number(UInt64.self, at: 32)
        let tag = CipherTag(
            low: bytes.span.number(UInt64.self, at: 48),
            high: bytes.span.number(UInt64.self, at: 56))
        let context = context(of: bytes.span)
        let opens = bytes.withPart(Self.headerSize..<Self.headerSize + count) { content in
            session.open(&content, counter: counter, tag: tag, context: context.span)
        }
        guard opens else { throw .tampered(offset: offset) }
        return count
    }

    private func checksum(of page: Span<UInt8>, at place: UInt64) -> UInt64 {
        ContentHash.of(
            page.extracting(droppingFirst: 8), at: place, salt: store.salt(ofFile: 0))
    }

    /// What is authenticated with a page: place, salt, count, length and kind, and the store.
    private func context(of page: Span<UInt8>) -> [UInt8] {
        var context: [UInt8] = []
        context.append(page.extracting(8..<48))
        store.append(to: &context)
        return context
    }
}

/// The keys of the openings that wrote a store's pages, and the nonces of this one.
struct PageSessions {
    /// Keys are cheap to derive again, so that only so many are kept.
    private static let most = 64

    private let cipher: (any RecordCipher)?
    private let salt: CipherSalt
    private var counter: UInt64 = 0
    private var known: [CipherSalt: any CipherSession] = [:]

    init(_ cipher: (any RecordCipher)?) {
        self.cipher = cipher
        salt = cipher == nil ? .none : .random()
    }

    /// The key that belongs to a salt; `nil` without encryption.
    mutating func session(_ salt: CipherSalt) -> (any CipherSession)? {
        guard let cipher else { return nil }
        if let session = known[salt] { return session }
        if known.count >= Self.most { known = [:] }
        let session = cipher.session(salt: salt)
        known[salt] = session
        return session
    }

    /// A nonce that was never used; `nil` without encryption.
    mutating func nonce() -> PageFormat.Nonce? {
        guard let session = session(salt) else { return nil }
        counter += 1
        return PageFormat.Nonce(salt: salt, counter: counter, session: session)
    }
}
