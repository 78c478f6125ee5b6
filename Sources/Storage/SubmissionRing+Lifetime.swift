import CNilometerShims
import CUring
import Glibc

extension SubmissionRing {
    /// Sets up the ring at `ring` with the best flags that the kernel takes, and checks that it
    /// can do what files need.
    static func setUp(
        _ ring: UnsafeMutablePointer<io_uring>, entries: UInt32, issuer: RingIssuer,
        polling: RingPolling, refusing: Refuser
    ) throws(RingRefusal) -> RingSetup {
        try unsafe RingSetup.make(
            ring, entries: Int(entries),
            trying: RingSetup.candidates(for: issuer, polling: polling),
            needing: [
                (IORING_OP_NOP, "NOP"), (IORING_OP_READ, "READ"), (IORING_OP_WRITE, "WRITE"),
                (IORING_OP_FSYNC, "FSYNC"), (IORING_OP_ASYNC_CANCEL, "ASYNC_CANCEL"),
            ],
            refusing: refusing)
    }

    /// Makes the kernel let go of every buffer: what was only prepared is not done, what is under
    /// way is cancelled where it can be, and every completion is waited for.
    ///
    /// A thread that the ring does not belong to cannot do this; the table then keeps the buffers
    /// for ever.
    static func drain(
        _ ring: UnsafeMutablePointer<io_uring>, _ table: RequestTable, isEnabled: Bool
    ) {
        guard table.count > 0 else { return }
        // The entries from the queue's head on have not been seen by the kernel; they become ones
        // that do nothing, so that their completions free their slots. A thread of the kernel's may
        // be reading those that were handed over, up to the tail that it knows.
        let isPolled = unsafe ring.pointee.flags & IORING_SETUP_SQPOLL != 0
        var index =
            unsafe isPolled ? ring.pointee.sq.ktail.pointee : ring.pointee.sq.khead.pointee
        let mask = unsafe ring.pointee.sq.ring_mask
        while unsafe index != ring.pointee.sq.sqe_tail {
            let entry = unsafe ring.pointee.sq.sqes + Int(index & mask)
            let ticket = unsafe entry.pointee.user_data
            unsafe io_uring_prep_nop(entry)
            unsafe entry.pointee.user_data = ticket
            index &+= 1
        }
        if !isEnabled {
            guard unsafe nilometer_uring_enable(ring.pointee.ring_fd) == 0 else { return }
        }
        var uncancelled = table.tickets
        while table.count > 0 {
            while let ticket = uncancelled.last, let entry = unsafe io_uring_get_sqe(ring) {
                unsafe io_uring_prep_cancel64(entry, ticket.rawValue, 0)
                unsafe entry.pointee.user_data = cancellation
                uncancelled.removeLast()
            }
            let answer = unsafe io_uring_submit_and_wait(ring, 1)
            guard answer >= 0 || answer == -EINTR || answer == -EAGAIN || answer == -EBUSY else {
                return
            }
            unsafe takeAll(ring, table)
        }
    }

    private static func takeAll(_ ring: UnsafeMutablePointer<io_uring>, _ table: RequestTable) {
        var entry: UnsafeMutablePointer<io_uring_cqe>?
        // As in nextCompletion: an entry is valid until it is marked as seen.
        while unsafe io_uring_peek_cqe(ring, &entry) == 0, let seen = unsafe entry {
            let ticket = unsafe RingTicket(rawValue: seen.pointee.user_data)
            unsafe io_uring_cqe_seen(ring, seen)
            if ticket.rawValue != cancellation { _ = table.end(ticket) }
        }
    }

    /// Marks the completion of a cancellation: no ticket has this slot.
    private static var cancellation: UInt64 { .max }
}
