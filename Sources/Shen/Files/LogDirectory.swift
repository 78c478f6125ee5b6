import Glibc
import Storage

/// The directory that a log has for itself, whose files are each reached by operations of their own.
struct LogDirectory<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// Makes the operations of one more user of the files.
    typealias Maker = @Sendable () throws(StorageError) -> Operations

    private let directory: StoreDirectory<Operations>
    private let make: Maker

    /// Takes the directory at `path`, which is made if `creation` allows. If it does not, nothing is made
    /// in a directory without a manifest.
    init(
        path: String, creation: AppendFile.Creation, permissions: UInt32, make: @escaping Maker
    ) throws(StorageError) {
        directory = try StoreDirectory(
            path: path, creation: creation, permissions: permissions, madeBy: LogManifest.name,
            operations: try make())
        self.make = make
    }

    /// Where it is.
    var path: String { directory.path }

    /// The names in the directory, in the order of their bytes.
    func names() throws(StorageError) -> [String] { try directory.names() }

    /// The path of the file `name`.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Removes the file `name`, if there is one.
    func remove(_ name: String) throws(StorageError) {
        do throws(StorageError) {
            try directory.remove(name)
        } catch .refused(_, _, ErrorNumber(code: ENOENT)) {
            // Gone already, which is what is wanted.
        }
    }

    /// Makes durable which files there are.
    func sync() throws(StorageError) { try directory.sync() }

    /// The content of the file `name`; `nil` when there is none.
    func read(_ name: String) throws(StorageError) -> [UInt8]? {
        try SmallFile.read(file(name), operations: try make())
    }

    /// Writes a file `name` with `content`, which may be missing or torn after a crash.
    func write(_ content: [UInt8], to name: String, permissions: UInt32) throws(StorageError) {
        _ = try SmallFile.written(
            content, at: file(name), permissions: permissions, thenSync: false,
            operations: try make())
    }

    /// Puts a file with `content` in the place of `name`, if there is one, in one step that is durable
    /// when this returns.
    func replace(
        _ name: String, with content: [UInt8], permissions: UInt32
    ) throws(SmallFile.ReplaceFailure) {
        let operations: Operations
        do throws(StorageError) {
            operations = try make()
        } catch {
            throw .unchanged(error)
        }
        try SmallFile.replace(
            file(name), in: path, with: content, permissions: permissions, operations: operations)
    }
}
