import Quantities

/// Setting up.
extension FileRing {
    static func makeRing(
        _ options: Options, _ refusing: SubmissionRing.Refuser, into ring: inout SubmissionRing?
    ) throws(StorageError) -> Engine {
        guard options.engine != .portable else { return .portable(.asked) }
        do throws(RingRefusal) {
            // A write and its sync are two requests.
            let made = try SubmissionRing(
                entries: options.depth * 2 + 1, issuer: .oneThread, polling: options.polling,
                refusing: refusing)
            let setup = made.setup
            ring = consume made
            return .ioUring(setup)
        } catch {
            guard options.engine == .automatic && options.polling.isEmpty else {
                throw .ringUnavailable(path: "a ring for files", error)
            }
            return .portable(.ringUnavailable(error))
        }
    }

    static func register(
        _ options: Options, _ ring: inout SubmissionRing?, _ pool: BufferPool,
        _ tables: inout Registrations
    ) {
        guard var registering = ring.take() else {
            let capacity = Int(options.bufferCapacity.rawValue)
            for _ in 0..<options.buffers { pool.put(IOBuffer(capacity: capacity)) }
            return
        }
        do throws(ErrorNumber) {
            try registering.registerFiles(count: options.files)
            tables.files = .registered(options.files)
        } catch {
            tables.files = .refused(error)
        }
        if options.buffers > 0 {
            do throws(ErrorNumber) {
                try registering.registerBuffers(
                    count: options.buffers, capacity: Int(options.bufferCapacity.rawValue),
                    into: pool)
                tables.buffers = .registered(options.buffers)
            } catch {
                tables.buffers = .refused(error)
            }
        }
        ring = consume registering
    }
}
