import Measurement
import Randomness
import Storage

/// Transfers over one of the engine's rings for files: many at once over io_uring, one after the
/// other without.
final class RingTransfers: TransferTurns {
    private var ring: FileRing?
    private let depth: Int
    private let about: String

    /// Sets a ring up for `depth` transfers at once.
    init(
        _ job: TransferJob, engine: FileRing.EngineChoice, depth: Int, polling: RingPolling = [],
        places: Xoshiro256StarStar
    ) throws {
        var ring = try FileRing(options: job.ring(engine, depth: depth, polling: polling))
        // What the file or its device refuses is told before anything is measured.
        try ring.close(try ring.open(job.path, options: job.options))
        about = "\(ring.engine); \(ring.registrations)"
        self.ring = consume ring
        self.depth = depth
        super.init(job, places: places)
    }

    override var engine: String { about }

    override func transfer(
        _ places: inout Xoshiro256StarStar, _ clock: TickClock
    ) throws -> (Int, UInt64) {
        // In a local, whose accesses need no check.
        guard var ring = self.ring.take() else { throw TransferFailure.lost }
        // Opening and closing are not timed.
        let file = try ring.open(job.path, options: job.options)
        let outcome = try run(&ring, file, &places, clock)
        try ring.close(file)
        self.ring = consume ring
        return outcome
    }

    private func run(
        _ ring: inout FileRing, _ file: DataFile, _ places: inout Xoshiro256StarStar,
        _ clock: TickClock
    ) throws -> (Int, UInt64) {
        let limit = limit(clock)
        var starts = [UInt64](repeating: 0, count: depth)
        var ticks: [UInt32] = []
        swap(&ticks, &self.ticks)
        var completed = 0
        let start = clock.begin()
        var now = start
        for slot in 0..<depth {
            guard var buffer = ring.takeBuffer() else { throw TransferFailure.lost }
            job.prepare(&buffer)
            starts[slot] = start
            request(&ring, buffer, file, place(&places), slot)
        }
        while var done = ring.awaitCompletion() {
            now = clock.end()
            let count = try done.result.get()
            guard count == job.block, var buffer = done.buffer.take() else {
                throw TransferFailure.short(count, of: job.block)
            }
            let slot = Int(done.tag)
            ticks.append(UInt32(clamping: now &- starts[slot]))
            completed += 1
            guard now &- start < limit else {
                ring.give(buffer)
                continue
            }
            starts[slot] = now
            if job.direction == .reading { buffer.removeAll() }
            request(&ring, buffer, file, place(&places), slot)
        }
        swap(&ticks, &self.ticks)
        return (completed, now &- start)
    }

    @inline(__always)
    private func request(
        _ ring: inout FileRing, _ buffer: consuming IOBuffer, _ file: DataFile, _ place: UInt64,
        _ slot: Int
    ) {
        if job.direction == .reading {
            ring.read(job.block, into: buffer, from: file, at: place, tag: UInt64(slot))
        } else {
            ring.write(
                buffer, part: 0..<job.block, to: file, at: place, tag: UInt64(slot),
                thenSync: job.isDurable)
        }
    }
}
