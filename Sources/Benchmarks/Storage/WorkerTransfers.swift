import Hardware
import Measurement
import Randomness
import Storage

/// Transfers that a storage worker's thread does for one caller: what the channels there and back
/// cost.
final class WorkerTransfers: TransferTurns {
    private let worker: IOWorker
    private var caller: IOCaller?
    private let about: String

    /// Starts a worker on `processingUnit`.
    init(
        _ job: TransferJob, processingUnit: Int, places: Xoshiro256StarStar
    ) throws {
        worker = try IOWorker(
            options: .init(ring: job.ring(.automatic, depth: job.depth)) {
                // Unbound it does the same, and how fast is left to chance.
                try? ThreadBinding.bindCurrentThread(to: processingUnit)
            })
        about =
            "a worker on processing unit \(processingUnit): \(worker.engine); "
            + "\(worker.registrations)"
        let made = try worker.caller(depth: job.depth)
        caller = consume made
        super.init(job, places: places)
    }

    override var engine: String { about }

    override func transfer(
        _ places: inout Xoshiro256StarStar, _ clock: TickClock
    ) throws -> (Int, UInt64) {
        guard var caller = self.caller.take() else { throw TransferFailure.lost }
        let file = try caller.open(job.path, options: job.options)
        let outcome = try run(&caller, file, &places, clock)
        try caller.close(file)
        self.caller = consume caller
        return outcome
    }

    private func run(
        _ caller: inout IOCaller, _ file: DataFile, _ places: inout Xoshiro256StarStar,
        _ clock: TickClock
    ) throws -> (Int, UInt64) {
        let limit = limit(clock)
        var starts = [UInt64](repeating: 0, count: job.depth)
        var ticks: [UInt32] = []
        swap(&ticks, &self.ticks)
        let buffers = try Buffers(of: &caller, job)
        var completed = 0
        let start = clock.begin()
        var now = start
        for slot in 0..<job.depth {
            guard let buffer = buffers.take() else { throw TransferFailure.lost }
            starts[slot] = start
            try request(&caller, buffer, file, place(&places), slot)
        }
        while var done = try caller.awaitCompletion() {
            now = clock.end()
            let count = try done.result.get()
            guard count == job.block, var buffer = done.buffer.take() else {
                throw TransferFailure.short(count, of: job.block)
            }
            let slot = Int(done.tag)
            ticks.append(UInt32(clamping: now &- starts[slot]))
            completed += 1
            guard now &- start < limit else {
                try caller.give(buffer)
                continue
            }
            starts[slot] = now
            if job.direction == .reading { buffer.removeAll() }
            try request(&caller, buffer, file, place(&places), slot)
        }
        swap(&ticks, &self.ticks)
        return (completed, now &- start)
    }

    private func request(
        _ caller: inout IOCaller, _ buffer: consuming IOBuffer, _ file: DataFile,
        _ place: UInt64, _ slot: Int
    ) throws {
        if job.direction == .reading {
            try caller.read(job.block, into: buffer, from: file, at: place, tag: UInt32(slot))
        } else {
            try caller.write(
                buffer, part: 0..<job.block, to: file, at: place, tag: UInt32(slot),
                thenSync: job.isDurable)
        }
    }

    /// The ring's buffers, fetched before a turn: one at a time is asked for.
    private final class Buffers {
        private var first: Link?

        private final class Link {
            var buffer: IOBuffer?
            let next: Link?
            init(_ buffer: consuming IOBuffer, _ next: Link?) {
                self.buffer = consume buffer
                self.next = next
            }
        }

        init(of caller: inout IOCaller, _ job: TransferJob) throws {
            for _ in 0..<job.depth {
                guard var buffer = try caller.takeBuffer() else { throw TransferFailure.lost }
                job.prepare(&buffer)
                first = Link(buffer, first)
            }
        }

        func take() -> IOBuffer? {
            guard let link = first else { return nil }
            first = link.next
            return link.buffer.take()
        }
    }
}

/// Reads of a file that is mapped into memory, one after the other, each copied out.
final class MappedTransfers: TransferTurns {
    override var engine: String { about }
    private var about = "mmap"

    override func transfer(
        _ places: inout Xoshiro256StarStar, _ clock: TickClock
    ) throws -> (Int, UInt64) {
        // Mapped anew for each turn, as fio does: pages are found in the cache by faults.
        let file = try MappedFile(path: job.path, pattern: .random)
        about =
            "mmap, MADV_RANDOM; direct access (DAX): "
            + (file.isDirectAccess.map { $0 ? "yes" : "no" } ?? "the filesystem does not say")
        let limit = limit(clock)
        var ticks: [UInt32] = []
        swap(&ticks, &self.ticks)
        var buffer = IOBuffer(capacity: job.capacity)
        let start = clock.begin()
        var now = start
        repeat {
            let begun = now
            buffer.removeAll()
            let count = file.read(job.block, into: &buffer, at: place(&places))
            now = clock.end()
            guard count == job.block else { throw TransferFailure.short(count, of: job.block) }
            ticks.append(UInt32(clamping: now &- begun))
        } while now &- start < limit
        swap(&ticks, &self.ticks)
        return (self.ticks.count, now &- start)
    }
}
