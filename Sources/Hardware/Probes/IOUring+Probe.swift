import CUring
import Glibc

extension IOUring {
    /// Tries io_uring in this process. Takes a few hundred microseconds; every ring that is made is
    /// closed again.
    static func probe() -> IOUring {
        let making = "io_uring_setup"
        let ring: ProbeRing
        do throws(SystemError) {
            ring = try ProbeRing(flags: 0)
        } catch {
            return .refused(error, by: making)
        }
        if let error = ring.submitNothing() { return .refused(error, by: "IORING_OP_NOP") }
        var working: [String] = []
        var refused: [Refusal] = []
        for (name, flags) in setupFlags {
            do throws(SystemError) {
                _ = try ProbeRing(flags: flags)
                working.append(name)
            } catch {
                refused.append(Refusal(setup: name, reason: error.description))
            }
        }
        return IOUring(
            works: .known(true, source: "\(making) and IORING_OP_NOP"),
            features: .known(names(of: ring.features, from: featureNames), source: making),
            operations: ring.operations,
            setups: .known(working, source: making),
            refusedSetups: .known(refused, source: making))
    }
}

/// A small ring that lives as long as a probe, used by one thread.
///
/// liburing keeps pointers into the `io_uring` structure's mappings, so the structure stays at one
/// address, which this value alone owns until it is destroyed.
@safe private struct ProbeRing: ~Copyable {
    private let ring: UnsafeMutablePointer<io_uring>
    let features: UInt32

    init(flags: UInt32) throws(SystemError) {
        let ring = UnsafeMutablePointer<io_uring>.allocate(capacity: 1)
        unsafe ring.initialize(to: io_uring())
        var parameters = io_uring_params()
        parameters.flags = flags
        // Both structures are initialised and outlive the call.
        let status = unsafe io_uring_queue_init_params(4, ring, &parameters)
        guard status == 0 else {
            unsafe ring.deallocate()
            throw SystemError(-status)
        }
        unsafe self.ring = ring
        features = parameters.features
    }

    deinit {
        unsafe io_uring_queue_exit(ring)
        unsafe ring.deallocate()
    }

    /// Sends a NOP through the ring; the error when it does not come back well.
    func submitNothing() -> SystemError? {
        // The entry belongs to the ring and is filled before it is submitted; the completion is
        // read before it is given back.
        guard let entry = unsafe io_uring_get_sqe(ring) else { return SystemError(EBUSY) }
        unsafe io_uring_prep_nop(entry)
        let submitted = unsafe io_uring_submit_and_wait(ring, 1)
        guard submitted == 1 else { return SystemError(submitted < 0 ? -submitted : EIO) }
        var completion: UnsafeMutablePointer<io_uring_cqe>?
        let status = unsafe io_uring_peek_cqe(ring, &completion)
        guard status == 0, let done = unsafe completion else {
            return SystemError(status < 0 ? -status : EIO)
        }
        let result = unsafe done.pointee.res
        unsafe io_uring_cqe_seen(ring, done)
        return result < 0 ? SystemError(-result) : nil
    }

    /// The operations that the kernel takes (`IORING_REGISTER_PROBE`).
    var operations: Fact<[String]> {
        let source = "io_uring_register PROBE"
        // liburing allocates the answer, which is read and freed here.
        guard let probe = unsafe io_uring_get_probe_ring(ring) else {
            return .unknown(reason: "the kernel does not answer the probe", source: source)
        }
        defer { unsafe io_uring_free_probe(probe) }
        let last = unsafe Int32(probe.pointee.last_op)
        let codes = (0...last).filter { unsafe io_uring_opcode_supported(probe, $0) != 0 }
        return .known(codes.map { IOUring.operationName(Int($0)) }, source: source)
    }
}
