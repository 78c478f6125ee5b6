import CUring
import Glibc

/// Making a ring of whatever kind: of files here, of sockets in `Network`.
extension RingSetup {
    /// What a test wants refused when a ring is set up with the given flags.
    package typealias Refuser = (Flags) -> ErrorNumber?
    /// Refuses nothing: what the kernel says is what counts.
    package static func refusesNothing(_ flags: Flags) -> ErrorNumber? { nil }

    /// Sets up the ring at `ring` with the first of `candidates` that the kernel takes, and checks
    /// that it has the operations that are `needed`, each with its name.
    ///
    /// - Parameter completions: how many completions the kernel is to have room for; twice the
    ///   entries where it is nil.
    package static func make(
        _ ring: UnsafeMutablePointer<io_uring>, entries: Int, completions: Int? = nil,
        trying candidates: [Flags], needing needed: [(code: io_uring_op, name: String)],
        refusing: Refuser
    ) throws(RingRefusal) -> RingSetup {
        var refusals: [Refusal] = []
        for flags in candidates {
            var parameters = io_uring_params()
            parameters.flags = flags.rawValue
            if let completions {
                parameters.flags |= IORING_SETUP_CQSIZE
                parameters.cq_entries = UInt32(completions)
            }
            parameters.sq_thread_idle = RingPolling.idleMilliseconds
            // Both pointers are valid for the call; liburing keeps neither.
            let answer =
                if let refusal = refusing(flags) { -refusal.code } else {
                    unsafe io_uring_queue_init_params(UInt32(entries), ring, &parameters)
                }
            if answer == 0 {
                do throws(RingRefusal) {
                    try unsafe check(ring, features: parameters.features, needed)
                } catch {
                    unsafe io_uring_queue_exit(ring)
                    throw error
                }
                return RingSetup(
                    flags: flags, entries: Int(parameters.sq_entries),
                    completionEntries: Int(parameters.cq_entries), refusals: refusals)
            }
            let number = ErrorNumber(code: -answer)
            // Only EINVAL speaks of the flags; anything else stays the same with fewer of them.
            guard number.code == EINVAL else { throw .setup(number) }
            refusals.append(Refusal(flags: flags, number: number))
        }
        throw .setup(ErrorNumber(code: EINVAL))
    }

    /// Refuses a kernel that may drop completions or that lacks an operation.
    private static func check(
        _ ring: UnsafeMutablePointer<io_uring>, features: UInt32,
        _ needed: [(code: io_uring_op, name: String)]
    ) throws(RingRefusal) {
        guard features & IORING_FEAT_NODROP != 0 else { throw .missingFeature("NODROP") }
        // The probe is freed at the end; liburing allocated it.
        guard let probe = unsafe io_uring_get_probe_ring(ring) else {
            throw .missingFeature("REGISTER_PROBE")
        }
        defer { unsafe io_uring_free_probe(probe) }
        let missing = needed.filter {
            unsafe io_uring_opcode_supported(probe, Int32($0.code.rawValue)) == 0
        }
        guard missing.isEmpty else { throw .missingOperations(missing.map(\.name)) }
    }
}
