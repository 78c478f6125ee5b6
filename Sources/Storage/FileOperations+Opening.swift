import Glibc

extension FileOperations where Self: ~Copyable {
    /// Opens or creates the file at `path`, locks it, and makes its directory entry durable.
    ///
    /// The directory is synced on every opening, not only by the opener that created the file: the
    /// creator may have died in between, and what is appended later would then be durable in a file
    /// that has no name after a power cut.
    package func openLocked(
        _ path: String, creation: AppendFile.Creation, permissions: UInt32
    ) throws(StorageError) -> (file: Int32, size: UInt64) {
        guard !path.utf8.contains(0) else {
            throw .refused(.open, path: path, ErrorNumber(code: EINVAL))
        }
        let flags: Int32
        switch creation {
        case .ifMissing: flags = O_RDWR | O_CREAT
        case .required: flags = O_RDWR | O_CREAT | O_EXCL
        case .forbidden: flags = O_RDWR
        }
        let file: Int32
        do throws(StepFailure) {
            file = try open(path, flags: flags, permissions: permissions)
        } catch {
            throw StorageError(error, at: path)
        }
        do throws(StorageError) {
            return (file, try claim(file, at: path))
        } catch {
            // The reason for giving the file back is what the caller needs to know; nothing was
            // written that closing could lose.
            try? close(file)
            throw error
        }
    }

    /// Locks an opened file, makes its directory entry durable, and returns its size.
    private func claim(_ file: Int32, at path: String) throws(StorageError) -> UInt64 {
        do throws(StepFailure) {
            // A device or a pipe is not to be locked, nor is its directory to be touched.
            _ = try size(of: file)
            try lock(file)
            try syncDirectory(of: path)
            // Only now: the last holder of the lock may have appended in between.
            return try size(of: file)
        } catch {
            throw StorageError(error, at: path)
        }
    }
}

extension StorageError {
    /// The failure of a step on the file at `path`.
    package init(_ failure: StepFailure, at path: String) {
        switch failure {
        case .refused(let operation, let number): self = .refused(operation, path: path, number)
        case .locked: self = .locked(path: path)
        case .notARegularFile: self = .notARegularFile(path: path)
        case .wrongThread: self = .wrongThread(path: path)
        }
    }
}
