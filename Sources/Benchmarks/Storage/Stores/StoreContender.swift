import CStorePeers
import Quantities
import Storage

/// A key-value store that is measured: the engine's, or one of others.
protocol StoreContender: Sendable {
    /// What it is and how it was set up, in words.
    var facts: String { get }

    /// Puts a value, as the thread `thread` of those that the store was opened for.
    func put(_ key: Span<UInt8>, _ value: Span<UInt8>, thread: Int) throws

    /// Bytes of the value of a key, which was read whole; `nil` when there is none.
    func get(_ key: Span<UInt8>, thread: Int) throws -> Int?

    /// Closes the store.
    func close() throws
}

/// Why a store cannot take part.
enum StoreUnavailable: Error, CustomStringConvertible {
    /// Its library is not there.
    case absent(String, package: String)
    /// It is there and failed.
    case failed(String)

    var description: String {
        switch self {
        case .absent(let reason, let package): "\(reason) (apt: \(package))"
        case .failed(let reason): reason
        }
    }
}

/// The stores that can be compared.
enum StoreKind: String, CaseIterable {
    case nilometer
    case rocksdb
    /// With logs that are overwritten rather than grown, as the engine's segments are.
    case rocksdbRecycling = "rocksdb-recycling"
    /// With a connection for each thread: those that find another one writing sleep for milliseconds
    /// before they look again.
    case sqlite
    /// With one connection behind a lock, since one writes at a time anyhow.
    case sqliteShared = "sqlite-shared"

    /// Those that differ in how they are read.
    static let readers: [StoreKind] = [.nilometer, .rocksdb, .sqlite]

    /// Opens the store in `directory`; durable puts are when they return.
    func open(
        in directory: String, isDurable: Bool, threads: Int, maxDelay: Nanoseconds? = nil
    ) throws -> any StoreContender {
        let path = "\(directory)/\(rawValue)"
        switch self {
        case .nilometer:
            return try EngineStore(
                path: path, durability: isDurable ? .group(maxDelay: maxDelay) : .none)
        case .rocksdb: return try rocksDB(path, isDurable, threads, isRecycling: false)
        case .rocksdbRecycling: return try rocksDB(path, isDurable, threads, isRecycling: true)
        case .sqlite: return try sqlite(path, isDurable, threads, isShared: false)
        case .sqliteShared: return try sqlite(path, isDurable, threads, isShared: true)
        }
    }

    private func rocksDB(
        _ path: String, _ isDurable: Bool, _ threads: Int, isRecycling: Bool
    ) throws -> PeerStore {
        let setting =
            isRecycling
            ? "recycle_log_file_num=4 and write_buffer_size=8M: its log overwrites older ones"
            : "all else as its authors have it: its log grows, where the engine's overwrites zeroes"
        return unsafe try PeerStore(
            "sync=\(isDurable), \(setting)", package: "librocksdb-dev", threads: threads
        ) { absent, error, size in
            unsafe nilometer_rocksdb_open(
                path, isDurable ? 1 : 0, isRecycling ? 1 : 0, absent, error, size)
        }
    }

    private func sqlite(
        _ path: String, _ isDurable: Bool, _ threads: Int, isShared: Bool
    ) throws -> PeerStore {
        let connections = isShared ? "one connection behind a lock" : "a connection for each thread"
        return unsafe try PeerStore(
            "WAL, synchronous=\(isDurable ? "FULL" : "OFF"), \(connections), a transaction for "
                + "each put", package: "libsqlite3-0", threads: threads
        ) { absent, error, size in
            unsafe nilometer_sqlite_open(
                path, isDurable ? 1 : 0, Int32(threads), isShared ? 1 : 0, absent, error, size)
        }
    }
}

/// The engine's own.
struct EngineStore: StoreContender {
    let store: KeyValueStore

    init(path: String, durability: Durability) throws {
        store = try KeyValueStore(
            path: path, options: .init(engine: .automatic, durability: durability))
    }

