/// What a block store is and which of its pages are in use: 4096 bytes at offset 0 and again at 4096,
/// of which the valid one with the higher generation counts.
///
///     0   8  "NILOBLKS"
///     8   4  version of the format, 1
///    12   4  bytes of a page
///    16  16  identity of the store
///    32  24  protection: algorithm, 4 zeroes, identifier of the key
///    56   8  how many pages the store can have
///    64   8  generation
///    72   8  how many pages are in use
///    80   8  XXH3-64 of the checksums of the map's pages
///    88   4  1 when the other superblock says the same, but for the generation
///    92   4  bytes of the root
///    96 256  root
///   352  32  salt and tag: authenticate all that is before, in an encrypted store
///  4088   8  XXH3-64 of all that is before
struct Superblock: Equatable, Sendable {
    static let size = 4096
    static let version: UInt32 = 1
    static let longestRoot = 256
    private static let magic = Array("NILOBLKS".utf8)
    private static let signed = 352

    let store: StoreIdentity
    let protection: Protection
    let pageSize: Int
    let capacity: UInt64
    var generation: UInt64 = 0
    var allocated: UInt64 = 0
    var mapDigest: UInt64 = 0
    var isMirrored = false
    var root: [UInt8] = []

    /// Which of the two superblocks, and of the two maps, belongs to the generation.
    var slot: Int { Int(generation % 2) }

    init(store: StoreIdentity, protection: Protection, pageSize: Int, capacity: UInt64) {
        self.store = store
        self.protection = protection
        self.pageSize = pageSize
        self.capacity = capacity
    }

    /// The 4096 bytes.
    func bytes(cipher: (any RecordCipher)?) -> [UInt8] {
        var bytes = Self.magic
        bytes.append(number: Self.version)
        bytes.append(number: UInt32(pageSize))
        store.append(to: &bytes)
        protection.append(to: &bytes)
        for number in [capacity, generation, allocated, mapDigest] { bytes.append(number: number) }
        bytes.append(number: UInt32(isMirrored ? 1 : 0))
        bytes.append(number: UInt32(root.count))
        bytes += root
        bytes += [UInt8](repeating: 0, count: Self.signed - bytes.count)
        FileSignature(of: bytes, cipher: cipher).append(to: &bytes)
        bytes += [UInt8](repeating: 0, count: Self.size - 8 - bytes.count)
        bytes.append(number: ContentHash.of(bytes.span))
        return bytes
    }

    /// Reads what `bytes` gave, at `offset` of the file.
    init(
        _ bytes: Span<UInt8>, at offset: UInt64, cipher: (any RecordCipher)?
    ) throws(StoreProblem) {
        guard bytes.count == Self.size else {
            throw .damaged(offset: offset, why: "the file ends within a superblock")
        }
        let sum = ContentHash.of(bytes.extracting(droppingLast: 8))
        guard bytes.begins(with: Self.magic.span) else {
            throw .unknownFormat(why: "it does not begin with NILOBLKS")
        }
        guard bytes.number(UInt64.self, at: Self.size - 8) == sum else {
            throw .damaged(offset: offset, why: "the superblock's checksum does not hold")
        }
        let version = bytes.number(UInt32.self, at: 8)
        guard version == Self.version else {
            throw .unknownFormat(why: "version \(version), and \(Self.version) is known")
        }
        pageSize = Int(bytes.number(UInt32.self, at: 12))
        store = StoreIdentity(bytes, at: 16)
        protection = Protection(bytes, at: 32)
        if let problem = protection.problem(with: Protection(cipher)) { throw problem }
        capacity = bytes.number(UInt64.self, at: 56)
        generation = bytes.number(UInt64.self, at: 64)
        allocated = bytes.number(UInt64.self, at: 72)
        mapDigest = bytes.number(UInt64.self, at: 80)
        isMirrored = bytes.number(UInt32.self, at: 88) == 1
        let rootCount = Int(bytes.number(UInt32.self, at: 92))
        guard BlockGeometry.isPossible(pageSize: pageSize, capacity: capacity),
            rootCount <= Self.longestRoot
        else {
            throw .damaged(
                offset: offset, why: "\(capacity) pages of \(pageSize) bytes, root \(rootCount)")
        }
        root = [UInt8](bytes.extracting(96..<96 + rootCount))
        guard
            FileSignature(bytes, at: Self.signed).holds(
                for: bytes, upTo: Self.signed, cipher: cipher)
        else { throw .tampered(offset: offset) }
    }
}

/// Where what lies in a block store's file: two superblocks, two maps of the pages in use, the pages.
struct BlockGeometry: Equatable, Sendable {
    /// Sizes that pages can have.
    static let pageSizes = 512...(1 << 20)
    /// The most pages of a store.
    static let mostPages: UInt64 = 1 << 30

    let pageSize: Int
    let capacity: UInt64

    /// Whether a store can be so.
    static func isPossible(pageSize: Int, capacity: UInt64) -> Bool {
        pageSizes.contains(pageSize) && pageSize & (pageSize - 1) == 0
            && (1...mostPages).contains(capacity)
    }

    /// Bits of the map that one of its pages holds.
    var bitsPerMapPage: UInt64 { UInt64(pageSize - PageFormat.headerSize) * 8 }

    /// Pages of one map.
    var mapPages: Int { Int((capacity + bitsPerMapPage - 1) / bitsPerMapPage) }

    /// Where superblock `slot` begins.
    func superblock(_ slot: Int) -> UInt64 { UInt64(slot * Superblock.size) }

    /// Where in the file, in pages, page `index` of map `slot` lies.
    func mapPlace(_ slot: Int, _ index: Int) -> UInt64 {
        let first = (2 * Superblock.size + pageSize - 1) / pageSize
        return UInt64(first + slot * mapPages + index)
    }

    /// Where in the file, in pages, the page `number` lies.
    func place(of number: UInt64) -> UInt64 { mapPlace(2, 0) + number }
}
