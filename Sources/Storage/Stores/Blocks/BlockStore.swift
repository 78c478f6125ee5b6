import Quantities

/// Pages of one size in a file, each with a checksum, and a map of those in use.
///
///     var store = try BlockStore(path: "tree", options: .init(engine: .automatic))
///     let page = try store.allocate()
///     try store.write(page, content.span)
///     try store.setRoot(root.span)
///     try store.sync()
///     try store.close()
///
/// **What is durable when.** Nothing before `sync` returns; then everything is. The map of pages in
/// use and the root, a few bytes of the caller's, become durable in one step, after all pages: a crash
/// leaves both as they were at one `sync` or both as they were at the next. A page that is written in
/// place may be old, new or torn after a crash, and a torn one is an error when it is read. Whoever
/// wants more writes new content to a new page, refers to it from the root, and frees the old page
/// in the same `sync` (shadow paging: Lorie, "Physical integrity in a large segmented database", 1977):
/// a freed page goes to nobody else before two syncs have returned, so that the pages of the `sync`
/// before the last are there as well.
///
/// **What is checked.** The checksum of a page (XXH3-64) covers its place, so that a page which was
/// torn, changed, written to another place or read from there is an error with its offset. A write
/// that the device lost altogether is told where the page was never written before; an older content
/// of the same page is not. Superblock and map are there twice; if one of two cannot be read the
/// other counts, and `unreadable` says so. In an encrypted store the superblock's tag authenticates
/// all of it but the map: that has a checksum alone, so that whoever can write to the file can forge
/// which pages are in use.
///
/// A failed sync, and any failure that leaves it unknown what the device holds, poisons the store. One
/// opener at a time (`flock`), one thread at a time.
public struct BlockStore: ~Copyable {
    /// How to open a store.
    public struct Options: Sendable {
        /// Which way writes and syncs take to the kernel.
        public var engine: AppendFile.EngineChoice
        /// Whether the store may be there already.
        public var creation: AppendFile.Creation
        /// Bytes of a page, in a new store: a power of two from 512 to 1 Mi.
        public var pageSize: ByteCount
        /// How many pages a new store can have: 1 to 2³⁰. Three bits for each are in memory, and two
        /// in the file.
        public var capacity: UInt64
        /// The permission bits of a created file, before the process's umask.
        public var permissions: UInt32
        /// Encrypts the pages; it must be the same key every time. `nil` for plain text.
        public var cipher: (any RecordCipher)?

        /// Options with the given engine, by default for pages of 4096 bytes and up to 4 GiB of them.
        public init(
            engine: AppendFile.EngineChoice, creation: AppendFile.Creation = .ifMissing,
            pageSize: ByteCount = .kibibytes(4), capacity: UInt64 = 1 << 20,
            permissions: UInt32 = 0o644, cipher: (any RecordCipher)? = nil
        ) {
            self.engine = engine
            self.creation = creation
            self.pageSize = pageSize
            self.capacity = capacity
            self.permissions = permissions
            self.cipher = cipher
        }

        /// Refuses sizes that no store can have.
        func check(path: String) throws(StorageError) {
            guard pageSize.rawValue <= UInt64(BlockGeometry.pageSizes.upperBound),
                BlockGeometry.isPossible(pageSize: Int(pageSize.rawValue), capacity: capacity)
            else {
                throw .store(
                    path: path,
                    .mismatch(
                        why: "no store has \(capacity) pages of \(pageSize): a page has a power of "
                            + "two of bytes from 512 to 1 Mi, and there are 1 to 2^30"))
            }
        }
    }

    private var engine: BlockEngine<SystemOperations>

    /// Opens the store in the file at `path`, and makes it where there is none if `options` say so.
    /// A store that is there has the sizes that it was made with.
    ///
    /// - Throws: `StorageError.locked` when there is another opener; `.store` with the reason when the
    ///   content is not what a store wrote, or the key is another; `.refused` with the step.
    public init(path: String, options: Options) throws(StorageError) {
        try options.check(path: path)
        let choice = options.engine
        let loaded = try LoadedBlocks.open(path: path, options: options) {
            () throws(StorageError) in
            try SystemOperations(for: choice, threads: .any, path: path)
        }
        engine = BlockEngine(loaded, cipher: options.cipher)
    }

    /// Where the store is.
    public var path: String { engine.path }

    /// Bytes of a page in the file.
    public var pageSize: Int { engine.geometry.pageSize }

    /// Bytes of content that a page holds at most.
    public var room: Int { engine.format.room }

    /// How many pages the store can have.
    public var capacity: UInt64 { engine.geometry.capacity }

    /// How many pages are in use.
    public var allocated: UInt64 { engine.map.allocated }

    /// Why one of the two superblocks or maps could not be read when the store was opened: a crash
    /// tore it while it was being written, or it was damaged later. The store then is as at the `sync`
    /// of the other one, which may be the one before the last: with its root and its map, and with the
    /// pages that this map has in use, but for what was written in place since.
    public var unreadable: StoreProblem? { engine.unreadable }

    /// What poisoned the store, if anything did.
    public var failure: StorageError? { engine.failure }

    /// What the last `setRoot` gave; empty in a new store.
    public var root: [UInt8] { engine.root }

    /// Whether the page is in use.
    public func contains(_ page: UInt64) -> Bool { engine.map.contains(page) }

    /// Takes a page into use, which has no content before it is written. O(capacity / 64) at worst.
    ///
    /// - Throws: `.store` with `.full` when none can be taken.
    public mutating func allocate() throws(StorageError) -> UInt64 { try engine.allocate() }

    /// Gives a page back; it goes to nobody else before the second `sync` from now. A `sync` in between
    /// that would have nothing else to make durable makes the map so for its sake.
    public mutating func free(_ page: UInt64) throws(StorageError) { try engine.free(page) }

    /// Writes the content of a page in use, at most `room` bytes, in place.
    ///
    /// - Throws: `.refused(.write, …)`; without room the store stays usable, the page's content is
    ///   lost.
    public mutating func write(
        _ page: UInt64, _ content: Span<UInt8>
    ) throws(StorageError) { try engine.write(page, content) }

    /// The content of a page in use, as it was written.
    ///
    /// - Throws: `.store` with `.damaged` or `.tampered` when it is not what was written.
    public mutating func read(_ page: UInt64) throws(StorageError) -> [UInt8] {
        try engine.read(page)
    }

    /// Sets the root, up to 256 bytes that become durable together with the map of pages in use.
    public mutating func setRoot(_ root: Span<UInt8>) throws(StorageError) {
        try engine.setRoot(root)
    }

    /// Waits until everything is durable: pages first, then map and root in one step. Two syncs of the
    /// device when pages were taken or freed or the root was set; one when pages were only written.
    ///
    /// - Throws: `StorageError.refused(.sync, …)`, and from then on `.poisoned`.
    public mutating func sync() throws(StorageError) { try engine.sync() }

    /// Makes everything durable, superblock and map twice, and closes the file; it is closed whatever
    /// is thrown. A store that is dropped without this is closed as it is.
    public consuming func close() throws(StorageError) { try engine.close() }
}
