import Glibc
import Quantities

/// A block store over any file operations.
///
/// Invariants: at most one superblock is ever being written, and the other one, its map and the pages
/// that this map has in use are as they were when it became durable, but for pages that were written
/// in place. While none is being written this holds for both.
struct BlockEngine<Operations: FileOperations & ~Copyable>: ~Copyable {
    let format: PageFormat
    let geometry: BlockGeometry
    /// What of the file could not be read.
    let unreadable: StoreProblem?
    private(set) var map: AllocationMap
    /// The newest that is durable.
    private(set) var superblock: Superblock
    private var file: PositionalFile<Operations>
    private let cipher: (any RecordCipher)?
    private var sessions: PageSessions
    /// The checksums of the pages of either map.
    private var digests: [[UInt64]]
    private var buffer: IOBuffer
    private var nextRoot: [UInt8]?
    private var isWritten = false
    private var isMirrored: Bool

    /// A store over what was made or read.
    init(_ loaded: consuming LoadedBlocks<Operations>, cipher: (any RecordCipher)?) {
        superblock = loaded.superblock
        geometry = loaded.geometry
        format = PageFormat(store: loaded.superblock.store, pageSize: loaded.geometry.pageSize)
        unreadable = loaded.unreadable
        map = loaded.map
        digests = loaded.digests
        isMirrored = loaded.isMirrored
        file = loaded.file
        buffer = IOBuffer(capacity: max(geometry.pageSize, Superblock.size))
        sessions = PageSessions(cipher)
        self.cipher = cipher
    }

    /// Where the store is.
    var path: String { file.path }
    /// Why it takes no more writes, once it does not.
    var failure: StorageError? { file.failure }
    /// How often the kernel was asked to sync.
    var syncs: UInt64 { file.syncs }
    /// What the last call of `setRoot` gave, durable or not.
    var root: [UInt8] { nextRoot ?? superblock.root }

    /// Takes a page into use; it has no content yet.
    mutating func allocate() throws(StorageError) -> UInt64 {
        try file.checkUsable()
        guard let page = map.allocate() else {
            let syncs = map.syncsToWait
            throw problem(
                .full(
                    why: syncs == 0
                        ? "all of its \(geometry.capacity) pages are in use"
                        : "none of its \(geometry.capacity) pages can be taken before "
                            + (syncs == 1 ? "the next sync" : "the second sync from now")))
        }
        return page
    }

    /// Gives a page back.
    mutating func free(_ page: UInt64) throws(StorageError) {
        try file.checkUsable()
        try check(page)
        map.free(page)
    }

    /// Writes a page's content.
    mutating func write(_ page: UInt64, _ content: Span<UInt8>) throws(StorageError) {
        try check(page)
        guard content.count <= format.room else {
            throw problem(
                .tooLong(what: "a page's content", count: content.count, limit: format.room))
        }
        emptyBuffer()
        let place = geometry.place(of: page)
        format.make(.data, content, at: place, nonce: sessions.nonce(), in: &buffer)
        isWritten = true
        try file.write(&buffer, at: place * UInt64(geometry.pageSize), thenSync: false)
    }

    /// Reads a page's content.
    mutating func read(_ page: UInt64) throws(StorageError) -> [UInt8] {
        try check(page)
        emptyBuffer()
        let place = geometry.place(of: page)
        _ = try file.read(
            geometry.pageSize, into: &buffer, at: place * UInt64(geometry.pageSize))
        do throws(StoreProblem) {
            return try buffer.withMutableBytes { bytes throws(StoreProblem) in
                let count = try format.open(.data, &bytes, at: place, sessions: &sessions)
                let start = PageFormat.headerSize
                return [UInt8](bytes.span.extracting(start..<start + count))
            }
        } catch {
            throw problem(error)
        }
    }

    /// Sets the bytes that become durable together with the map.
    mutating func setRoot(_ root: Span<UInt8>) throws(StorageError) {
        try file.checkUsable()
        guard root.count <= Superblock.longestRoot else {
            throw problem(
                .tooLong(what: "a root", count: root.count, limit: Superblock.longestRoot))
        }
        nextRoot = [UInt8](root)
    }

    /// Makes all that was written durable, and after it the map and the root.
    mutating func sync() throws(StorageError) {
        try file.checkUsable()
        if map.isChanged || nextRoot != nil || map.isHoldingBack {
            return try commit(isMirrored: false)
        }
        try syncPages()
    }

    private mutating func syncPages() throws(StorageError) {
        guard isWritten else { return }
        try file.sync()
        isWritten = false
    }

    /// Makes everything durable, and both superblocks and maps the same.
    consuming func close() throws(StorageError) {
        guard file.failure == nil else { return }
        if map.isChanged || nextRoot != nil {
            try commit(isMirrored: false)
        } else {
            try syncPages()
        }
        guard !isMirrored || unreadable != nil else { return }
        for slot in 0...1 { map.noteStale(true, slot: slot) }
        try commit(isMirrored: true)
        try commit(isMirrored: true)
    }

    /// One step from the durable state to the next: pages and map first, then the superblock that
    /// refers to them, into the place of the older one.
    private mutating func commit(isMirrored: Bool) throws(StorageError) {
        var next = superblock
        next.generation += 1
        next.root = root
        next.allocated = map.allocated
        next.isMirrored = isMirrored
        for index in map.stalePages(of: next.slot) {
            emptyBuffer()
            let place = geometry.mapPlace(next.slot, index)
            format.make(
                .map, map.content(ofPage: index).span, at: place, nonce: nil, in: &buffer)
            digests[next.slot][index] = buffer.withBytes { PageFormat.checksum(in: $0) }
            try file.write(&buffer, at: place * UInt64(geometry.pageSize), thenSync: false)
        }
        try file.sync()
        next.mapDigest = LoadedBlocks<Operations>.digest(of: digests[next.slot])
        emptyBuffer()
        buffer.append(next.bytes(cipher: cipher).span)
        try file.write(&buffer, at: geometry.superblock(next.slot), thenSync: true)
        superblock = next
        self.isMirrored = isMirrored
        map.noteStale(false, slot: next.slot)
        map.noteDurable()
        nextRoot = nil
        isWritten = false
    }

    /// Makes the buffer as new: one that a broken ring has kept is replaced, since a store that writes
    /// no more can still be read.
    private mutating func emptyBuffer() {
        let room = max(geometry.pageSize, Superblock.size)
        if buffer.capacity < room { buffer = IOBuffer(capacity: room) }
        buffer.removeAll()
    }

    private func check(_ page: UInt64) throws(StorageError) {
        guard map.contains(page) else { throw problem(.unknown(what: "page \(page) in use")) }
    }

    private func problem(_ problem: StoreProblem) -> StorageError {
        .store(path: path, problem)
    }
}
