import Quantities

/// A file that only grows: the rules of appending and syncing, over any file operations.
///
/// Invariants: the bytes up to `length` were written in the order of the appends; `length` ≤ `end`,
/// and from `length` to `end` the file holds zeroes (`Growth.zeroFilled`). After a failure that
/// leaves it unknown what the device holds, nothing is written any more.
struct AppendLog<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// Where the file is.
    let path: String
    /// Where the next append goes.
    var length: UInt64
    /// How far the file reaches.
    var end: UInt64
    /// Why the file takes no more writes, once it does not.
    var failure: StorageError?
    /// How often the kernel was asked to sync the file's data, tied to a write or not.
    var syncs: UInt64 = 0

    /// How the file is reached.
    var operations: Operations
    let file: Int32
    let growth: AppendFile.Growth
    private var staging = IOBuffer(capacity: 256 << 10)
    private var isOpen = true

    /// Opens the file at `path`, locks it, and makes its directory entry durable.
    init(
        path: String, options: AppendFile.Options, operations: consuming Operations
    ) throws(StorageError) {
        if case .zeroFilled(let step) = options.growth {
            precondition(step.rawValue > 0, "a file cannot grow in steps of \(step)")
        }
        (file, length) = try operations.openLocked(
            path, creation: options.creation, permissions: options.permissions)
        self.path = path
        self.operations = operations
        growth = options.growth
        end = length
    }

    deinit {
        // Dropped rather than closed: there is nobody left to tell about an error.
        if isOpen { try? operations.close(file) }
    }

    /// Cuts off what was extended ahead, and closes the file. It is closed whatever is thrown.
    consuming func close() throws(StorageError) {
        isOpen = false
        do throws(StorageError) {
            if failure == nil && end > length { try cutEnd() }
        } catch {
            try? operations.close(file)
            throw error
        }
        do throws(StepFailure) {
            try operations.close(file)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Appends `bytes`, durably if `thenSync`, and returns where they begin.
    mutating func append(_ bytes: Span<UInt8>, thenSync: Bool) throws(StorageError) -> UInt64 {
        try checkUsable()
        let start = length
        var buffer = staging.take()
        do throws(StorageError) {
            try makeRoom(for: bytes.count)
            var done = 0
            repeat {
                let count = min(buffer.capacity, bytes.count - done)
                buffer.removeAll()
                buffer.append(bytes.extracting(done..<done + count))
                let isLast = done + count == bytes.count
                try write(&buffer, at: start + UInt64(done), thenSync: thenSync && isLast)
                done += count
            } while done < bytes.count
        } catch {
            staging = buffer
            throw giveUp(appendFrom: start, after: error)
        }
        staging = buffer
        return extend(from: start, by: bytes.count)
    }

    /// Appends what `buffer` holds, durably if `thenSync`, and returns where it begins.
    mutating func append(
        contentsOf buffer: inout IOBuffer, thenSync: Bool
    ) throws(StorageError) -> UInt64 {
        try checkUsable()
        let start = length
        do throws(StorageError) {
            try makeRoom(for: buffer.count)
            try write(&buffer, at: start, thenSync: thenSync)
        } catch {
            throw giveUp(appendFrom: start, after: error)
        }
        return extend(from: start, by: buffer.count)
    }

    /// Makes all that was appended durable.
    mutating func sync() throws(StorageError) {
        try checkUsable()
        do throws(StorageError) {
            try synchronize()
        } catch {
            throw giveUp(appendFrom: length, after: error)
        }
    }

    /// Cuts the file to `newLength`, durably.
    mutating func truncate(to newLength: UInt64) throws(StorageError) {
        precondition(newLength <= length, "cannot cut \(length) bytes to \(newLength)")
        try checkUsable()
        do throws(StepFailure) {
            try operations.truncate(file, to: newLength)
        } catch {
            throw giveUp(appendFrom: length, after: StorageError(error, at: path))
        }
        (length, end) = (newLength, newLength)
        try sync()
    }

    /// Cuts off what was extended ahead, durably.
    private mutating func cutEnd() throws(StorageError) {
        do throws(StepFailure) {
            try operations.truncate(file, to: length)
        } catch {
            throw StorageError(error, at: path)
        }
        try synchronize()
    }

    private mutating func extend(from start: UInt64, by count: Int) -> UInt64 {
        length = start + UInt64(count)
        end = max(end, length)
        return start
    }
}
