import Glibc
import Quantities

/// What an attempt's outcome leads to: the same for every engine.
extension AppendLog where Operations: ~Copyable {
    /// Refuses a file that an earlier failure has poisoned.
    func checkUsable() throws(StorageError) {
        if let failure { throw .poisoned(path: path, cause: failure) }
    }

    /// Writes the whole buffer, and syncs when it has been written whole.
    mutating func write(
        _ buffer: inout IOBuffer, at start: UInt64, thenSync: Bool
    ) throws(StorageError) {
        try operations.writeAll(
            &buffer, to: file, at: start, thenSync: thenSync, syncs: &syncs, path: path)
    }

    /// Syncs; a signal in between is no failure.
    mutating func synchronize() throws(StorageError) {
        try operations.sync(file, syncs: &syncs, path: path)
    }

    /// Sees to it that `count` more bytes can be appended: that a file can be so long at all, and
    /// that it is extended ahead where that was asked for.
    mutating func makeRoom(for count: Int) throws(StorageError) {
        let longest = UInt64(Int64.max)
        guard UInt64(count) <= longest - length else {
            throw .refused(.write, path: path, ErrorNumber(code: EFBIG))
        }
        let needed = length + UInt64(count)
        guard case .zeroFilled(let step) = growth, needed > end else { return }
        let steps = (needed - end - 1) / step.rawValue + 1
        let (extended, overflowed) = steps.multipliedReportingOverflow(by: step.rawValue)
        try fillWithZeroes(to: overflowed ? longest : end + min(extended, longest - end))
    }

    /// Writes zeroes from the file's end to `newEnd`, durably: blocks that were only allocated
    /// would still cost a journal commit when they are first written to.
    private mutating func fillWithZeroes(to newEnd: UInt64) throws(StorageError) {
        var zeroes = IOBuffer(capacity: Int(min(newEnd - end, 1 << 20)))
        do throws(StorageError) {
            while end < newEnd {
                zeroes.removeAll()
                zeroes.append(zeroes: Int(min(newEnd - end, UInt64(zeroes.capacity))))
                let next = end + UInt64(zeroes.count)
                try write(&zeroes, at: end, thenSync: next == newEnd)
                end = next
            }
        } catch .refused(.write, _, let number) {
            throw .refused(.extend, path: path, number)
        }
    }

    /// Settles what an append or sync that failed leaves behind, and returns what to throw.
    ///
    /// When there was no room, the file is cut back to where the append began and stays usable.
    /// After anything else, a failed sync above all, it is unknown what the device holds. The kernel
    /// reports such a loss once and may call the next sync a success, so the file is poisoned.
    mutating func giveUp(appendFrom start: UInt64, after error: StorageError) -> StorageError {
        switch error {
        case .wrongThread:
            // Refused before anything was begun.
            return error
        case .refused(.write, _, let number), .refused(.extend, _, let number):
            guard number.isLackOfRoom else { break }
            do throws(StepFailure) {
                try operations.truncate(file, to: start)
                end = start
                return error
            } catch {
                // The torn append cannot be removed: the reason for that is what poisons.
                failure = StorageError(error, at: path)
                return StorageError.refused(.write, path: path, number)
            }
        default: break
        }
        failure = error
        return error
    }
}
