import CNilometerShims
import CUring
import Glibc
import Synchronization

/// An io_uring: requests go in by batches, completions come out, and buffers travel with them.
///
/// A thin safe layer over liburing. What it guarantees:
/// - A request consumes its buffer, and the buffer comes back with the completion: memory that the
///   kernel may use is never freed or changed. Dropping a ring with requests under way cancels
///   them and waits for their completions first.
/// - The completion queue cannot overflow: no more requests are under way than it has entries.
/// - Nothing is lost to EINTR or to a submission that the kernel took in part.
///
/// It is used by one thread at a time (`RingIssuer.anyThread`) or by the one that submits first
/// (`.oneThread`, which checks it).
@safe struct SubmissionRing: ~Copyable {
    typealias Refuser = RingSetup.Refuser
    static func nothing(_ flags: RingSetup.Flags) -> ErrorNumber? {
        RingSetup.refusesNothing(flags)
    }

    /// A file as a request names it.
    enum File: Hashable {
        /// By its descriptor.
        case descriptor(Int32)
        /// By its entry in the ring's table of registered files.
        case registered(Int)
    }

    /// One thing for the kernel to do.
    enum Request: ~Copyable {
        /// Does nothing.
        case none
        /// Reads up to `count` bytes at an offset of a file, behind what the buffer holds.
        case read(IOBuffer, count: Int, file: File, offset: UInt64)
        /// Writes a part of the buffer at an offset of a file.
        case write(IOBuffer, part: Range<Int>, file: File, offset: UInt64)
        /// Makes a file's data durable, with the metadata needed to read it back (fdatasync).
        case syncData(file: File)
    }

    /// What became of a request.
    struct Completion: ~Copyable {
        /// The request.
        let ticket: RingTicket
        /// What the request was prepared with.
        let context: UInt32
        /// The count or the negative `errno` that the kernel gave.
        let result: Int32
        /// The buffer that the request carried.
        var buffer: IOBuffer?
    }

    /// How the ring was set up.
    let setup: RingSetup
    /// How often the kernel took the head of a chain and left its tail for the next submission:
    /// the link is then not in force, and the tail may have run first.
    private(set) var severedChains = 0

    /// liburing's structure, this value's own.
    let ring: UnsafeMutablePointer<io_uring>
    /// What tells this ring from all others of the process.
    let identity: UInt32
    /// The requests under way; it outlives the ring only in a test's hands.
    let table: RequestTable
    private var owner: pthread_t?

    /// A ring for batches of up to `entries` requests.
    init(
        entries: Int, issuer: RingIssuer, polling: RingPolling = [], refusing: Refuser = nothing
    ) throws(RingRefusal) {
        precondition((1...32_768).contains(entries), "a ring of \(entries) entries")
        unsafe ring = .allocate(capacity: 1)
        do throws(RingRefusal) {
            setup = unsafe try SubmissionRing.setUp(
                ring, entries: UInt32(entries), issuer: issuer, polling: polling,
                refusing: refusing)
        } catch {
            unsafe ring.deallocate()
            throw error
        }
        table = RequestTable(capacity: setup.completionEntries)
        identity = SubmissionRing.identities.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Rings made so far.
    private static let identities = Atomic<UInt32>(0)

    deinit {
        // From here on nobody else can reach the ring; `drain` makes the kernel let go of it.
        unsafe SubmissionRing.drain(ring, table, isEnabled: isEnabled)
        unsafe io_uring_queue_exit(ring)
        unsafe ring.deallocate()
    }

    private var isEnabled: Bool { owner != nil || !setup.flags.contains(.startsDisabled) }

    /// Whether a thread of the kernel's takes the submissions.
    private var isPolled: Bool { setup.flags.contains(.pollsSubmissions) }

    /// Whether requests can be linked. Where a thread of the kernel's takes them, nobody learns
    /// whether it took a chain in two pieces.
    var canLink: Bool { !isPolled }

    /// The ring's descriptor.
    var descriptor: Int32 { unsafe ring.pointee.ring_fd }

    /// How many requests are prepared or under way.
    var inFlight: Int { table.count }

    /// Whether the calling thread may submit.
    var belongsToThisThread: Bool {
        guard setup.flags.contains(.singleIssuer), let owner else { return true }
        return pthread_equal(owner, pthread_self()) != 0
    }

    /// Whether `count` more requests can be prepared now.
    func hasRoom(for count: Int) -> Bool {
        // The pointer is this ring's own, initialised in init.
        unsafe Int(io_uring_sq_space_left(ring)) >= count && table.capacity - table.count >= count
    }
}

extension SubmissionRing {
    /// Puts a request into the next batch. There must be room for it.
    ///
    /// With `linked`, the request prepared next starts only when this one has succeeded in full;
    /// otherwise that one completes with `ECANCELED`.
    ///
    /// - Parameter context: what the completion gives back.
    mutating func prepare(
        _ request: consuming Request, linked: Bool = false, context: UInt32 = 0
    ) -> RingTicket {
        precondition(!linked || canLink, "a chain on a ring whose submissions are polled")
        precondition(hasRoom(for: 1), "no room in a ring of \(setup)")
        // There is room, so an entry is there. The buffer's memory stays where it is while the
        // table holds the buffer, which is until the completion has been taken.
        guard let entry = unsafe io_uring_get_sqe(ring) else {
            preconditionFailure("liburing has no entry though there is room")
        }
        let ticket: RingTicket
        switch consume request {
        case .none:
            unsafe io_uring_prep_nop(entry)
            ticket = table.begin(with: nil, context: context)
        case .read(let buffer, let count, let file, let offset):
            precondition(count >= 0 && count <= buffer.room, "\(count) of \(buffer.room) bytes")
            unsafe prepareTransfer(
                entry, (IORING_OP_READ, IORING_OP_READ_FIXED), file, buffer.base + buffer.count,
                count, offset, buffer.registration)
            ticket = table.begin(with: buffer, isRead: true, context: context)
        case .write(let buffer, let part, let file, let offset):
            precondition(
                part.lowerBound >= 0 && part.upperBound <= buffer.count,
                "bytes \(part) of a buffer that holds \(buffer.count)")
            unsafe prepareTransfer(
                entry, (IORING_OP_WRITE, IORING_OP_WRITE_FIXED), file,
                buffer.base + part.lowerBound, part.count, offset, buffer.registration)
            ticket = table.begin(with: buffer, context: context)
        case .syncData(let file):
            unsafe io_uring_prep_fsync(entry, 0, IORING_FSYNC_DATASYNC)
            unsafe name(file, in: entry)
            ticket = table.begin(with: nil, context: context)
        }
        unsafe entry.pointee.user_data = ticket.rawValue
        if linked { unsafe entry.pointee.flags |= nilometer_iosqe_io_link }
        return ticket
    }

