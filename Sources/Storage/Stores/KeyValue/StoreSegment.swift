import Glibc
import Synchronization

/// A segment that can be read: open as long as somebody holds it, whether it still has a name or not.
final class StoreSegment<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    // Sendable: everything but the counts, which are atomic, is constant; the descriptor is only
    // handed to calls of the kernel that take an offset, and closed when nobody has this object.

    let number: UInt64
    let path: String
    let header: SegmentHeader
    /// Decrypts its records; `nil` without encryption.
    let session: (any CipherSession)?
    /// What distinguishes its checksums.
    let salt: UInt64
    let file: Int32
    /// Bytes of records that the index refers to. Changed together with the index; the numbers are
    /// sums, so that no order with other memory is needed.
    private let live = Atomic<Int>(0)
    /// Bytes of all its records.
    private let records = Atomic<Int>(0)
    private let operations: Operations

    /// Opens the segment `header` at `path` for reading.
    init(
        _ header: SegmentHeader, path: String, cipher: (any RecordCipher)?,
        operations: consuming Operations
    ) throws(StorageError) {
        do throws(StepFailure) {
            file = try operations.open(path, flags: O_RDONLY, permissions: 0)
        } catch {
            throw StorageError(error, at: path)
        }
        number = header.number
        self.header = header
        self.path = path
        session = cipher?.session(salt: header.salt)
        salt = header.checksumSalt
        self.operations = operations
    }

    // Nothing was written through this descriptor that closing could lose.
    deinit { try? operations.close(file) }

    /// Bytes of records that the index refers to.
    var liveBytes: Int { live.load(ordering: .relaxed) }

    /// Bytes of all its records.
    var recordBytes: Int { records.load(ordering: .relaxed) }

    /// Notes that the index refers to `count` more bytes of records, or to fewer.
    func addLive(_ count: Int) { live.wrappingAdd(count, ordering: .relaxed) }

    /// Notes that it has `count` more bytes of records.
    func addRecord(_ count: Int) { records.wrappingAdd(count, ordering: .relaxed) }

    /// Where a record of it lies.
    func place(_ offset: UInt64) -> RecordPlace {
        RecordPlace(store: header.store, segment: number, offset: offset)
    }
}
