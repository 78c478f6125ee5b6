import Hardware

/// What can go wrong with a pool as a whole.
public enum PoolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A pool has at least one worker, and fewer than 2²⁰.
    case workersOutOfRange(Int)
    /// More workers than hardware threads that this process may use, and the configuration does
    /// not allow that.
    case moreWorkersThanProcessors(workers: Int, usable: Int)
    /// An inbox holds at least one message, and at most as many as fit into the address space.
    case capacityOutOfRange(Int, most: Int)
    /// A worker takes at least one message at once, and at most so many.
    case batchOutOfRange(Int, most: Int)
    /// The rules by which the pool is to follow its load cannot be, for this reason.
    case adaptationUnsound(String)
    /// Which hardware threads there are to pin to is unknown, for this reason.
    case processorsUnknown(reason: String)
    /// The bound at `index` is not above the one before it; strings and bytes go by their first 8
    /// bytes.
    case boundsNotAscending(index: Int)
    /// The partitioner's ranges are for another number of workers.
    case rangesDoNotMatch(ranges: Int, workers: Int)
    /// The machine could not be examined, or a thread not be started or bound.
    case hardware(HardwareError)
    /// A thread could not be started.
    case threadNotStarted(name: String, errno: Int32)
    /// A worker could not be started, for this reason: its policy gave up.
    case startFailed(WorkerFailure)
    /// A worker that was to join had not started when the time was over; it is told to end.
    case startTimedOut(WorkerReport)
    /// There is no such worker.
    case noSuchWorker(index: Int, count: Int)
    /// The worker has ended.
    case workerStopped(worker: Int)
    /// The pool is stopped, or about to be.
    case stopped
    /// Workers that had not ended when the time was over; they go on, and `stop` may be called
    /// again.
    case stopTimedOut([WorkerReport])
    /// Workers that had not taken on the new routing when the time was over; they go on, and the
    /// resize is completed without the caller.
    case resizeTimedOut([WorkerReport])
    /// A worker did not answer a ping in time.
    case pingTimedOut(WorkerReport)

    /// One line for a person.
    public var description: String {
        switch self {
        case .workersOutOfRange(let count): "a pool has 1 to 1048575 workers, not \(count)"
        case .moreWorkersThanProcessors(let workers, let usable):
            "\(workers) workers, and only \(usable) hardware threads that this process may use"
        case .capacityOutOfRange(let capacity, let most):
            "the capacity of an inbox is 1 to \(most), not \(capacity)"
        case .batchOutOfRange(let batch, let most): "a batch is 1 to \(most), not \(batch)"
        case .adaptationUnsound(let reason): "the pool cannot follow its load: \(reason)"
        case .processorsUnknown(let reason): "the usable hardware threads are unknown: \(reason)"
        case .boundsNotAscending(let index):
            "bound \(index) of the ranges is not above the one before it"
                + " (of strings and bytes in their first 8 bytes)"
        case .rangesDoNotMatch(let ranges, let workers):
            "the bounds make \(ranges) ranges, there are \(workers) workers"
        case .hardware(let error): "\(error)"
        case .threadNotStarted(let name, let errno): "thread '\(name)' not started: errno \(errno)"
        case .startFailed(let failure): "could not be started: \(failure)"
        case .startTimedOut(let worker): "not started in time: \(worker)"
        case .noSuchWorker(let index, let count): "no worker \(index): there are \(count)"
        case .workerStopped(let worker): "worker \(worker) has ended"
        case .stopped: "the pool is stopped"
        case .stopTimedOut(let workers): "not stopped in time: \(Self.list(workers))"
        case .resizeTimedOut(let workers): "not resized in time: \(Self.list(workers))"
        case .pingTimedOut(let worker): "no pong in time: \(worker)"
        }
    }

    private static func list(_ workers: [WorkerReport]) -> String {
        workers.map { "\($0)" }.joined(separator: "; ")
    }
}

/// A worker, and what it was seen doing.
public struct WorkerReport: Equatable, Sendable, CustomStringConvertible {
    /// Its index.
    public let worker: Int
    /// Its name.
    public let name: String
    /// What it was doing.
    public let reading: WorkerVitals.Reading
    /// For how long at least, by the observer's clock.
    public let lasting: Duration

    /// One line for a person.
    public var description: String {
        let ordinal = reading.phase == .handling ? " message \(reading.ordinal)" : ""
        return "worker \(worker) '\(name)' \(reading.phase)\(ordinal) for \(lasting)"
    }
}