    /// Fills in a read or a write, of memory that the table will hold until its completion.
    private func prepareTransfer(
        _ entry: UnsafeMutablePointer<io_uring_sqe>,
        _ codes: (any: io_uring_op, fixed: io_uring_op),
        _ file: File, _ memory: UnsafeMutableRawPointer, _ count: Int, _ offset: UInt64,
        _ registration: BufferRegistration
    ) {
        let isFixed = registration.ring == identity
        // The kernel transfers at most 2 GiB less a page at once; it answers with a short count.
        unsafe io_uring_prep_rw(
            Int32((isFixed ? codes.fixed : codes.any).rawValue), entry, 0, memory,
            UInt32(min(count, Int(Int32.max))), offset)
        if isFixed { unsafe entry.pointee.buf_index = registration.index }
        unsafe name(file, in: entry)
    }

    private func name(_ file: File, in entry: UnsafeMutablePointer<io_uring_sqe>) {
        switch file {
        case .descriptor(let descriptor): unsafe entry.pointee.fd = descriptor
        case .registered(let index):
            unsafe entry.pointee.fd = Int32(index)
            unsafe entry.pointee.flags |= nilometer_iosqe_fixed_file
        }
    }

    /// Gives the prepared requests to the kernel and waits until at least `count` completions can
    /// be taken.
    ///
    /// Throws what the kernel answered when it takes no requests at all; then the ring is of no
    /// more use. `EEXIST` is the kernel's answer to a thread that the ring does not belong to.
    mutating func submit(awaiting count: Int) throws(ErrorNumber) {
        precondition(count <= table.count, "waiting for \(count) of \(table.count) requests")
        try bind()
        var refusals = 0
        repeat {
            // The pointer is this ring's own; liburing enters the kernel once.
            let answer =
                unsafe count > 0
                ? io_uring_submit_and_wait(ring, UInt32(count))
                : io_uring_submit_and_get_events(ring)
            if answer >= 0 {
                if !isPolled { noteSeveredChain() }
                refusals = 0
            } else if answer == -EAGAIN || answer == -EBUSY {
                // Short of memory, or completions to be flushed: the kernel asks to come again.
                refusals += 1
                guard refusals < SubmissionRing.refusalLimit else {
                    throw ErrorNumber(code: -answer)
                }
                sched_yield()
            } else if answer != -EINTR {
                throw ErrorNumber(code: -answer)
            }
        } while unsafe (isPolled ? false : io_uring_sq_ready(ring) > 0)
            || Int(io_uring_cq_ready(ring)) < count
    }

    /// Takes the next completion, if there is one.
    mutating func nextCompletion() -> Completion? {
        var entry: UnsafeMutablePointer<io_uring_cqe>?
        // liburing sets the pointer to an entry that is valid until it is marked as seen, and
        // makes the kernel flush completions that it may have kept back.
        guard unsafe io_uring_peek_cqe(ring, &entry) == 0, let entry = unsafe entry else {
            return nil
        }
        let ticket = unsafe RingTicket(rawValue: entry.pointee.user_data)
        let result = unsafe entry.pointee.res
        unsafe io_uring_cqe_seen(ring, entry)
        var ended = table.end(ticket)
        var buffer = ended.buffer.take()
        if ended.isRead && result > 0 { buffer?.noteFilled(Int(result)) }
        return Completion(
            ticket: ticket, context: ended.context, result: result, buffer: buffer.take())
    }

    /// How often in a row the kernel may ask to come again before that counts as a failure.
    private static var refusalLimit: Int { 1000 }

    /// Makes a ring that started disabled the calling thread's own, on first use.
    private mutating func bind() throws(ErrorNumber) {
        guard owner == nil else { return }
        if setup.flags.contains(.startsDisabled) {
            // The pointer is this ring's own.
            let answer = unsafe nilometer_uring_enable(ring.pointee.ring_fd)
            guard answer >= 0 else { throw ErrorNumber(code: -answer) }
        }
        owner = pthread_self()
    }

    /// Notes when the kernel's last entry was linked to one that it has not taken. It then runs as
    /// the end of its chain, and the rest of the chain will start a life of its own.
    private mutating func noteSeveredChain() {
        // The entry was consumed but its memory stays ours until it is prepared anew.
        guard unsafe io_uring_sq_ready(ring) > 0 else { return }
        let last = unsafe (ring.pointee.sq.khead.pointee &- 1) & ring.pointee.sq.ring_mask
        let flags = unsafe ring.pointee.sq.sqes[Int(last)].flags
        if flags & nilometer_iosqe_io_link != 0 { severedChains += 1 }
    }
}
