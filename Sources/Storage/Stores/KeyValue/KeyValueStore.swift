import Quantities

/// A log-structured key-value store: records are only ever appended, and an index in memory says where
/// the newest record of each key lies.
///
///     let store = try KeyValueStore(
///         path: "accounts", options: .init(engine: .automatic, durability: .group(maxDelay: .zero)))
///     try store.put(key.span, value.span)
///     let value = try store.value(of: key.span)
///     try store.close()
///
/// The design is that of Bitcask (Sheehy and Smith, "Bitcask: a log-structured hash table for fast
/// key/value data", 2010), with batches, group commit and an order by position. A read is one look-up
/// and one read of the file; a write is one append. Memory: 43 to 86 bytes and the key for each
/// key. Opening reads everything (`recovery`).
///
/// **What a return means.** When `put`, `delete` or `commit` returns, the change is as durable as
/// `Options.durability` says, and visible to all readers, which it was not before. When
/// one throws, the change is not visible; after a crash it may be there. A failed sync, and any other
/// failure that leaves it unknown what the device holds, poisons the store: it refuses writes until
/// it is opened again, and still reads. When there is no room the store stays usable.
///
/// **What opening promises.** All that was ever acknowledged as durable is there, whole. A batch is
/// there whole or not at all. An end that a crash has torn is cut off and reported; every other byte
/// that is not as it was written is an error with file and offset, on opening or when the record is
/// read. What opening shows is durable.
///
/// One opener at a time: the file `LOCK` in the store's directory is locked (`flock`). Any thread may
/// call anything at any time; compaction runs beside reads and writes.
public final class KeyValueStore: Sendable {
    /// How to open a store.
    public struct Options: Sendable {
        /// Which way appends take to the kernel.
        public var engine: AppendFile.EngineChoice
        /// When a change counts as done.
        public var durability: Durability
        /// Whether the store may be there already.
        public var creation: AppendFile.Creation
        /// When a new segment is begun: once one has so many bytes. At most 1 TiB.
        ///
        /// Each segment takes a file descriptor as long as the store is open. When the process may have
        /// no more (`RLIMIT_NOFILE`), opening and beginning a segment are refused with `EMFILE`.
        public var segmentSize: ByteCount
        /// How many bytes of changes share a sync at most, under `Durability.group`.
        public var groupCapacity: ByteCount
        /// How segments grow.
        public var growth: AppendFile.Growth
        /// The permission bits of created files, before the process's umask. Directories have the
        /// bits to enter for whoever may read.
        public var permissions: UInt32
        /// Encrypts what the store writes; it must be the same key every time. `nil` for plain text.
        public var cipher: (any RecordCipher)?

        /// Options with the given engine and durability, and what suits most stores otherwise:
        /// segments of 256 MiB that are extended ahead by 4 MiB, and no encryption.
        public init(
            engine: AppendFile.EngineChoice, durability: Durability,
            creation: AppendFile.Creation = .ifMissing,
            segmentSize: ByteCount = .mebibytes(256), groupCapacity: ByteCount = .mebibytes(1),
            growth: AppendFile.Growth = .zeroFilled(step: .mebibytes(4)),
            permissions: UInt32 = 0o644, cipher: (any RecordCipher)? = nil
        ) {
            self.engine = engine
            self.durability = durability
            self.creation = creation
            self.segmentSize = segmentSize
            self.groupCapacity = groupCapacity
            self.growth = growth
            self.permissions = permissions
            self.cipher = cipher
        }
    }

    /// The longest key, in bytes.
    public static let longestKey = RecordHeader.longestKey
    /// The longest value, in bytes; what is longer belongs into an `ObjectStore`.
    public static let longestValue = RecordHeader.longestValue

    /// Where the store is: a directory that it has for itself.
    public let path: String
    /// When a change counts as done.
    public let durability: Durability
    private let engine: KeyValueEngine<SystemOperations>