    var facts: String { "KeyValueStore, durability \(store.durability)" }

    func put(_ key: Span<UInt8>, _ value: Span<UInt8>, thread: Int) throws {
        try store.put(key, value)
    }

    func get(_ key: Span<UInt8>, thread: Int) throws -> Int? { try store.value(of: key)?.count }

    func close() throws { try store.close() }
}

/// One of others, behind its C interface.
@safe final class PeerStore: StoreContender, @unchecked Sendable {
    // Sendable: RocksDB may be used by any thread at any time; SQLite has a connection for each
    // thread or a lock, and a number is used by one thread at a time. The pointers never change.
    private let store: OpaquePointer
    /// Where values are read to, a part for each thread.
    private let values: UnsafeMutableRawBufferPointer
    private let threads: Int
    let facts: String

    private static let errorSize = 256
    private static let mostBytes = 65536

    /// Opens the store as `open` does, for so many threads.
    init(
        _ setting: String, package: String, threads: Int,
        open: (
            _ isAbsent: UnsafeMutablePointer<Int32>, _ error: UnsafeMutablePointer<CChar>,
            _ size: Int
        ) -> OpaquePointer?
    ) throws {
        var isAbsent: Int32 = 0
        var error = [CChar](repeating: 0, count: Self.errorSize)
        // Both are valid for the call.
        guard let store = unsafe open(&isAbsent, &error, error.count) else {
            let reason = Self.text(error)
            throw isAbsent != 0
                ? StoreUnavailable.absent(reason, package: package)
                : StoreUnavailable.failed(reason)
        }
        unsafe self.store = store
        self.threads = threads
        unsafe values = .allocate(byteCount: threads * Self.mostBytes, alignment: 64)
        // The version lives as long as the store.
        facts = unsafe "\(String(cString: nilometer_store_version(store))), \(setting)"
    }

    // Made in init, and used by nobody any more.
    deinit { unsafe values.deallocate() }

    func put(_ key: Span<UInt8>, _ value: Span<UInt8>, thread: Int) throws {
        unsafe try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.errorSize) {
            error in
            let answer = unsafe key.withUnsafeBytes { key in
                unsafe value.withUnsafeBytes { value in
                    // Everything is valid for the call, which copies what it keeps.
                    unsafe nilometer_store_put(
                        store, Int32(thread), key.baseAddress, key.count, value.baseAddress,
                        value.count, error.baseAddress.unsafelyUnwrapped, error.count)
                }
            }
            guard answer == 0 else { throw StoreUnavailable.failed(unsafe Self.text(error)) }
        }
    }

    func get(_ key: Span<UInt8>, thread: Int) throws -> Int? {
        precondition(thread >= 0 && thread < threads, "thread \(thread) of \(threads)")
        // As for the engine's store, the value comes into memory of the caller's own; what is asked
        // for here lies on the stack.
        return unsafe try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.errorSize) {
            error in
            let count = unsafe key.withUnsafeBytes { key in
                // Everything is valid for the call; the thread's part lies within the values.
                unsafe nilometer_store_get(
                    store, Int32(thread), key.baseAddress, key.count,
                    values.baseAddress.unsafelyUnwrapped + thread * Self.mostBytes,
                    Self.mostBytes, error.baseAddress.unsafelyUnwrapped, error.count)
            }
            guard count > -2 else { throw StoreUnavailable.failed(unsafe Self.text(error)) }
            return count < 0 ? nil : Int(count)
        }
    }

    // Nobody uses the store any more, by the caller's word.
    func close() throws { unsafe nilometer_store_close(store) }

    private static func text(_ error: [CChar]) -> String {
        String(decoding: error.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func text(_ error: UnsafeMutableBufferPointer<CChar>) -> String {
        // The library ends the text with a zero, within the buffer.
        unsafe String(cString: error.baseAddress.unsafelyUnwrapped)
    }
}
