import Glibc

/// A directory that one store has for itself, and the file in it whose lock keeps others out.
struct StoreDirectory<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// The name of the file that is locked.
    static var lockName: String { "LOCK" }

    /// Where it is.
    let path: String
    /// The permission bits of files that are created in it.
    let permissions: UInt32
    private let lock: PositionalFile<Operations>

    /// Takes the directory at `path`, which is made if `creation` allows.
    ///
    /// This directory and the one above are synced whenever the store is opened, before anybody looks
    /// at what is in them: whoever made, renamed or removed something may have died before it did, and
    /// a power cut would still take that back.
    init(
        path: String, creation: AppendFile.Creation, permissions: UInt32,
        operations: consuming Operations
    ) throws(StorageError) {
        guard !path.utf8.contains(0), !path.isEmpty else {
            throw .refused(.open, path: path, ErrorNumber(code: EINVAL))
        }
        if creation != .forbidden {
            // Whoever may read the files may enter.
            let mode = permissions | (permissions & 0o444) >> 2
            do throws(StepFailure) {
                try operations.makeDirectory(path, permissions: mode)
            } catch .refused(_, ErrorNumber(code: EEXIST)) where creation == .ifMissing {
                // There already, which is what is wanted.
            } catch {
                throw StorageError(error, at: path)
            }
            do throws(StepFailure) {
                try operations.syncDirectory(of: path)
            } catch {
                throw StorageError(error, at: path)
            }
        }
        let lockPath = "\(path)/\(Self.lockName)"
        guard
            let file = try PositionalFile(
                path: lockPath, flags: O_RDWR | O_CREAT, permissions: permissions,
                operations: operations)
        else { throw .refused(.open, path: lockPath, ErrorNumber(code: ENOENT)) }
        // Locked by name, so that nobody takes a device for it.
        _ = try file.size()
        try file.lock()
        do throws(StepFailure) {
            try file.operations.syncDirectory(at: path)
        } catch {
            throw StorageError(error, at: path)
        }
        self.path = path
        self.permissions = permissions
        lock = file
    }

    /// The names in the directory, in the order of their bytes.
    func names() throws(StorageError) -> [String] {
        do throws(StepFailure) {
            return try lock.operations.entries(ofDirectory: path)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Removes the file `name`.
    func remove(_ name: String) throws(StorageError) {
        let path = "\(path)/\(name)"
        do throws(StepFailure) {
            try lock.operations.remove(path)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Makes the names in the directory durable.
    func sync() throws(StorageError) {
        do throws(StepFailure) {
            try lock.operations.syncDirectory(at: path)
        } catch {
            throw StorageError(error, at: path)
        }
    }
}
