import Glibc

/// Whole files that are read at once and replaced at once.
package enum SmallFile {
    /// The longest file that is read whole: a store's list of files is far shorter.
    package static let longest: UInt64 = 1 << 28

    /// What is added to the name of a file while it is being replaced.
    package static let suffix = ".new"

    /// Whether what a failed replacement left is known.
    package enum ReplaceFailure: Error {
        /// The old content is still there, and will be after a crash.
        case unchanged(StorageError)
        /// After a crash there may be the old content or the new one.
        case unknown(StorageError)

        /// The reason.
        package var cause: StorageError {
            switch self {
            case .unchanged(let error), .unknown(let error): error
            }
        }
    }

    /// The content of the file at `path`; `nil` when there is none.
    package static func read<Operations: FileOperations & ~Copyable>(
        _ path: String, operations: consuming Operations
    ) throws(StorageError) -> [UInt8]? {
        guard
            var file = try PositionalFile(path: path, flags: O_RDONLY, operations: operations)
        else { return nil }
        let size = try file.size()
        guard size <= longest else {
            throw .store(
                path: path,
                .unknownFormat(why: "\(size) bytes, and such files have at most \(longest)"))
        }
        var buffer = IOBuffer(capacity: Int(size))
        let count = try file.read(Int(size), into: &buffer, at: 0)
        guard count == Int(size) else {
            throw .store(
                path: path, .missing(why: "\(count) bytes could be read of \(size)"))
        }
        return buffer.withBytes { [UInt8]($0) }
    }

    /// Puts a file with `content` in the place of the one at `path`, if there is one, in one step
    /// that is durable when this returns: written under another name, synced, renamed, and its
    /// `directory` synced.
    package static func replace<Operations: FileOperations & ~Copyable>(
        _ path: String, in directory: String, with content: [UInt8], permissions: UInt32,
        operations: consuming Operations
    ) throws(ReplaceFailure) {
        let file: PositionalFile<Operations>
        do throws(StorageError) {
            file = try written(
                content, at: path + suffix, permissions: permissions, thenSync: true,
                operations: operations)
        } catch {
            throw .unchanged(error)
        }
        try file.publish(as: path, in: directory)
    }

    /// A file at `path`, emptied if there was one, that holds `content`; with `thenSync` durably but for
    /// its name.
    package static func written<Operations: FileOperations & ~Copyable>(
        _ content: [UInt8], at path: String, permissions: UInt32, thenSync: Bool,
        operations: consuming Operations
    ) throws(StorageError) -> PositionalFile<Operations> {
        guard
            var file = try PositionalFile(
                path: path, flags: O_RDWR | O_CREAT | O_TRUNC, permissions: permissions,
                operations: operations)
        else { throw .refused(.create, path: path, ErrorNumber(code: ENOENT)) }
        var buffer = IOBuffer(capacity: content.count)
        buffer.append(content.span)
        try file.write(&buffer, at: 0, thenSync: thenSync)
        return file
    }
}

extension PositionalFile where Operations: ~Copyable {
    /// Gives the file, whose content is durable, the name `newPath` in the place of what had it, and
    /// makes that durable.
    func publish(
        as newPath: String, in directory: String
    ) throws(SmallFile.ReplaceFailure) {
        do throws(StepFailure) {
            try operations.rename(path, to: newPath)
        } catch {
            let failure = StorageError(error, at: path)
            // Without room nothing was renamed; after another error that is not certain.
            if case .refused(_, let number) = error, number.isLackOfRoom {
                throw .unchanged(failure)
            }
            throw .unknown(failure)
        }
        do throws(StepFailure) {
            try operations.syncDirectory(at: directory)
        } catch {
            throw .unknown(StorageError(error, at: directory))
        }
    }
}

extension SmallFile {
    /// The directory in which `path` is a name.
    static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
