import Glibc
import Storage
import Synchronization

/// A segment that is open for reading: as long as somebody holds it, whether it still has a name or not.
final class OpenSegment<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    // Sendable: everything is constant but the index, which its lock guards; the descriptor is only
    // handed to calls of the kernel that take a position, and closed when nobody has this object.

    let header: SegmentHeader
    let path: String
    let file: Int32
    /// What its frames' checksums depend on: its salt, unless that is left out by a planted mistake.
    let frameSalt: UInt64
    private let operations: Operations
    /// Where some of its frames are, once that was asked for.
    let index = Mutex<SparseIndex?>(nil)

    /// Opens a segment of the log `log`.
    init(
        _ entry: LogManifest.Entry, log: LogIdentity, in setting: LogSetting<Operations>
    ) throws(StorageError) {
        let path = setting.path(ofSegment: entry.base)
        var operations = try setting.make()
        do throws(StepFailure) {
            file = try operations.open(path, flags: O_RDONLY, permissions: 0)
        } catch .refused(_, ErrorNumber(code: ENOENT)) {
            throw .store(path: path, .missing(why: "it is not there, and the manifest names it"))
        } catch {
            throw StorageError(error, at: path)
        }
        let header: Result<SegmentHeader, StorageError>
        do throws(StorageError) {
            header = .success(
                try Self.header(of: entry, log: log, path: path, file, &operations))
        } catch {
            header = .failure(error)
            try? operations.close(file)
        }
        self.header = try header.get()
        self.path = path
        frameSalt = setting.frameSalt(entry.salt)
        self.operations = operations
    }

    private static func header(
        of entry: LogManifest.Entry, log: LogIdentity, path: String, _ file: Int32,
        _ operations: inout Operations
    ) throws(StorageError) -> SegmentHeader {
        var buffer = IOBuffer(capacity: SegmentHeader.size)
        _ = try operations.read(
            SegmentHeader.size, into: &buffer, from: file, at: 0, path: path)
        do throws(StoreProblem) {
            return try buffer.withBytes { bytes throws(StoreProblem) in
                try SegmentHeader(bytes, of: log, base: entry.base, salt: entry.salt)
            }
        } catch {
            throw .store(path: path, error)
        }
    }

    // Nothing was written through this descriptor that closing could lose.
    deinit { try? operations.close(file) }

    /// How many bytes the file has.
    func size() throws(StorageError) -> UInt64 {
        do throws(StepFailure) {
            return try operations.size(of: file)
        } catch {
            throw StorageError(error, at: path)
        }
    }
}
