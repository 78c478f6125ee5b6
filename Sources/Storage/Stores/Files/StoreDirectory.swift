import Glibc

/// A directory that one store has for itself, and the file in it whose lock keeps others out.
package struct StoreDirectory<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// The name of the file that is locked.
    package static var lockName: String { "LOCK" }

    /// Where it is.
    package let path: String
    private let lock: PositionalFile<Operations>

    /// Takes the directory at `path`, which is made if `creation` allows. If it does not, nothing is
    /// made in a directory that has neither the lock's file nor `marker`, the file of a store.
    ///
    /// This directory and the one above are synced whenever the store is opened, before anybody looks
    /// at what is in them: whoever made, renamed or removed something may have died before it did, and
    /// a power cut would still take that back.
    package init(
        path: String, creation: AppendFile.Creation, permissions: UInt32, madeBy marker: String,
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
        }
        let isStore = try Self.isStore(path, creation, marker, operations)
        guard
            let file = try PositionalFile(
                path: "\(path)/\(Self.lockName)", flags: isStore ? O_RDWR | O_CREAT : O_RDWR,
                permissions: permissions, operations: operations)
        else { throw .refused(.open, path: "\(path)/\(marker)", ErrorNumber(code: ENOENT)) }
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
        lock = file
    }

    /// Whether what is at `path` is a store, or may be made one.
    private static func isStore(
        _ path: String, _ creation: AppendFile.Creation, _ marker: String,
        _ operations: borrowing Operations
    ) throws(StorageError) -> Bool {
        guard creation == .forbidden else { return true }
        do throws(StepFailure) {
            return try operations.entries(ofDirectory: path).contains(marker)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// The names in the directory, in the order of their bytes.
    package func names() throws(StorageError) -> [String] {
        do throws(StepFailure) {
            return try lock.operations.entries(ofDirectory: path)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Removes the file `name`.
    package func remove(_ name: String) throws(StorageError) {
        let path = "\(path)/\(name)"
        do throws(StepFailure) {
            try lock.operations.remove(path)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Makes durable which files there are.
    package func sync() throws(StorageError) {
        do throws(StepFailure) {
            try lock.operations.syncDirectory(at: path)
        } catch {
            throw StorageError(error, at: path)
        }
    }
}
