import CNilometerShims
import CUring
import Glibc
import StateMachines
import Storage

/// An io_uring for sockets: requests that answer many times, and memory that stays with the caller.
///
/// A ring of files has one completion for a request and keeps its buffer; this one knows only how
/// many requests have not had their last completion. That memory which the kernel uses is left
/// alone is for the event loop to see to, which knows what each completion means.
///
/// It is used by the thread that enters it first. A reference, so that what owns it can have it
/// drained at its own end.
@safe final class SocketRing {
    /// How the ring was set up.
    let setup: RingSetup
    /// How often the kernel was entered.
    private(set) var entries: UInt64 = 0
    /// Requests whose last completion is to come.
    private(set) var requests = 0
    /// liburing's structure, this value's own.
    let ring: UnsafeMutablePointer<io_uring>
    private var owner: pthread_t?

    /// The sets of flags to try, best first.
    private static var candidates: [RingSetup.Flags] {
        let bound: RingSetup.Flags = [.singleIssuer, .submitsAll, .startsDisabled]
        return [
            bound.union([.deferred, .showsWork]), bound.union([.cooperative, .showsWork]),
            [.cooperative, .submitsAll, .showsWork], [.submitsAll], [],
        ]
    }

    /// A ring for batches of up to `entries` requests, with room for `completions`.
    init(
        entries: Int, completions: Int, refusing: RingSetup.Refuser = RingSetup.refusesNothing
    ) throws(RingRefusal) {
        unsafe ring = .allocate(capacity: 1)
        do throws(RingRefusal) {
            setup = unsafe try RingSetup.make(
                ring, entries: entries, completions: completions, trying: Self.candidates,
                needing: [
                    (IORING_OP_ACCEPT, "ACCEPT"), (IORING_OP_CONNECT, "CONNECT"),
                    (IORING_OP_RECV, "RECV"), (IORING_OP_SEND, "SEND"),
                    (IORING_OP_RECVMSG, "RECVMSG"), (IORING_OP_SENDMSG, "SENDMSG"),
                    (IORING_OP_POLL_ADD, "POLL_ADD"), (IORING_OP_READ, "READ"),
                    (IORING_OP_ASYNC_CANCEL, "ASYNC_CANCEL"),
                ],
                refusing: refusing)
        } catch {
            unsafe ring.deallocate()
            throw error
        }
    }

    deinit {
        // From here on nobody else can reach the ring.
        unsafe io_uring_queue_exit(ring)
        unsafe ring.deallocate()
    }

    /// Whether the kernel has an operation, by its number in the kernel's own header.
    func supports(_ operation: io_uring_op) -> Bool {
        // SAFETY: liburing allocates the probe, which is freed at the end.
        guard let probe = unsafe io_uring_get_probe_ring(ring) else { return false }
        defer { unsafe io_uring_free_probe(probe) }
        return unsafe io_uring_opcode_supported(probe, Int32(operation.rawValue)) != 0
    }

    /// Makes the ring the calling thread's own, on first use. Throws `EEXIST` on any other thread,
    /// as the kernel would where it knows of a single issuer.
    func bind() throws(ErrorNumber) {
        if let owner {
            guard pthread_equal(owner, pthread_self()) != 0 else {
                throw ErrorNumber(code: EEXIST)
            }
            return
        }
        if setup.flags.contains(.startsDisabled) {
            // SAFETY: the pointer is this ring's own.
            let answer = unsafe nilometer_uring_enable(ring.pointee.ring_fd)
            guard answer >= 0 else { throw ErrorNumber(code: -answer) }
        }
        owner = pthread_self()
        // Saves looking the ring's descriptor up at each entry (Linux 5.18); liburing goes on with
        // the descriptor where the kernel refuses.
        _ = unsafe io_uring_register_ring_fd(ring)
    }

    /// An entry for a request, which has one last completion to come. Where the queue is full, what
    /// is in it is handed over first.
    func entry(
        _ token: RequestToken
    ) throws(ErrorNumber) -> UnsafeMutablePointer<io_uring_sqe> {
        var refusals = 0
        while true {
            if let entry = unsafe io_uring_get_sqe(ring) {
                unsafe entry.pointee.user_data = token.rawValue
                requests += 1
                return unsafe entry
            }
            try bind()
            try enter(.never, &refusals)
        }
    }

