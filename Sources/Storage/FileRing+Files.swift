import Glibc
import Quantities

/// Opening and closing: not on the ring, and not to be done often.
extension FileRing {
    /// Opens the file at `path`. Blocks.
    ///
    /// For writing it takes the lock and syncs the directory, so that the file's name is as durable
    /// as its content.
    ///
    /// - Throws: `.locked` when there is another opener that writes, `.directRefused` when direct I/O
    ///   was asked for and the file takes none, `.ringUnavailable` when the device cannot be
    ///   polled as was asked for, `.notARegularFile`, `.refused` with the step, or what
    ///   failed the ring.
    public mutating func open(
        _ path: String, options: DataFile.Options
    ) throws(StorageError) -> DataFile {
        if let failure { throw failure }
        precondition(
            options.mode == .writing || options.creation == .forbidden
                || options.creation == .ifMissing, "a file that is only read cannot be created")
        guard let index = files.nextFree else {
            throw .refused(.open, path: path, ErrorNumber(code: EMFILE))
        }
        var file = try OpenFile(path, options)
        if pollsCompletions, let refusal = try file.refusalToPoll() {
            // The reason is what the caller needs to know.
            try? file.close()
            throw .ringUnavailable(path: path, refusal)
        }
        if case .registered = registrations.files {
            do throws(ErrorNumber) {
                try ring?.setFile(index, to: file.descriptor)
                file.name = .registered(index)
            } catch {
                // The ring takes descriptors as well. A wrong thread is told so by its requests.
            }
        }
        return files.add(file)
    }

    /// Closes a file that has no requests under way, and gives up its lock; it is closed whatever is
    /// thrown. Does not sync.
    public mutating func close(_ file: DataFile) throws(StorageError) {
        let index = files.index(of: file)
        files.with(index) {
            precondition(
                $0.requests == 0, "'\($0.path)' has \($0.requests) requests under way")
        }
        let closed = files.remove(index)
        if case .registered = closed.name {
            // The table holds the file open, and with it the lock, which `close` gives up by name.
            try? ring?.setFile(index, to: -1)
        }
        try closed.close()
    }

    /// Which way the file's reads and writes take.
    public func access(of file: DataFile) -> DataFile.Access {
        files.with(files.index(of: file)) { $0.access }
    }

    /// How many bytes the file has now.
    ///
    /// - Throws: `.refused(.inspect, …)`.
    public func size(of file: DataFile) throws(StorageError) -> UInt64 {
        try files.with(files.index(of: file)) { $0 }.size()
    }

    /// Whether a handle stands for a file that this ring has open.
    func isOpen(_ file: DataFile) -> Bool { files.isOpen(file) }

    /// How many requests of an open file are under way, or done and not yet taken; 0 of one that is
    /// closed.
    func requests(of file: DataFile) -> Int {
        files.isOpen(file) ? files.with(file.index) { $0.requests } : 0
    }

    /// What left it unknown what the device holds of the file, if anything did.
    public func failure(of file: DataFile) -> StorageError? {
        files.with(files.index(of: file)) { $0.failure }
    }
}
