import Glibc
import Measurement
import Quantities
import Randomness
import Storage

/// What contenders do to one file that they share: reads or overwrites at random places.
struct TransferJob: Sendable {
    /// Whether it reads or writes.
    enum Direction: Sendable { case reading, writing }

    let direction: Direction
    /// Bytes of a transfer.
    let block: Int
    /// Transfers under way at once.
    let depth: Int
    /// Requests that the engine's ring gathers before it hands them over.
    let batch: Int
    /// Bytes of the file.
    let size: Int
    /// Whether transfers pass the page cache by.
    let isDirect: Bool
    /// Whether a write is done when it is durable.
    let isDurable: Bool
    /// How long a contender works before the next one's turn.
    let turn: Nanoseconds
    /// The file, which is `size` bytes long.
    let path: String

    /// How many places there are.
    var blocks: Int { size / block }

    /// How the engine opens the file.
    var options: DataFile.Options {
        DataFile.Options(
            mode: direction == .reading ? .reading : .writing,
            access: isDirect ? .direct : .buffered, creation: .forbidden)
    }

    /// The engine's ring for `depth` of these transfers.
    func ring(
        _ engine: FileRing.EngineChoice, depth: Int, polling: RingPolling = []
    ) -> FileRing.Options {
        FileRing.Options(
            engine: engine, depth: depth, batch: batch, polling: polling, files: 1,
            buffers: depth,
            bufferCapacity: ByteCount(UInt64(capacity)))
    }

    /// Bytes of a buffer: a transfer, rounded up to whole pages.
    var capacity: Int {
        (block + IOBuffer.alignment - 1) / IOBuffer.alignment * IOBuffer.alignment
    }

    /// Fills a buffer with what is written; one to be read into is emptied.
    func prepare(_ buffer: inout IOBuffer) {
        guard direction == .reading || buffer.count != block else { return }
        buffer.removeAll()
        if direction == .writing { buffer.append(AppendContender.record(of: block).span) }
    }

    /// Writes the file and syncs it, and lets the page cache go where it is not to be used.
    func makeFile() throws {
        var ring = try FileRing(options: .init(engine: .portable, depth: 1))
        let file = try ring.open(
            path, options: .init(mode: .writing, access: .buffered, creation: .required))
        let chunk = AppendContender.record(of: 1 << 20)
        var buffer = IOBuffer(capacity: chunk.count)
        buffer.append(chunk.span)
        for start in stride(from: 0, to: size, by: chunk.count) {
            let count = min(chunk.count, size - start)
            ring.write(
                buffer.take(), part: 0..<count, to: file, at: UInt64(start), tag: 0,
                thenSync: start + count == size)
            guard var done = ring.awaitCompletion(), let returned = done.buffer.take() else {
                throw TransferFailure.lost
            }
            _ = try done.result.get()
            buffer = returned
        }
        try ring.close(file)
        if isDirect { try dropPages() }
    }

    private func dropPages() throws {
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else {
            throw StorageError.refused(.open, path: path, ErrorNumber(code: errno))
        }
        defer { close(descriptor) }
        // Advice: what stays in the cache is passed by all the same.
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
}

/// What no transfer of a benchmark may do.
enum TransferFailure: Error, CustomStringConvertible {
    /// A request came back without a completion, or a completion without its buffer.
    case lost
    /// Fewer bytes than were asked for, in the middle of a file.
    case short(Int, of: Int)

    var description: String {
        switch self {
        case .lost: "a request has no completion"
        case .short(let count, let asked): "\(count) of \(asked) bytes were transferred"
        }
    }
}

/// Turns of transfers, with what each request took.
class TransferTurns: TimedTurns {
    let job: TransferJob
    /// Ticks of the requests of the turn under way.
    var ticks: [UInt32] = []
    /// What the requests of each turn took: the mean, and some of them.
    private(set) var latencies: [(mean: Double, samples: [Double])] = []
    private var places: Xoshiro256StarStar
    private var count = 0

    /// Most requests whose times a turn keeps for percentiles.
    private static let mostSamples = 4096

    init(_ job: TransferJob, places: Xoshiro256StarStar) {
        self.job = job
        self.places = places
        ticks.reserveCapacity(1 << 20)
    }

    /// What is written about the contender.
    var engine: String { "" }

    /// Transfers until the turn is over; gives how many, and how many ticks that took.
    func transfer(_ places: inout Xoshiro256StarStar, _ clock: TickClock) throws -> (Int, UInt64) {
        preconditionFailure("a contender transfers")
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        ticks.removeAll(keepingCapacity: true)
        // In a local, so that its state need not be written back after every draw.
        var places = self.places
        let (count, elapsed) = try transfer(&places, clock)
        self.places = places
        guard count > 0 else { throw TransferFailure.lost }
        self.count = count
        keepLatencies(clock)
        return [clock.nanoseconds(from: 0, to: elapsed) / Double(count)]
    }

    func performed(of operations: Int) -> Int { max(1, count) }

    private func keepLatencies(_ clock: TickClock) {
        guard !ticks.isEmpty else { return }
        let rate = clock.calibration.ticksPerNanosecond
        let mean = Double(ticks.reduce(UInt64(0)) { $0 + UInt64($1) }) / Double(ticks.count) / rate
        // Evenly spaced by a step that is odd: depths are powers of two, and would show the same
        // request of every batch.
        let step = max(1, ticks.count / TransferTurns.mostSamples) | 1
        keep(
            mean: mean, stride(from: 0, to: ticks.count, by: step).map { Double(ticks[$0]) / rate })
    }

    /// Keeps what the requests of a turn took.
    func keep(mean: Double, _ samples: [Double]) { latencies.append((mean, samples)) }

    /// How many ticks a turn lasts.
    func limit(_ clock: TickClock) -> UInt64 {
        UInt64(job.turn.rawValue * clock.calibration.ticksPerNanosecond)
    }

    /// The place of the next transfer.
    @inline(__always)
    final func place(_ places: inout Xoshiro256StarStar) -> UInt64 {
        // The upper half of the product spreads the generator's bits over the places.
        let block = places.next().multipliedFullWidth(by: UInt64(job.blocks)).high
        return block * UInt64(job.block)
    }
}
