import Glibc
import Measurement
import Randomness
import Storage

/// Overwrites of a file that is mapped into memory, one after the other, each block copied in: the
/// kernel is entered for faults alone, and for `msync` where a write is to be durable.
final class MappedWrites: TransferTurns {
    override var engine: String {
        "mmap, MADV_RANDOM" + (job.isDurable ? ", msync of each block's pages" : "")
    }

    override func transfer(
        _ places: inout Xoshiro256StarStar, _ clock: TickClock
    ) throws -> (Int, UInt64) {
        // Mapped anew for each turn, as the readers and fio do.
        let base = unsafe try map()
        defer { unsafe _ = munmap(base, job.size) }
        let record = AppendContender.record(of: job.block)
        let limit = limit(clock)
        var ticks: [UInt32] = []
        swap(&ticks, &self.ticks)
        let start = clock.begin()
        var now = start
        repeat {
            let begun = now
            unsafe try write(record, to: base, at: Int(place(&places)))
            now = clock.end()
            ticks.append(UInt32(clamping: now &- begun))
        } while now &- start < limit
        swap(&ticks, &self.ticks)
        return (self.ticks.count, now &- start)
    }

    private func write(
        _ record: [UInt8], to base: UnsafeMutableRawPointer, at offset: Int
    ) throws {
        // A place lies within the file by a whole block, and the file within the mapping.
        let target = unsafe base + offset
        unsafe record.withUnsafeBytes { bytes in
            unsafe target.copyMemory(
                from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
        }
        guard job.isDurable else { return }
        // Whole pages are asked for, all of them within the mapping.
        let first = offset / IOBuffer.alignment * IOBuffer.alignment
        let answer = unsafe msync(base + first, offset + record.count - first, MS_SYNC)
        guard answer == 0 else { throw refusal(.sync) }
    }

    private func map() throws -> UnsafeMutableRawPointer {
        // The path is copied during the call.
        let file = unsafe open(job.path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw refusal(.open) }
        // The mapping keeps the file.
        defer { close(file) }
        guard
            let base = unsafe mmap(
                nil, job.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            unsafe base != MAP_FAILED
        else { throw refusal(.map) }
        // Advice that is refused changes nothing but speed.
        unsafe _ = madvise(base, job.size, MADV_RANDOM)
        return unsafe base
    }

    private func refusal(_ step: StorageError.Operation) -> StorageError {
        .refused(step, path: job.path, ErrorNumber(code: errno))
    }
}
