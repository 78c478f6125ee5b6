import Glibc
import Quantities
import Storage

/// The segment that grows, as the one who appends has it.
///
/// Invariants: the bytes up to `length` are header and whole frames; `durable` ≤ `length` ≤ `reach`, and
/// from `length` to `reach` the file holds zeroes (`AppendFile.Growth.zeroFilled`). Write numbers go up,
/// also when a write fails.
final class SegmentWriter<Operations: FileOperations & ~Copyable> {
    let header: SegmentHeader
    private var file: PositionalFile<Operations>
    private(set) var length: UInt64
    /// How many of its bytes are durable.
    private(set) var durable: UInt64
    /// The number of the last write.
    var number: UInt64 = 0
    /// The newest time of its frames.
    var newest = Int64.min
    /// How far the file reaches.
    private var reach: UInt64
    private let growth: AppendFile.Growth
    private let keepsTornAppends: Bool
    private let syncsCuts: Bool

    /// Creates the segment's file with header and producers' table; on the device unless something is
    /// planted that says otherwise.
    init(
        _ header: SegmentHeader, table: [UInt8], in setting: LogSetting<Operations>
    ) throws(StorageError) {
        let path = setting.path(ofSegment: header.base)
        guard
            var file = try PositionalFile(
                path: path, flags: O_RDWR | O_CREAT | O_EXCL,
                permissions: setting.options.permissions, operations: try setting.make())
        else { preconditionFailure("a file that is created is there") }
        var buffer = IOBuffer(capacity: SegmentHeader.size + table.count)
        buffer.append(header.bytes.span)
        buffer.append(table.span)
        try file.write(&buffer, at: 0, thenSync: !setting.has(.headerNotSynced))
        self.header = header
        self.file = file
        growth = setting.options.growth
        keepsTornAppends = setting.has(.tornAppendKept)
        syncsCuts = !setting.has(.refusedAppendReturns)
        length = header.start
        durable = header.start
        reach = header.start
    }

    /// How often the kernel was asked to sync it.
    var syncs: UInt64 { file.syncs }
    /// Why it takes no more writes, once it does not.
    var failure: StorageError? { file.failure }

    /// Appends frames, durably if `thenSync`.
    ///
    /// When there is no room, the file is cut back to where they began, durably, since whole frames of them
    /// may be on the device; it stays usable. After anything else it is unknown what the device holds, and
    /// the segment is poisoned.
    func append(_ frames: inout IOBuffer, thenSync: Bool) throws(StorageError) {
        try file.checkUsable()
        do throws(StorageError) {
            try makeRoom(for: frames.count)
            try file.write(&frames, at: length, thenSync: thenSync)
        } catch {
            // Poisoned, or no room: then the file is as it was again, or it is poisoned as well.
            if file.failure == nil {
                if keepsTornAppends {
                    length += UInt64(frames.count / 2) & ~7
                } else {
                    undoAppend()
                }
                reach = length
            }
            throw error
        }
        length += UInt64(frames.count)
        reach = max(reach, length)
        if thenSync { durable = length }
    }

    /// Cuts off what a write without room has left. Where that fails the segment is poisoned.
    private func undoAppend() {
        do throws(StorageError) {
            try file.truncate(to: length)
            guard syncsCuts else { return }
            try file.sync()
            durable = length
        } catch {
            // The file has noted it.
        }
    }

    /// Makes all that was appended durable.
    func sync() throws(StorageError) {
        try file.sync()
        durable = length
    }

    /// Takes all that was appended for durable, which is a mistake.
    func claimDurable() { durable = length }

    #if PLANTED_DEFECTS
        /// Has the file end with `newLength`, whatever the device has, which is a mistake.
        func cut(to newLength: UInt64) throws(StorageError) {
            try file.truncate(to: newLength)
            (length, reach) = (newLength, newLength)
            durable = min(durable, newLength)
        }
    #endif

    /// Cuts off what was extended ahead. A failure harms nothing but the room that it takes up: the
    /// manifest says where the segment ends.
    func cutReach() {
        guard reach > length, file.failure == nil else { return }
        try? file.truncate(to: length)
        reach = length
    }

    /// Sees to it that `count` more bytes can be appended, and that the file is extended ahead where that
    /// was asked for.
    private func makeRoom(for count: Int) throws(StorageError) {
        let longest = UInt64(Int64.max)
        guard UInt64(count) <= longest - length else {
            throw .refused(.write, path: file.path, ErrorNumber(code: EFBIG))
        }
        let needed = length + UInt64(count)
        guard case .zeroFilled(let step) = growth, needed > reach else { return }
        let steps = (needed - reach - 1) / step.rawValue + 1
        try fillWithZeroes(to: min(longest, reach + steps * step.rawValue))
    }

    /// Writes zeroes from the file's end to `newReach`, durably: blocks that were only allocated would
    /// still cost a journal commit when they are first written to.
    private func fillWithZeroes(to newReach: UInt64) throws(StorageError) {
        var zeroes = IOBuffer(capacity: Int(min(newReach - reach, 1 << 20)))
        do throws(StorageError) {
            while reach < newReach {
                zeroes.removeAll()
                zeroes.append(zeroes: Int(min(newReach - reach, UInt64(zeroes.capacity))))
                let next = reach + UInt64(zeroes.count)
                try file.write(&zeroes, at: reach, thenSync: next == newReach)
                reach = next
            }
        } catch .refused(.write, let path, let number) {
            throw .refused(.extend, path: path, number)
        }
        // The sync has made all that was appended before durable as well.
        durable = length
    }
}
