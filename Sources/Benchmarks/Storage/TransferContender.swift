import Hardware
import Measurement
import Randomness
import Storage

/// A way to read or overwrite a file at random places.
enum TransferContender: String, CaseIterable {
    /// The engine's ring for files over io_uring, the depth's requests at once.
    case ioUring = "io_uring"
    /// As `io_uring`, a thread of the kernel's polling for submissions.
    case polledSubmissions = "io_uring-sqpoll"
    /// As `io_uring`, the device polled for completions.
    case polledCompletions = "io_uring-iopoll"
    /// The engine's storage worker: a thread with such a ring, reached over channels.
    case worker
    /// The engine's portable ring: `pread`, one at a time.
    case pread
    /// The engine's portable ring: `pwrite`, one at a time.
    case pwrite
    /// A mapped file: the engine's for reads, each block copied out; for writes one of the benchmark's
    /// own, each block copied in, and `msync` where it is to be durable.
    case mmap
    /// fio's io_uring engine as it is by itself.
    case fioURing = "fio-io_uring"
    /// fio's io_uring engine with what the engine's ring does: file and buffers registered, requests
    /// handed over by the batch. What the engine is held against.
    case fioTuned = "fio-io_uring-tuned"
    /// fio's `psync` engine: `pread` or `pwrite`.
    case fioPsync = "fio-psync"
    /// fio's `mmap` engine.
    case fioMapped = "fio-mmap"

    /// Those that read.
    static let readers: [TransferContender] = allCases.filter { $0 != .pwrite }
    /// Those that write.
    static let writers: [TransferContender] = allCases.filter {
        ![.pread, .fioMapped].contains($0)
    }

    /// Whether it does one transfer after the other, whatever the depth.
    var isSequential: Bool {
        switch self {
        case .pread, .pwrite, .mmap, .fioPsync, .fioMapped: true
        default: false
        }
    }

    /// fio's name for its engine; `nil` for the engine's own ways.
    private var fioEngine: String? {
        switch self {
        case .fioURing, .fioTuned: "io_uring"
        case .fioPsync: "psync"
        case .fioMapped: "mmap"
        default: nil
        }
    }

    /// Why it has no turns in a job.
    struct Absent: Error, CustomStringConvertible {
        let description: String
    }

    /// Its turns of `job`.
    ///
    /// - Throws: `Absent` with the reason where it cannot take part; what opening throws otherwise.
    func turns(of job: TransferJob, in context: ForkContext) throws -> TransferTurns {
        guard !isSequential || job.depth == 1 else {
            throw Absent(description: "does one transfer at a time")
        }
        guard self != .mmap && self != .fioMapped || !job.isDirect else {
            throw Absent(description: "goes by the page cache")
        }
        let places = context.generator(for: "places of \(rawValue)")
        if let fioEngine {
            guard let fio = FioAppends.installed else {
                throw Absent(description: "fio is not installed (apt: fio)")
            }
            return FioTransfers(
                fio, engine: fioEngine, job, places: places, isTuned: self == .fioTuned)
        }
        switch self {
        case .mmap:
            return job.direction == .reading
                ? MappedTransfers(job, places: places) : MappedWrites(job, places: places)
        case .worker:
            let units = context.request.processingUnits
            return try WorkerTransfers(
                job, processingUnit: units[units.count > 1 ? 1 : 0], places: places)
        case .pread, .pwrite:
            return try RingTransfers(job, engine: .portable, depth: 1, places: places)
        default: return try ringTurns(of: job, places)
        }
    }

    /// Turns over io_uring, which the kernel or the device may refuse.
    private func ringTurns(
        of job: TransferJob, _ places: Xoshiro256StarStar
    ) throws -> TransferTurns {
        let polling: RingPolling
        switch self {
        case .polledSubmissions: polling = .submissions
        case .polledCompletions: polling = .completions
        default: polling = []
        }
        do {
            return try RingTransfers(
                job, engine: .ioUring, depth: job.depth, polling: polling, places: places)
        } catch let error as StorageError {
            throw Absent(description: "\(error)")
        }
    }
}
