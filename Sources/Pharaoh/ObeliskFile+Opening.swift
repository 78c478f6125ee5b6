import Glibc
import Storage

/// A counter's file that was opened, locked and examined.
struct Claimed {
    let file: Int32
    /// The newest whole mark.
    let mark: ObeliskMark
    /// All values below this may have been given out.
    let reserved: UInt64
}

/// How a file may come to be.
package struct ObeliskCreation {
    let rule: AppendFile.Creation
    let first: UInt64
    let permissions: UInt32

    /// - Parameters:
    ///   - rule: whether the file may be there already.
    ///   - first: the first value of a new one.
    ///   - permissions: the permission bits of a new one, before the process's umask.
    package init(
        _ rule: AppendFile.Creation = .ifMissing, first: UInt64 = 0, permissions: UInt32 = 0o644
    ) {
        self.rule = rule
        self.first = first
        self.permissions = permissions
    }
}

extension ObeliskFile where Operations: ~Copyable {
    /// Opens the counter at `path`, or makes it, as `creation` says; it must be for `purpose`.
    ///
    /// A new file gets its name when its first block is on the device, by a rename: an empty file of
    /// this name is never one that was only begun, but one that somebody has cut. What is there is
    /// recovered by a look at its size and a read of its first block; nothing is synced unless the
    /// maker died before it had synced the directory.
    package init(
        path: String, purpose: UInt64 = 0, creation: ObeliskCreation,
        operations: consuming Operations
    ) throws(ObeliskError) {
        guard !path.utf8.contains(0) else {
            throw .file(.refused(.open, path: path, ErrorNumber(code: EINVAL)))
        }
        let claimed = try operations.claim(path, purpose: purpose, creation: creation)
        self.init(claimed, path: path, operations: operations)
    }
}

extension FileOperations where Self: ~Copyable {
    fileprivate mutating func claim(
        _ path: String, purpose: UInt64, creation: ObeliskCreation
    ) throws(ObeliskError) -> Claimed {
        let found = try openExisting(path)
        guard let file = found else {
            guard creation.rule != .forbidden else {
                throw .file(.refused(.open, path: path, ErrorNumber(code: ENOENT)))
            }
            return try make(path, purpose: purpose, creation: creation)
        }
        guard creation.rule != .required else {
            try? close(file)
            throw .file(.refused(.create, path: path, ErrorNumber(code: EEXIST)))
        }
        return try releasing(file) { operations throws(ObeliskError) in
            try operations.examine(file, at: path, purpose: purpose)
        }
    }

    /// The file at `path`, or `nil` when there is none.
    private func openExisting(_ path: String) throws(ObeliskError) -> Int32? {
        do throws(StepFailure) {
            return try open(path, flags: O_RDWR, permissions: 0)
        } catch .refused(_, ErrorNumber(code: ENOENT)) {
            return nil
        } catch {
            throw .file(StorageError(error, at: path))
        }
    }

    /// Locks a file that was there, and finds out how far it has come.
    private mutating func examine(
        _ file: Int32, at path: String, purpose: UInt64
    ) throws(ObeliskError) -> Claimed {
        let size = try lockedSize(of: file, at: path)
        let block = try firstBlock(of: file, at: path)
        guard size >= ObeliskMark.blockSize, var mark = ObeliskMark.newest(in: block) else {
            throw .unmarked(path: path, size: size)
        }
        guard mark.purpose == purpose else { throw .otherPurpose(path: path) }
        let reserved = size - ObeliskMark.blockSize
        guard reserved >= mark.reserved else {
            throw .cut(path: path, size: size, least: ObeliskMark.blockSize + mark.reserved)
        }
        if !mark.isNamed { mark = try name(file, at: path, after: mark) }
        return Claimed(file: file, mark: mark, reserved: reserved)
    }

