import Glibc

/// The real file operations: system calls, and for writing and syncing a ring where there is one.
package struct SystemOperations: FileOperations, ~Copyable {
    /// The way that writes and syncs take.
    package let engine: AppendFile.Engine

    /// Writes and syncs go through it; without one, through `pwrite` and `fdatasync`.
    private var ring: SubmissionRing?

    /// Operations over `ring`.
    init(ring: consuming SubmissionRing) {
        engine = .ioUring(ring.setup)
        self.ring = consume ring
    }

    /// Operations over plain system calls, for the given reason.
    package init(because reason: AppendFile.PortableReason) { engine = .portable(reason) }

    package func open(_ path: String, flags: Int32, permissions: UInt32) throws(StepFailure)
        -> Int32
    {
        let operation: StorageError.Operation = flags & O_CREAT == 0 ? .open : .create
        return try repeating(operation) {
            SystemOperations.open(path, flags: flags, permissions: permissions)
        }
    }

    package func size(of file: Int32) throws(StepFailure) -> UInt64 {
        var status = stat()
        // The structure is valid for the call.
        _ = try repeating(.inspect) { unsafe fstat(file, &status) == 0 ? 0 : -errno }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile }
        return UInt64(status.st_size)
    }

    package func lock(_ file: Int32) throws(StepFailure) {
        // flock belongs to the open file, so that two openers in one process exclude each other as
        // two processes do; fcntl's record locks would not.
        for attempt in 0... {
            do throws(StepFailure) {
                _ = try repeating(.lock) { flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno }
                return
            } catch .refused(.lock, ErrorNumber(code: EWOULDBLOCK)) {
                guard attempt < Self.lockAttempts else { throw .locked }
                usleep(1000)
            } catch {
                throw error
            }
        }
    }

    /// How many milliseconds a lock may still be held by a process that is no more: the kernel takes a
    /// ring apart, and lets go of the files in it, after the process was killed and waited for.
    private static var lockAttempts: Int { 200 }

    package func syncDirectory(of path: String) throws(StepFailure) {
        // Through a symbolic link, the entry is in another directory than the link's.
        guard let resolved = SystemOperations.resolve(path) else {
            throw .refused(.syncDirectory, ErrorNumber(code: errno))
        }
        let parent = resolved[..<(resolved.lastIndex(of: "/") ?? resolved.startIndex)]
        try syncDirectory(at: parent.isEmpty ? "/" : String(parent))
    }

    package func syncDirectory(at path: String) throws(StepFailure) {
        let directory = try repeating(.syncDirectory) {
            SystemOperations.open(path, flags: O_RDONLY | O_DIRECTORY, permissions: 0)
        }
        defer { _ = Glibc.close(directory) }
        _ = try repeating(.syncDirectory) { fsync(directory) == 0 ? 0 : -errno }
    }

    package func truncate(_ file: Int32, to length: UInt64) throws(StepFailure) {
        guard let length = off_t(exactly: length) else {
            throw .refused(.truncate, ErrorNumber(code: EFBIG))
        }
        _ = try repeating(.truncate) { ftruncate(file, length) == 0 ? 0 : -errno }
    }

    package func close(_ file: Int32) throws(StepFailure) {
        // A process that forks at this moment holds a copy of the descriptor until it executes
        // another program, and with it the lock, unless that is given up by name.
        _ = flock(file, LOCK_UN)
        // Linux releases the descriptor even when close reports EINTR, so it is never repeated.
        guard Glibc.close(file) == 0 || errno == EINTR else {
            throw .refused(.close, ErrorNumber(code: errno))
        }
    }

    package mutating func write(
        _ buffer: inout IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64,
        thenSync: Bool
    ) throws(StepFailure) -> WriteOutcome {
        try checkThread()
        do throws(ErrorNumber) {
            let outcome = try ring?.write(
                &buffer, part: part, to: file, at: offset, thenSync: thenSync)
            if let outcome { return outcome }
        } catch {
            throw .refused(.submit, error)
        }
        let written = portableWrite(buffer, part: part, to: file, at: offset)
        let isWhole = Int(written) == part.count
        return WriteOutcome(
            written: written, asked: part.count,
            synced: thenSync && isWhole ? portableSync(file) : nil, isSevered: false)
    }

    package mutating func sync(_ file: Int32) throws(StepFailure) {
        try checkThread()
        let answer: Int32?
        do throws(ErrorNumber) {
            answer = try ring?.syncData(file)
        } catch {
            throw .refused(.submit, error)
        }
        let result = answer ?? portableSync(file)
        guard result == 0 else { throw .refused(.sync, ErrorNumber(code: -result)) }
    }
}

extension SystemOperations {
    /// Refuses a thread that the ring does not belong to, before anything is begun.
    private mutating func checkThread() throws(StepFailure) {
        if ring?.belongsToThisThread == false { throw .wrongThread }
    }

    /// `pwrite`, answering as the ring does: a count or a negative `errno`.
    private func portableWrite(
        _ buffer: borrowing IOBuffer, part: Range<Int>, to file: Int32, at offset: UInt64
    ) -> Int32 {
        precondition(
            part.lowerBound >= 0 && part.upperBound <= buffer.count,
            "bytes \(part) of a buffer that holds \(buffer.count)")
        guard let offset = off_t(exactly: offset) else { return -EFBIG }
        // The kernel transfers at most 2 GiB less a page at once; it answers with a short count.
        let count = min(part.count, Int(Int32.max))
        // The part lies within the buffer, which is borrowed for the call.
        let written = unsafe pwrite(file, buffer.base + part.lowerBound, count, offset)
        return written < 0 ? -errno : Int32(written)
    }

    /// `fdatasync`, answering as the ring does: 0 or a negative `errno`.
    private func portableSync(_ file: Int32) -> Int32 { fdatasync(file) == 0 ? 0 : -errno }

    /// `open`, answering with a descriptor or a negative `errno`.
    static func open(_ path: String, flags: Int32, permissions: UInt32) -> Int32 {
        // The C string is valid for the call; errno is read before it can be freed.
        unsafe path.withCString { path in
            let file = unsafe Glibc.open(path, flags | O_CLOEXEC, permissions)
            return file < 0 ? -errno : file
        }
    }

    /// The absolute path without symbolic links, or `nil` with `errno` set.
    private static func resolve(_ path: String) -> String? {
        // The C library allocates the result; it is copied and freed at once.
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Makes a call, which answers with a negative `errno`, until no signal interrupts it.
    func repeating(
        _ operation: StorageError.Operation, _ call: () -> Int32
    ) throws(StepFailure) -> Int32 {
        while true {
            let answer = call()
            if answer >= 0 { return answer }
            guard answer == -EINTR else {
                throw .refused(operation, ErrorNumber(code: -answer))
            }
        }
    }
}
