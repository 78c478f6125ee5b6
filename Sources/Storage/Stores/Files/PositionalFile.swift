import Glibc

extension FileOperations where Self: ~Copyable {
    /// Reads `count` bytes at `offset` and puts them behind what `buffer` holds, which has room for
    /// them. Returns how many: fewer only where the file ends.
    package mutating func read(
        _ count: Int, into buffer: inout IOBuffer, from file: Int32, at offset: UInt64,
        path: String
    ) throws(StorageError) -> Int {
        var done = 0
        var attempts = 0
        while done < count {
            do throws(StepFailure) {
                let more = try read(
                    count - done, into: &buffer, from: file, at: offset + UInt64(done))
                if more == 0 { break }
                done += more
            } catch .refused(_, let number) where number.isPassing && attempts < Self.attemptLimit {
                attempts += 1
            } catch {
                throw StorageError(error, at: path)
            }
        }
        return done
    }
}

/// A descriptor that is closed, with its lock, when nobody has it any more.
///
/// A class, though one value alone has it: the optimiser of Swift 6.3 leaves the `deinit` of a generic structure
/// out where another module destroys it, unless it can be inlined there.
@safe private final class OpenedFile<Operations: FileOperations & ~Copyable> {
    /// The operations, for whoever has the only reference to this. Through a pointer, since of changes to a
    /// property of such a class ThreadSanitizer's build makes no valid code (Swift 6.3).
    let operations: UnsafeMutablePointer<Operations>
    let file: Int32

    init(_ file: Int32, _ operations: consuming Operations) {
        self.file = file
        unsafe self.operations = .allocate(capacity: 1)
        unsafe self.operations.initialize(to: operations)
    }

    deinit {
        // SAFETY: initialised in init; nobody uses it after this. There is nobody left to tell about an
        // error; what matters was synced.
        try? unsafe operations.pointee.close(file)
        unsafe operations.deinitialize(count: 1)
        unsafe operations.deallocate()
    }
}

/// A file that is read and written anywhere, under the rules that appends have: a short write is
/// continued, a signal is no failure, and after a failure that leaves it unknown what the device
/// holds, a failed sync above all, nothing is written any more.
///
/// A write that finds no room leaves its range undefined and the file usable. The file is closed when
/// the value goes, with its lock.
package struct PositionalFile<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// Where the file is.
    package internal(set) var path: String
    private let opened: OpenedFile<Operations>
    /// Why the file takes no more writes, once it does not.
    package private(set) var failure: StorageError?
    /// How often the kernel was asked to sync the file's data.
    package private(set) var syncs: UInt64 = 0

    /// Opens the file at `path` with the flags of `open(2)`; `nil` when there is none and the flags
    /// do not create it.
    package init?(
        path: String, flags: Int32, permissions: UInt32 = 0o644,
        operations: consuming Operations
    ) throws(StorageError) {
        guard !path.utf8.contains(0) else {
            throw .refused(.open, path: path, ErrorNumber(code: EINVAL))
        }
        do throws(StepFailure) {
            let file = try operations.open(path, flags: flags, permissions: permissions)
            opened = OpenedFile(file, operations)
        } catch .refused(_, ErrorNumber(code: ENOENT)) where flags & O_CREAT == 0 {
            return nil
        } catch {
            throw StorageError(error, at: path)
        }
        self.path = path
    }

    /// How the file is reached.
    package var operations: Operations {
        // SAFETY: initialised for as long as this value has the object.
        _read { yield unsafe opened.operations.pointee }
        _modify { yield unsafe &opened.operations.pointee }
    }

    /// Its descriptor.
    package var file: Int32 { opened.file }

    /// The file's size.
    package func size() throws(StorageError) -> UInt64 {
        do throws(StepFailure) {
            return try unsafe opened.operations.pointee.size(of: file)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Takes the exclusive lock, or throws `.locked` where another opener keeps it.
    package func lock() throws(StorageError) {
        do throws(StepFailure) {
            try unsafe opened.operations.pointee.lock(file)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Reads `count` bytes at `offset` and puts them behind what `buffer` holds, which has room for
    /// them. Returns how many: fewer only where the file ends.
    package mutating func read(
        _ count: Int, into buffer: inout IOBuffer, at offset: UInt64
    ) throws(StorageError) -> Int {
        try unsafe opened.operations.pointee.read(
            count, into: &buffer, from: file, at: offset, path: path)
    }

    /// Writes what `buffer` holds at `offset`, and with `thenSync` makes it and all before it
    /// durable.
    package mutating func write(
        _ buffer: inout IOBuffer, at offset: UInt64, thenSync: Bool
    ) throws(StorageError) {
        try checkUsable()
        do throws(StorageError) {
            try unsafe opened.operations.pointee.writeAll(
                &buffer, to: file, at: offset, thenSync: thenSync, syncs: &syncs, path: path)
        } catch .refused(.write, let path, let number) where number.isLackOfRoom {
            throw .refused(.write, path: path, number)
        } catch {
            failure = error
            throw error
        }
    }

    /// Makes all that was written durable.
    package mutating func sync() throws(StorageError) {
        try checkUsable()
        do throws(StorageError) {
            try unsafe opened.operations.pointee.sync(file, syncs: &syncs, path: path)
        } catch {
            failure = error
            throw error
        }
    }

    /// Sees to it that what is read from now on is on the device: what earlier openers wrote is synced,
    /// and what memory still shows of a failed sync, as if it were clean, is dropped.
    ///
    /// - Throws: The sync's error; the next opener then reads what the device has.
    mutating func settle() throws(StorageError) {
        try sync()
        do throws(StepFailure) {
            try unsafe opened.operations.pointee.dropCache(of: file)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Cuts or extends the file; not durable before the next sync.
    package mutating func truncate(to length: UInt64) throws(StorageError) {
        try checkUsable()
        do throws(StepFailure) {
            try unsafe opened.operations.pointee.truncate(file, to: length)
        } catch {
            failure = StorageError(error, at: path)
            throw StorageError(error, at: path)
        }
    }

    /// Refuses a file that an earlier failure has poisoned.
    package func checkUsable() throws(StorageError) {
        if let failure { throw .poisoned(path: path, cause: failure) }
    }
}