    /// Opens the store in the directory `path`, and makes it where there is none if `options` say so.
    ///
    /// Reads all segments: O(bytes), at about the speed at which the device reads.
    ///
    /// - Throws: `StorageError.locked` when there is another opener; `.store` with file and reason
    ///   when the content is not what a store wrote, or the key is another; `.refused` with the step.
    public init(path: String, options: Options) throws(StorageError) {
        self.path = path
        durability = options.durability
        let choice = options.engine
        engine = try KeyValueEngine(path: path, options: options) {
            forAppends throws(StorageError) in
            forAppends
                ? try SystemOperations(for: choice, threads: .any, path: path)
                : SystemOperations(because: .asked)
        }
    }

    /// What opening found.
    public var recovery: StoreRecovery { engine.recovery }

    /// What the store holds, which is nothing once it is closed, and what it has done.
    public var statistics: KeyValueStatistics { engine.statistics }

    /// What poisoned the store, if anything did.
    public var failure: StorageError? { engine.poison }

    /// The value of `key`; `nil` when there is none. O(1), one read of the file.
    ///
    /// - Throws: `.store` when the record is not as it was written, `.refused(.read, …)`, `.closed`.
    public func value(of key: Span<UInt8>) throws(StorageError) -> [UInt8]? {
        try engine.value(of: key)
    }

    /// Whether there is a value of `key`. O(1), without a look at the file.
    public func contains(_ key: Span<UInt8>) throws(StorageError) -> Bool {
        try engine.contains(key)
    }

    /// Gives `key` a value, in the place of the one it has.
    ///
    /// - Throws: `.store` with `.tooLong`, and what `SharedAppendFile.append` throws.
    public func put(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StorageError) {
        try engine.commit(.put, key, value)
    }

    /// Removes `key`, whether it is there or not. Throws what `put` throws.
    public func delete(_ key: Span<UInt8>) throws(StorageError) {
        try engine.commit(.delete, key, Span())
    }

    /// Makes all changes of a batch. Throws what `put` throws, and then has made none.
    public func commit(_ batch: borrowing WriteBatch) throws(StorageError) {
        try engine.commit(batch)
    }

    /// Lets `body` see the keys that begin with `prefix`, and their values, in the order of the keys'
    /// bytes and as they all were at one moment, until it returns `false`.
    ///
    /// O(keys of the store): the index is a hash table. Writers wait while the keys are gathered, and
    /// not while `body` runs.
    public func scan(
        prefix: Span<UInt8>,
        _ body: (_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StorageError) -> Bool
    ) throws(StorageError) {
        try engine.scan(prefix: prefix, body)
    }

    /// Waits until everything that was committed is durable: for `Durability.none`.
    ///
    /// - Throws: `StorageError.refused(.sync, …)`, and from then on `.poisoned`.
    public func sync() throws(StorageError) { try engine.sync() }

    /// Frees what superseded records and tombstones take up, by copying the others to new segments.
    ///
    /// Runs in the calling thread, beside reads and writes; a second call waits for the first. Takes
    /// as much room again as what is in use, until it is done. Nothing calls it by itself:
    /// `statistics` say what it would free.
    ///
    /// - Throws: An error of reading or writing; then everything is as before, unless `failure` says
    ///   otherwise. When only the removal of a file failed, it is removed on the next opening.
    public func compact() throws(StorageError) -> Compaction { try engine.compact() }

    /// Lets the writes under way finish, makes everything durable, notes in the manifest that it is
    /// whole, and closes the files, whatever is thrown. A read under way keeps the file that it reads
    /// until it is done.
    public func close() throws(StorageError) { try engine.close() }
}

/// What a key-value store holds and has done.
public struct KeyValueStatistics: Hashable, Sendable {
    /// How many keys there are.
    public internal(set) var keys = 0
    /// How many segments there are.
    public internal(set) var segments = 0
    /// Bytes of all records.
    public internal(set) var recordBytes: UInt64 = 0
    /// Bytes of the newest records of all keys; compaction frees what there is besides.
    public internal(set) var liveBytes: UInt64 = 0
    /// What was committed since the store was opened.
    public internal(set) var commits: CommitStatistics
}
