import Glibc
import Hardware

/// Why a file could not be written durably, or a directory or file not be read.
public struct DurableFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried.
    public enum Operation: String, Sendable, Equatable, CaseIterable {
        case create
        case write
        case sync
        case close
        case rename
        case syncDirectory = "sync the directory"
        case list = "list the directory"
        case read
        case remove
        case lock
    }

    /// What was tried.
    public let operation: Operation
    /// On which file or directory.
    public let path: String
    /// What came of it.
    public let error: SystemError

    /// Memberwise.
    public init(_ operation: Operation, _ path: String, _ error: SystemError) {
        self.operation = operation
        self.path = path
        self.error = error
    }

    /// One line for a person.
    public var description: String { "cannot \(operation.rawValue) '\(path)': \(error)" }
}

/// What whoever replaces files durably asks of a file system. There are two implementations: the
/// system's, and the tests' one, which forgets what was not synced.
protocol DurableFiles {
    /// A descriptor of a file that was not there before.
    mutating func create(_ path: String) throws(DurableFileError) -> Int32
    /// Writes all bytes behind those written before.
    mutating func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(DurableFileError)
    /// Makes the file's content durable.
    mutating func sync(_ file: Int32, _ path: String) throws(DurableFileError)
    /// Releases the descriptor, whatever is thrown.
    mutating func close(_ file: Int32, _ path: String) throws(DurableFileError)
    /// Gives a file another name, in place of what had it.
    mutating func rename(_ path: String, to new: String) throws(DurableFileError)
    /// Makes the names in a directory durable.
    mutating func syncDirectory(_ path: String) throws(DurableFileError)
    /// The names in a directory, in any order.
    func list(_ path: String) throws(DurableFileError) -> [String]
    /// A whole file.
    func read(_ path: String) throws(DurableFileError) -> [UInt8]
    /// Removes a file.
    mutating func remove(_ path: String) throws(DurableFileError)
}

extension DurableFiles {
    /// Makes `bytes` the content of `path` durably: whoever reads it sees what was there before, or all
    /// of them. They are written to `temporary`, in the same directory, and synced; that is renamed, and
    /// the directory synced. A failed sync is not repeated on the same file. Where something fails the
    /// temporary file is removed, and only where it was the directory's sync can `path` be the new one.
    mutating func replace(
        _ path: String, by bytes: [UInt8], through temporary: String, in directory: String
    ) throws(DurableFileError) {
        let file = try createAnew(temporary)
        do throws(DurableFileError) {
            try fill(file, with: bytes, temporary)
            try rename(temporary, to: path)
        } catch {
            // The reason is what the caller needs.
            try? remove(temporary)
            throw error
        }
        try syncDirectory(directory)
    }

    private mutating func createAnew(_ path: String) throws(DurableFileError) -> Int32 {
        do throws(DurableFileError) {
            return try create(path)
        } catch {
            guard error.error.code == EEXIST else { throw error }
            // A crash left it. It was never renamed, so that nobody was promised it.
            try remove(path)
            return try create(path)
        }
    }

    private mutating func fill(
        _ file: Int32, with bytes: [UInt8], _ path: String
    ) throws(DurableFileError) {
        do throws(DurableFileError) {
            try write(bytes, to: file, path)
            try sync(file, path)
        } catch {
            try? close(file, path)
            throw error
        }
        try close(file, path)
    }
}

/// The system's files.
struct SystemDurableFiles: DurableFiles, Sendable {
    func create(_ path: String) throws(DurableFileError) -> Int32 {
        // SAFETY, of all calls below: paths are copied by the kernel during the call.
        try repeating(.create, path) {
            unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        }
    }

    func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(DurableFileError) {
        var done = 0
        while done < bytes.count {
            // SAFETY: what is left of the array, which is held during the call.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    file, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            // A write that takes nothing and says no reason would be repeated for ever.
            guard count > 0 else {
                throw DurableFileError(.write, path, SystemError(count < 0 ? errno : EIO))
            }
            done += count
        }
    }

    func sync(_ file: Int32, _ path: String) throws(DurableFileError) {
        _ = try repeating(.sync, path) { fsync(file) }
    }

    func close(_ file: Int32, _ path: String) throws(DurableFileError) {
        // Linux releases the descriptor even when close reports EINTR, so it is never repeated.
        guard Glibc.close(file) == 0 || errno == EINTR else {
            throw DurableFileError(.close, path, SystemError(errno))
        }
    }

    func rename(_ path: String, to new: String) throws(DurableFileError) {
        _ = try repeating(.rename, path) { unsafe Glibc.rename(path, new) }
    }

    func syncDirectory(_ path: String) throws(DurableFileError) {
        let directory = try repeating(.syncDirectory, path) {
            unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        defer { _ = Glibc.close(directory) }
        _ = try repeating(.syncDirectory, path) { fsync(directory) }
    }

    func list(_ path: String) throws(DurableFileError) -> [String] {
        guard let stream = unsafe opendir(path) else {
            throw DurableFileError(.list, path, SystemError(errno))
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            // It is readdir's alone: what the loop's body calls may set it as well.
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            // SAFETY: the name is NUL-terminated, and valid until the next readdir.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
                    unsafe String(cString: characters)
                }
            }
            names.append(name)
        }
        guard errno == 0 else { throw DurableFileError(.list, path, SystemError(errno)) }
        return names
    }

    func read(_ path: String) throws(DurableFileError) -> [UInt8] {
        let file = try repeating(.read, path) { unsafe open(path, O_RDONLY | O_CLOEXEC) }
        defer { _ = Glibc.close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            // SAFETY: read stays within the array.
            let count = unsafe Glibc.read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw DurableFileError(.read, path, SystemError(errno)) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    func remove(_ path: String) throws(DurableFileError) {
        _ = try repeating(.remove, path) { unsafe unlink(path) }
    }

    /// Makes a call until no signal interrupts it.
    private func repeating(
        _ operation: DurableFileError.Operation, _ path: String, _ call: () -> Int32
    ) throws(DurableFileError) -> Int32 {
        while true {
            let answer = call()
            if answer >= 0 { return answer }
            guard errno == EINTR else {
                throw DurableFileError(operation, path, SystemError(errno))
            }
        }
    }
}
