import Counters
import Measurement
import Quantities
import Storage
import Synchronization

/// A file that is appended to and synced, one way or another.
enum AppendContender: String, CaseIterable {
    /// The engine's file through io_uring: write and sync linked, one entry into the kernel.
    case ioUring = "io_uring"
    /// The engine's file through `pwrite` and `fdatasync`.
    case portable = "pwrite"
    /// As `io_uring`, the file extended ahead by zeroes, so that a sync changes no length. The
    /// append that reaches the end extends it, which is timed: it is what this way costs.
    case ioUringAhead = "io_uring-ahead"
    /// As `pwrite`, the file extended ahead, with the cost of doing so.
    case portableAhead = "pwrite-ahead"
    /// fio's io_uring engine on a file of its own.
    case fioURing = "fio-io_uring"
    /// fio's `psync` engine on a file of its own.
    case fioPsync = "fio-psync"

    /// How far a file is extended at once by the contenders that extend ahead.
    static let step = ByteCount.mebibytes(16)

    /// What is written: `payload` bytes that are not zeroes, since a device or a filesystem may
    /// treat those apart.
    static func record(of payload: Int) -> [UInt8] {
        (0..<payload).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    }

    /// The engine's options of this contender; `nil` for fio.
    var options: AppendFile.Options? {
        switch self {
        case .ioUring: AppendFile.Options(engine: .ioUring, creation: .required)
        case .portable: AppendFile.Options(engine: .portable, creation: .required)
        case .ioUringAhead:
            AppendFile.Options(
                engine: .ioUring, creation: .required, growth: .zeroFilled(step: Self.step))
        case .portableAhead:
            AppendFile.Options(
                engine: .portable, creation: .required, growth: .zeroFilled(step: Self.step))
        case .fioURing, .fioPsync: nil
        }
    }

    /// fio's name for the engine of this contender; `nil` for the engine's own files.
    var fioEngine: String? {
        switch self {
        case .fioURing: "io_uring"
        case .fioPsync: "psync"
        default: nil
        }
    }
}

/// Durable appends to one of the engine's files.
final class DurableAppends: MeasuredBody {
    private var file: AppendFile?
    private let record: [UInt8]
    /// The file's syncs up to the end of the last run, where whoever reads counters finds them.
    private let syncs = PublishedCount()
    private let published: PublishedCounters.Source
    /// Which way to the kernel the file took.
    let engine: String

    /// Opens a new file at `path` for records of `payload` bytes.
    init(path: String, options: AppendFile.Options, payload: Int) throws {
        let file = try AppendFile(path: path, options: options)
        engine = file.engine.description
        published = EngineCounter.appendSyncs.publish { [syncs] in syncs.value }
        self.file = consume file
        record = AppendContender.record(of: payload)
    }

    /// Appends and syncs `iterations` records, one by one.
    func run(iterations: Int) throws {
        let record = self.record
        for _ in 0..<iterations { _ = try file?.appendAndSync(record.span) }
        syncs.value = file?.syncs ?? syncs.value
    }

    /// Closes the file.
    func close() throws { try file.take()?.close() }
}

/// A count that one thread sets and any thread may read.
private final class PublishedCount: Sendable {
    private let count = Atomic<UInt64>(0)

    var value: UInt64 {
        get { count.load(ordering: .relaxed) }
        set { count.store(newValue, ordering: .relaxed) }
    }
}
