import Glibc
import Randomness
import Storage

/// What there is room for, and what a failing device leaves.
extension FileSystemState {
    /// As much of `bytes` as the file may hold and the device has room for; an error when that is
    /// not one byte.
    func fitting(
        _ bytes: ArraySlice<UInt8>, into node: Int, at offset: UInt64
    ) throws(ErrorNumber) -> ArraySlice<UInt8> {
        guard !bytes.isEmpty else { return bytes }
        guard offset < limits.largestFile else { throw ErrorNumber(code: EFBIG) }
        let part = bytes.prefix(Int(clamping: limits.largestFile - offset))
        guard let blocks = limits.blocks else { return part }
        var free = blocks - min(blocks, allocatedBlocks)
        let taken = self[node].live.blocks
        var end = offset
        let last = offset + UInt64(part.count)
        while end < last {
            let block = end / FileImage.blockSize
            if !taken.contains(block) {
                if free == 0 { break }
                free -= 1
            }
            end = min(last, (block + 1) * FileImage.blockSize)
        }
        guard end > offset else { throw limits.lackOfRoom }
        return part.prefix(Int(end - offset))
    }

    /// Cuts or extends a file.
    mutating func truncate(_ node: Int, to length: UInt64) throws(ErrorNumber) {
        guard length <= limits.largestFile else { throw ErrorNumber(code: EFBIG) }
        let stamp = stamp()
        self[node].resize(to: length, stamp: stamp)
    }

    /// What a failed sync leaves of a file: which sectors reached the device follows from the state.
    mutating func failSync(of node: Int) {
        var generator = Seed(UInt64(stamp())).generator()
        let evicts = limits.evictsFailedPages
        self[node].failSync(evicted: evicts) { generator.next(below: 2) == 0 }
    }
}