    /// Makes a counter. Its file is prepared under another name, which only the holder of the lock
    /// on it may change into the right one, and which nobody removes: whoever has the lock on a file
    /// of that name, and finds none of the right name, is alone.
    private mutating func make(
        _ path: String, purpose: UInt64, creation: ObeliskCreation
    ) throws(ObeliskError) -> Claimed {
        let draft = path + ".new"
        let file: Int32
        do throws(StepFailure) {
            file = try open(draft, flags: O_RDWR | O_CREAT, permissions: creation.permissions)
        } catch {
            throw .file(StorageError(error, at: path))
        }
        return try releasing(file) { operations throws(ObeliskError) in
            _ = try operations.lockedSize(of: file, at: path)
            if let other = try operations.openExisting(path) {
                // Somebody was quicker, and may hold it: to be found out by trying again.
                try? operations.close(other)
                throw .file(.locked(path: path))
            }
            let mark = ObeliskMark(
                serial: 0, purpose: purpose, isNamed: false, reserved: creation.first)
            do throws(StepFailure) {
                try operations.truncate(file, to: 0)
                try operations.truncate(file, to: ObeliskMark.blockSize + creation.first)
                try operations.write(mark, to: file)
                try operations.sync(file)
                try operations.rename(draft, to: path)
            } catch {
                throw .file(StorageError(error, at: path))
            }
            return Claimed(
                file: file, mark: try operations.name(file, at: path, after: mark),
                reserved: creation.first)
        }
    }

    /// Makes the name of the file durable, and says so in it, for the next opener not to do it again.
    ///
    /// What says so need not be durable itself: without it, the next opener syncs once more.
    private mutating func name(
        _ file: Int32, at path: String, after mark: ObeliskMark
    ) throws(ObeliskError) -> ObeliskMark {
        var named = mark
        named.serial += 1
        named.isNamed = true
        do throws(StepFailure) {
            try syncDirectory(of: path)
            try write(named, to: file)
        } catch {
            throw .file(StorageError(error, at: path))
        }
        return named
    }

    /// Takes the lock, and gives the size that the file has from then on.
    private func lockedSize(of file: Int32, at path: String) throws(ObeliskError) -> UInt64 {
        do throws(StepFailure) {
            // A device or a pipe is not to be locked.
            _ = try size(of: file)
            try lock(file)
            return try size(of: file)
        } catch {
            throw .file(StorageError(error, at: path))
        }
    }

    private mutating func firstBlock(
        of file: Int32, at path: String
    ) throws(ObeliskError) -> [UInt8] {
        let size = Int(ObeliskMark.blockSize)
        var buffer = IOBuffer(capacity: size)
        do throws(StepFailure) {
            while buffer.count < size {
                let count = try read(
                    size - buffer.count, into: &buffer, from: file, at: UInt64(buffer.count))
                if count == 0 { break }
            }
        } catch {
            throw .file(StorageError(error, at: path))
        }
        return buffer.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// Runs `body`, and gives the file back if it fails.
    private mutating func releasing(
        _ file: Int32, _ body: (inout Self) throws(ObeliskError) -> Claimed
    ) throws(ObeliskError) -> Claimed {
        do throws(ObeliskError) {
            return try body(&self)
        } catch {
            // The reason for giving it back is what the caller needs to know.
            try? close(file)
            throw error
        }
    }
}

extension FileOperations where Self: ~Copyable {
    /// Writes `mark` into its slot, whole.
    mutating func write(_ mark: ObeliskMark, to file: Int32) throws(StepFailure) {
        var buffer = IOBuffer(capacity: ObeliskMark.slotSize)
        buffer.append(mark.encoded.span)
        var done = 0
        for _ in 0..<1000 {
            let outcome = try write(
                &buffer, part: done..<buffer.count, to: file, at: mark.offset + UInt64(done),
                thenSync: false)
            switch outcome.write {
            case .success(let count): done += count
            case .failure(ErrorNumber(code: EINTR)), .failure(ErrorNumber(code: EAGAIN)): break
            case .failure(let number): throw .refused(.write, number)
            }
            if done == buffer.count { return }
        }
        throw .refused(.write, ErrorNumber(code: EIO))
    }

    /// As above, with the file's path for what goes wrong.
    mutating func write(
        _ mark: ObeliskMark, to file: Int32, at path: String
    ) throws(StorageError) {
        do throws(StepFailure) {
            try write(mark, to: file)
        } catch {
            throw StorageError(error, at: path)
        }
    }
}