    /// Notes that a request has had its last completion.
    func end(_ completion: Completion) {
        if !completion.hasMore { requests -= 1 }
    }

    /// How long to wait in the kernel.
    enum Waiting {
        /// Not at all: only hand over what was prepared.
        case handOver
        /// Not at all: hand over what was prepared, and finish what is done.
        case never
        /// Until something completes, or for this long.
        case span(Span?)
    }

    /// Whether completions are there, or can be had by entering the kernel.
    var hasWork: Bool {
        // SAFETY: the pointers lead into the ring's own mapped memory.
        unsafe io_uring_cq_ready(ring) > 0
            || (ring.pointee.sq.kflags.pointee & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0
    }

    /// Whether ``hasWork`` tells all that there is to know without entering the kernel.
    var showsWork: Bool { setup.flags.contains(.showsWork) }

    /// How many completions can be taken.
    var ready: Int { unsafe Int(io_uring_cq_ready(ring)) }

    /// Whether requests wait to be handed over.
    var isPrepared: Bool { unsafe io_uring_sq_ready(ring) > 0 }

    /// Hands over what was prepared, and waits.
    func enter(_ waiting: Waiting) throws(ErrorNumber) {
        var refusals = 0
        repeat { try enter(waiting, &refusals) } while isPrepared
    }

    private func enter(_ waiting: Waiting, _ refusals: inout Int) throws(ErrorNumber) {
        entries += 1
        let answer: Int32
        switch waiting {
        case .handOver: answer = unsafe io_uring_submit(ring)
        case .never: answer = unsafe io_uring_submit_and_get_events(ring)
        case .span(nil): answer = unsafe io_uring_submit_and_wait(ring, 1)
        case .span(let span?):
            var time = __kernel_timespec(
                tv_sec: span.nanoseconds / 1_000_000_000,
                tv_nsec: span.nanoseconds % 1_000_000_000)
            var found: UnsafeMutablePointer<io_uring_cqe>?
            // SAFETY: the time and the place for the entry outlive the call.
            answer = unsafe io_uring_submit_and_wait_timeout(ring, &found, 1, &time, nil)
        }
        switch answer {
        case 0..., -ETIME, -EINTR: refusals = 0
        case -EAGAIN, -EBUSY:
            // Short of memory, or completions to be flushed: the kernel asks to come again.
            refusals += 1
            guard refusals < Self.refusalLimit else { throw ErrorNumber(code: -answer) }
            sched_yield()
        default: throw ErrorNumber(code: -answer)
        }
    }

    /// How often in a row the kernel may ask to come again before that counts as a failure.
    private static var refusalLimit: Int { 1000 }

    /// Takes the next completion, which is there.
    func next() -> Completion? {
        // SAFETY: an entry between head and tail is the thread's until the head moves past it.
        guard unsafe io_uring_cq_ready(ring) > 0 else { return nil }
        let head = unsafe ring.pointee.cq.khead.pointee
        let entry = unsafe ring.pointee.cq.cqes + Int(head & ring.pointee.cq.ring_mask)
        let completion = unsafe Completion(
            token: RequestToken(rawValue: entry.pointee.user_data), result: entry.pointee.res,
            flags: entry.pointee.flags)
        unsafe io_uring_cq_advance(ring, 1)
        end(completion)
        return completion
    }

    /// Cancels all requests and waits for their last completions. False where the kernel would not
    /// have it, such as on a thread that the ring does not belong to: it may go on using what it
    /// was given.
    func drain() -> Bool {
        guard requests > 0 else { return true }
        do throws(ErrorNumber) {
            try bind()
            let entry = unsafe try entry(RequestToken(.cancel))
            unsafe io_uring_prep_cancel64(
                entry, 0, Int32(IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL))
            unsafe entry.pointee.user_data = RequestToken(.cancel).rawValue
            while requests > 0 {
                try enter(.span(.seconds(1)))
                let before = requests
                while next() != nil {}
                guard requests < before else { return false }
            }
            return true
        } catch {
            return false
        }
    }
}
