import Glibc
import Storage

/// A counter that is the size of a sparse file, over any file operations: the rules of extending it.
///
/// The file is one block with marks, then a hole as long as the counter is high. Invariant: every
/// value that anybody may have been given is below `reserved` as it was when an `extend` last
/// returned, and the file was at least as long as that on the device.
package struct ObeliskFile<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// How many extensions go between two marks: a mark costs the device one more write.
    static var extensionsPerMark: Int { 256 }
    /// How often in a row a signal may interrupt a sync before that is an error.
    static var attemptLimit: Int { 1000 }
    /// The highest value that a file can be extended to.
    static var most: UInt64 { ObeliskMark.mostReserved }

    /// Where the file is.
    package let path: String
    /// What the counter is for.
    let purpose: UInt64
    /// All values below this are taken: durably, once an extension has returned.
    package private(set) var reserved: UInt64
    /// Why the file is extended no more, once it is not.
    package private(set) var failure: ObeliskError?
    /// How often the kernel was asked to sync the file since it was opened.
    package private(set) var syncs: UInt64 = 0

    /// How the file is reached.
    var operations: Operations
    let file: Int32
    /// The mark that the file holds.
    var mark: ObeliskMark
    /// What is known to be on the device: nothing but the mark says so of a file just opened.
    private var durable: UInt64
    private var extensionsToMark = 1
    private var isOpen = true

    /// Takes over what opening found; `reserved` are the values that may have been given out.
    init(
        _ claimed: Claimed, path: String, operations: consuming Operations
    ) {
        self.path = path
        purpose = claimed.mark.purpose
        reserved = claimed.reserved
        durable = claimed.mark.reserved
        mark = claimed.mark
        file = claimed.file
        self.operations = operations
    }

    deinit {
        // Dropped rather than closed: there is nobody left to tell about an error.
        if isOpen { try? operations.close(file) }
    }

    /// Takes all values below `goal`, durably. To be called with more than `reserved`.
    ///
    /// When there is no room the file is as it was, and usable. After any other failure it is
    /// poisoned: what the device holds is not known, and the kernel reports it once.
    package mutating func extend(to goal: UInt64) throws(ObeliskError) {
        precondition(goal > reserved, "cannot extend \(reserved) to \(goal)")
        if let failure { throw failure.repeated(at: path) }
        guard goal <= Self.most else { throw .usedUp(path: path) }
        do throws(ObeliskError) {
            try checkSize()
            if extensionsToMark == 0 { try writeMark() }
            try grow(to: goal)
            try synchronize()
        } catch {
            switch error {
            case .file(.refused(.extend, _, let number)) where number.isLackOfSpace: break
            case .file(.refused(.write, _, let number)) where number.isLackOfSpace: break
            default: failure = error
            }
            throw error
        }
        durable = goal
        extensionsToMark = extensionsToMark == 0 ? Self.extensionsPerMark : extensionsToMark - 1
    }

    /// Marks how far the counter has come, and closes the file. It is closed whatever is thrown.
    package consuming func close() throws(ObeliskError) {
        isOpen = false
        do throws(ObeliskError) {
            if failure == nil && durable > mark.reserved {
                try writeMark()
                try synchronize()
            }
        } catch {
            try? operations.close(file)
            throw error
        }
        do throws(StepFailure) {
            try operations.close(file)
        } catch {
            throw .file(StorageError(error, at: path))
        }
    }

    /// How many bytes of the device the file takes up.
    package func allocated() throws(ObeliskError) -> UInt64 {
        do throws(StepFailure) {
            return try operations.allocated(for: file)
        } catch {
            throw .file(StorageError(error, at: path))
        }
    }

    /// An extension must not cut: a file that somebody else has grown would shrink, and one that
    /// somebody has cut is not to be trusted.
    private func checkSize() throws(ObeliskError) {
        let size: UInt64
        do throws(StepFailure) {
            size = try operations.size(of: file)
        } catch {
            throw .file(StorageError(error, at: path))
        }
        let expected = ObeliskMark.blockSize + reserved
        guard size == expected else {
            throw .interference(path: path, size: size, expected: expected)
        }
    }

    private mutating func grow(to goal: UInt64) throws(ObeliskError) {
        do throws(StepFailure) {
            try operations.truncate(file, to: ObeliskMark.blockSize + goal)
        } catch .refused(_, let number) {
            throw .file(.refused(.extend, path: path, number))
        } catch {
            throw .file(StorageError(error, at: path))
        }
        reserved = goal
    }

    /// Syncs; a signal in between is no failure.
    private mutating func synchronize() throws(ObeliskError) {
        for _ in 0..<Self.attemptLimit {
            syncs += 1
            do throws(StepFailure) {
                return try operations.sync(file)
            } catch .refused(.sync, ErrorNumber(code: EINTR)) {
                continue
            } catch {
                throw .file(StorageError(error, at: path))
            }
        }
        throw .file(.stalled(.sync, path: path, attempts: Self.attemptLimit))
    }

    /// Writes what is known to be durable into the next slot, for the next sync to take along: never
    /// what is only being made durable, or a power cut would leave a mark above the size.
    private mutating func writeMark() throws(ObeliskError) {
        let next = ObeliskMark(
            serial: mark.serial + 1, purpose: purpose, isNamed: true, reserved: durable)
        do throws(StorageError) {
            try operations.write(next, to: file, at: path)
        } catch {
            throw .file(error)
        }
        mark = next
    }
}

extension ErrorNumber {
    /// There is no room for what was asked, and nothing was done.
    var isLackOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
}
