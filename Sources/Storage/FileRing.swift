import Glibc
import Quantities

/// Files that are read and written at any place, with many requests under way at once.
///
/// Requests go in, completions come out in the order in which they are done, and buffers travel with
/// both:
///
///     var ring = try FileRing(options: .init(engine: .automatic, depth: 32))
///     let file = try ring.open("data", options: .init(mode: .reading, access: .automatic))
///     for block in 0..<32 {
///         guard let buffer = ring.takeBuffer() else { break }
///         ring.read(4096, into: buffer, from: file, at: UInt64(block) * 4096, tag: UInt64(block))
///     }
///     while var done = ring.awaitCompletion() {
///         let count = try done.result.get()
///         ...
///         if let buffer = done.buffer.take() { ring.give(buffer) }
///     }
///
/// A request consumes its buffer and its completion gives it back: memory that the kernel may use is
/// never freed. A short transfer is continued and a signal is no failure. What fails comes out as
/// the completion of the request that it concerns. After a failed sync, or a write that failed for
/// another reason than lack of room, it is unknown what the device holds: the file takes no more
/// writes and syncs until it is opened again. When the ring itself fails, every request under way
/// completes with the reason, and so does every later one.
///
/// With io_uring, files and buffers are registered where the kernel lets them be, and the ring
/// belongs to the thread that uses it first. The portable engine does each request when it is asked
/// for, and its completions wait to be taken.
///
/// Source: the loop of Axboe, "Efficient IO with io_uring" (2019).
public struct FileRing: ~Copyable {
    /// The way to the kernel that this ring takes.
    public let engine: Engine
    /// How many requests may be under way, or done and not yet taken.
    public let depth: Int
    /// What the kernel keeps in its tables.
    public let registrations: Registrations
    /// What failed the ring, if anything did.
    public internal(set) var failure: StorageError?
    /// How often the kernel was entered for requests: to hand them over, to wait, or both.
    public internal(set) var entries: UInt64 = 0

    var ring: SubmissionRing?
    let isRing: Bool
    let canLink: Bool
    let pollsCompletions: Bool
    let batch: Int
    /// Requests that the kernel does not have yet.
    var prepared = 0
    let table: TransferTable
    /// What a completion that is for the doorbell brings back.
    static var doorbellContext: UInt32 { .max }
    /// Room for the doorbell's count, while no request has it.
    var doorbellBuffer: IOBuffer?
    let pool: BufferPool
    // Behind the ring, which goes first: what it has under way ends before the locks are given up.
    let files: FileTable

    /// Sets up a ring.
    ///
    /// - Throws: `StorageError.ringUnavailable` when io_uring or its polling was asked for by name
    ///   and cannot be had.
    public init(options: Options) throws(StorageError) {
        try self.init(options: options, refusing: SubmissionRing.nothing)
    }

    /// As `init(options:)`; `refusing` stands in for a kernel that refuses.
    init(options: Options, refusing: SubmissionRing.Refuser) throws(StorageError) {
        options.check()
        depth = options.depth
        batch = options.batch
        table = TransferTable(capacity: options.depth)
        pool = BufferPool(capacity: options.buffers)
        files = FileTable(capacity: options.files)
        var tables = Registrations(files: .none, buffers: .none)
        var ring: SubmissionRing?
        engine = try FileRing.makeRing(options, refusing, into: &ring)
        isRing = ring?.table != nil
        pollsCompletions = options.polling.contains(.completions)
        canLink = (ring?.canLink ?? false) && !pollsCompletions
        FileRing.register(options, &ring, pool, &tables)
        registrations = tables
        doorbellBuffer = IOBuffer(capacity: MemoryLayout<UInt64>.size)
        self.ring = ring.take()
    }

    /// How many requests are under way, or done and not yet taken.
    public var inFlight: Int { table.count }

    /// Whether another request can be made now.
    public var hasRoom: Bool { table.count < table.capacity }

    /// Takes one of the ring's own buffers, which are registered where the kernel lets them be; `nil`
    /// when all are in use. Any other `IOBuffer` does as well, a little more slowly.
    public func takeBuffer() -> IOBuffer? { pool.take() }

    /// Gives one of the ring's own buffers back, for others to take.
    public func give(_ buffer: consuming IOBuffer) {
        // Who gives more than there were made has brought one along, which ends here.
        if pool.count < pool.capacity { pool.put(buffer) }
    }
}
