import Quantities

/// Large values under names, written and read in parts.
///
///     let store = try ObjectStore(path: "backups", options: .init(engine: .automatic))
///     var writer = try store.writer(of: "monday")
///     try writer.write(chunk.span)
///     try writer.publish()
///
/// An object is a file of its own. It is written under another name, part by part, each with a
/// checksum (XXH3-64) that covers its number; `publish` syncs it, renames it, and syncs the directory.
/// So a name leads to the whole old object or to the whole new one, whenever a crash comes; what was
/// never published is swept when the store is opened. A reader keeps the object that it has opened,
/// even when it is replaced or deleted meanwhile.
///
/// When `publish` or `delete` returns, that is durable. When a sync of the directory fails it is
/// unknown which object a crash would leave: the store is poisoned and refuses writes until it is
/// opened again. A failure in writing an object concerns that object alone.
///
/// One opener at a time: the file `LOCK` in the store's directory is locked (`flock`). Any thread may
/// call anything at any time; a writer or reader belongs to one thread at a time.
public final class ObjectStore: Sendable {
    /// How to open a store.
    public struct Options: Sendable {
        /// Which way writes take to the kernel.
        public var engine: AppendFile.EngineChoice
        /// Whether the store may be there already.
        public var creation: AppendFile.Creation
        /// Bytes of a part of the objects that are written: 512 bytes to 64 MiB. A writer and a
        /// reader hold one part in memory.
        public var partSize: ByteCount
        /// The permission bits of created files, before the process's umask. Directories have the
        /// bits to enter for whoever may read.
        public var permissions: UInt32
        /// Encrypts the parts; it must be the same key every time. `nil` for plain text. Names are
        /// never encrypted.
        public var cipher: (any RecordCipher)?

        /// Options with the given engine, by default for parts of 1 MiB in plain text.
        public init(
            engine: AppendFile.EngineChoice, creation: AppendFile.Creation = .ifMissing,
            partSize: ByteCount = .mebibytes(1), permissions: UInt32 = 0o644,
            cipher: (any RecordCipher)? = nil
        ) {
            self.engine = engine
            self.creation = creation
            self.partSize = partSize
            self.permissions = permissions
            self.cipher = cipher
        }

        /// Refuses sizes that no store can have.
        func check(path: String) throws(StorageError) {
            guard partSize.rawValue <= UInt64(ObjectPart.sizes.upperBound),
                ObjectPart.sizes.contains(Int(partSize.rawValue))
            else {
                throw .store(
                    path: path,
                    .mismatch(why: "parts of \(partSize), and they have 512 bytes to 64 MiB"))
            }
        }
    }

    private let engine: ObjectEngine<SystemOperations>

    /// Opens the store in the directory `path`, and makes it where there is none if `options` say so.
    ///
    /// - Throws: `StorageError.locked` when there is another opener; `.store` with file and reason
    ///   when the store is another or has another key; `.refused` with the step.
    public init(path: String, options: Options) throws(StorageError) {
        try options.check(path: path)
        let choice = options.engine
        engine = try ObjectEngine(path: path, options: options) {
            forWriting throws(StorageError) in
            forWriting
                ? try SystemOperations(for: choice, threads: .any, path: path)
                : SystemOperations(because: .asked)
        }
    }

    /// Where the store is: a directory that it has for itself.
    public var path: String { engine.path }

    /// How many objects that were never published opening has removed.
    public var swept: Int { engine.swept }

    /// What poisoned the store, if anything did.
    public var failure: StorageError? { engine.failure }

    /// Begins an object; `name` has 238 bytes at most, fewer if it has others than letters, digits,
    /// `-`, `_` and `.`, each of which counts for three.
    ///
    /// - Throws: `.store` with `.tooLong`, `.refused(.create, …)`, `.poisoned`, `.closed`.
    public func writer(of name: String) throws(StorageError) -> ObjectWriter {
        ObjectWriter(
            try ObjectWriting(ObjectName(name, path: engine.path), in: engine))
    }

    /// Opens an object for reading; `nil` when there is none of that name.
    ///
    /// - Throws: `.store` when the file is not an object of this name, store and key; `.refused`.
    public func reader(of name: String) throws(StorageError) -> ObjectReader? {
        guard
            let reading = try ObjectReading.open(
                ObjectName(name, path: engine.path), in: engine)
        else { return nil }
        return ObjectReader(reading)
    }

    /// Removes an object, durably; `false` when there was none of that name.
    public func delete(_ name: String) throws(StorageError) -> Bool {
        try engine.remove(ObjectName(name, path: engine.path))
    }

    /// The names of all objects, in the order of their bytes. O(n log n).
    public func names() throws(StorageError) -> [String] { try engine.names() }

    /// Waits for objects that are being published or deleted, and gives up the store's directory;
    /// everything published is durable already. What is being written can no more be published.
    public func close() throws(StorageError) { try engine.close() }
}

/// An object that is being written. Dropped without `publish`, it leaves nothing. One thread at a time.
public struct ObjectWriter: ~Copyable {
    private var writing: ObjectWriting<SystemOperations>

    init(_ writing: consuming ObjectWriting<SystemOperations>) { self.writing = writing }

    /// How many bytes were written so far.
    public var count: UInt64 { writing.count }

    /// Writes more of the content; it goes to the file a part at a time.
    ///
    /// - Throws: `.refused(.write, …)`; the object can then no more be published.
    public mutating func write(_ bytes: Span<UInt8>) throws(StorageError) {
        try writing.write(bytes)
    }

    /// Makes the object durable under its name, in the place of the one that has it.
    ///
    /// - Throws: `.refused` with the step that failed; unless the store's `failure` says otherwise, what
    ///   had the name before still has it.
    public consuming func publish() throws(StorageError) { try writing.publish() }
}

/// An object that is being read, from its first part to its last. One thread at a time.
public struct ObjectReader: ~Copyable {
    private var reading: ObjectReading<SystemOperations>

    init(_ reading: consuming ObjectReading<SystemOperations>) { self.reading = reading }

    /// Bytes of the whole content.
    public var count: UInt64 { reading.count }

    /// Bytes of a part; the last one may have fewer.
    public var partSize: Int { reading.header.partSize }

    /// Goes on with the part in which byte `offset` of the content is.
    public mutating func seek(to offset: UInt64) { reading.seek(to: offset) }

    /// Lets `body` see the content of the next part, which was checked; `false` when there is none.
    ///
    /// - Throws: `.store` with the offset when the part is not what was written; what `body` throws.
    public mutating func next(
        _ body: (Span<UInt8>) throws(StorageError) -> Void
    ) throws(StorageError) -> Bool { try reading.next(body) }
}
