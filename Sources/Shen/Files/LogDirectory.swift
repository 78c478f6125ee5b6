import Glibc
import Storage

/// The directory that a log has for itself, and the file in it whose lock keeps others out.
struct LogDirectory<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// The name of the file that is locked.
    static var lockName: String { "LOCK" }

    /// Makes the operations of one more user of the files.
    typealias Maker = @Sendable () throws(StorageError) -> Operations

    /// Where it is.
    let path: String
    private let lock: LogFile<Operations>
    private let make: Maker

    /// Takes the directory at `path`, which is made if `creation` allows. If it does not, nothing is made
    /// in a directory without a manifest.
    ///
    /// This directory and the one above are synced whenever the log is opened, before anybody looks at
    /// what is in them: whoever made, renamed or removed something may have died before it did, and a
    /// power cut would still take that back.
    init(
        path: String, creation: AppendFile.Creation, permissions: UInt32, make: @escaping Maker
    ) throws(StorageError) {
        guard !path.utf8.contains(0), !path.isEmpty else {
            throw .refused(.open, path: path, ErrorNumber(code: EINVAL))
        }
        let operations = try make()
        if creation != .forbidden {
            try Self.makeDirectory(
                path, permissions, mayBeThere: creation == .ifMissing, operations)
        } else if try !Self.names(in: path, operations).contains(LogManifest.name) {
            throw .refused(.open, path: "\(path)/\(LogManifest.name)", ErrorNumber(code: ENOENT))
        }
        guard
            let file = try LogFile(
                path: "\(path)/\(Self.lockName)", flags: O_RDWR | O_CREAT,
                permissions: permissions, operations: operations)
        else { preconditionFailure("a file that is created is there") }
        // Locked by name, so that nobody takes a device for it.
        _ = try file.size()
        try file.lock()
        do throws(StepFailure) {
            try file.operations.syncDirectory(of: path)
            try file.operations.syncDirectory(at: path)
        } catch {
            throw StorageError(error, at: path)
        }
        self.path = path
        self.make = make
        lock = file
    }

    private static func makeDirectory(
        _ path: String, _ permissions: UInt32, mayBeThere: Bool, _ operations: borrowing Operations
    ) throws(StorageError) {
        // Whoever may read the files may enter.
        let mode = permissions | (permissions & 0o444) >> 2
        do throws(StepFailure) {
            try operations.makeDirectory(path, permissions: mode)
        } catch .refused(_, ErrorNumber(code: EEXIST)) where mayBeThere {
            // There already, which is what is wanted.
        } catch {
            throw StorageError(error, at: path)
        }
    }

    private static func names(
        in path: String, _ operations: borrowing Operations
    ) throws(StorageError) -> [String] {
        do throws(StepFailure) {
            return try operations.entries(ofDirectory: path)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// The names in the directory, in the order of their bytes.
    func names() throws(StorageError) -> [String] { try Self.names(in: path, lock.operations) }

    /// The path of the file `name`.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Removes the file `name`, if there is one.
    func remove(_ name: String) throws(StorageError) {
        do throws(StepFailure) {
            try lock.operations.remove(file(name))
        } catch .refused(_, ErrorNumber(code: ENOENT)) {
            // Gone already, which is what is wanted.
        } catch {
            throw StorageError(error, at: file(name))
        }
    }

    /// Makes durable which files there are.
    func sync() throws(StorageError) {
        do throws(StepFailure) {
            try lock.operations.syncDirectory(at: path)
        } catch {
            throw StorageError(error, at: path)
        }
    }
}

/// Whole files that are read at once and replaced at once.
extension LogDirectory where Operations: ~Copyable {
    /// The longest file that is read whole.
    static var longest: UInt64 { 1 << 30 }

    /// Whether what a failed replacement left is known.
    enum ReplaceFailure: Error {
        /// The old content is still there, and will be after a crash.
        case unchanged(StorageError)
        /// After a crash there may be the old content or the new one.
        case unknown(StorageError)
    }

    /// The content of the file `name`; `nil` when there is none.
    func read(_ name: String) throws(StorageError) -> [UInt8]? {
        let path = file(name)
        guard var file = try LogFile(path: path, flags: O_RDONLY, operations: try make())
        else { return nil }
        let size = try file.size()
        guard size <= Self.longest else {
            throw .store(
                path: path,
                .unknownFormat(why: "\(size) bytes, and such files have at most \(Self.longest)"))
        }
        var buffer = IOBuffer(capacity: Int(size))
        let count = try file.operations.readAll(
            Int(size), into: &buffer, from: file.file, at: 0, path: path)
        guard count == Int(size) else {
            throw .store(path: path, .missing(why: "\(count) bytes could be read of \(size)"))
        }
        return buffer.withBytes { [UInt8]($0) }
    }

    /// Writes a file `name` with `content`, which may be missing or torn after a crash.
    func write(
        _ content: [UInt8], to name: String, permissions: UInt32, thenSync: Bool
    ) throws(StorageError) {
        guard
            var file = try LogFile(
                path: file(name), flags: O_RDWR | O_CREAT | O_TRUNC, permissions: permissions,
                operations: try make())
        else { preconditionFailure("a file that is created is there") }
        var buffer = IOBuffer(capacity: content.count)
        buffer.append(content.span)
        try file.write(&buffer, at: 0, thenSync: thenSync)
    }

    /// Puts a file with `content` in the place of `name`, if there is one, in one step that is durable
    /// when this returns: written under another name, synced, renamed, and the directory synced.
    func replace(
        _ name: String, with content: [UInt8], permissions: UInt32
    ) throws(ReplaceFailure) {
        let path = file(name)
        do throws(StorageError) {
            try write(
                content, to: name + LogManifest.suffix, permissions: permissions, thenSync: true)
        } catch {
            throw .unchanged(error)
        }
        do throws(StepFailure) {
            try lock.operations.rename(path + LogManifest.suffix, to: path)
        } catch {
            let failure = StorageError(error, at: path)
            // Without room nothing was renamed; after another error that is not certain.
            if case .refused(_, let number) = error, number.isLackOfSpace {
                throw .unchanged(failure)
            }
            throw .unknown(failure)
        }
        do throws(StorageError) {
            try sync()
        } catch {
            throw .unknown(error)
        }
    }
}
