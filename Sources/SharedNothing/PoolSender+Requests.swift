import Channels

extension PoolSender {
    /// Sends a request to the worker to which `key` belongs, and waits for its response: by looking
    /// for as long as the pool's wait strategy says, then asleep.
    ///
    /// No allocation but at the first request, and after one that timed out.
    @inlinable
    public mutating func request<Key: PartitionKey>(
        _ message: consuming Message, key: Key, timeout: Duration
    ) throws(RequestError) -> Response {
        try request(message, .key(KeyPlace(key)), timeout)
    }

    /// Sends a request to the worker with this index, and waits for its response.
    @inlinable
    public mutating func request(
        _ message: consuming Message, to worker: Int, timeout: Duration
    ) throws(RequestError) -> Response {
        try request(message, .worker(worker), timeout)
    }

    @inlinable
    mutating func request(
        _ message: consuming Message, _ destination: Destination, _ timeout: Duration
    ) throws(RequestError) -> Response {
        let deadline = MonotonicTime.now() + timeout
        if cells.isEmpty { addCell() }
        let cell = cells[0]
        let (worker, unsent) = dispatch(.request(message, cell), destination, until: deadline)
        if let unsent { throw .notSent(unsent) }
        guard let outcome = cell.wait(&patience, until: deadline) else {
            // The worker may answer into the old one yet.
            cells[0] = ReplyCell()
            throw .timedOut(worker: worker)
        }
        return try Self.response(outcome, from: worker)
    }

    @usableFromInline
    mutating func addCell() { cells.append(ReplyCell()) }

    /// Sends an envelope, at once where there is room.
    @inlinable
    mutating func dispatch(
        _ envelope: Envelope<Message, Response>, _ destination: Destination,
        until deadline: MonotonicTime
    ) -> (worker: Int, unsent: SendRefusal?) {
        let (worker, isSent) = tryDispatch(envelope, destination)
        if _fastPath(isSent) { return (worker, nil) }
        return deliverSlowly(envelope, destination, until: deadline)
    }

    /// Sends an envelope if there is room. Never waits.
    @inlinable
    mutating func tryDispatch(
        _ envelope: Envelope<Message, Response>, _ destination: Destination
    ) -> (worker: Int, isSent: Bool) {
        let table = unsafe enter()
        defer { leave() }
        // Sound: as in PoolSender.swift.
        let index = unsafe index(of: destination, by: table)
        return unsafe (index, offer(envelope, to: index, of: table, isKeyed: false).isSent)
    }

    @usableFromInline
    mutating func deliverSlowly(
        _ envelope: Envelope<Message, Response>, _ destination: Destination,
        until deadline: MonotonicTime
    ) -> (worker: Int, unsent: SendRefusal?) {
        deliver(envelope, destination, until: deadline)
    }

    @inlinable
    static func response(
        _ outcome: ReplyOutcome<Response>, from worker: Int
    ) throws(RequestError) -> Response {
        switch outcome {
        case .response(let response): return response
        case .failed(let failure): throw .failed(failure)
        case .workerStopped: throw .workerStopped(worker: worker)
        }
    }
}

/// What a scatter-gather brought back.
public struct Gathering<Response: Sendable>: Sendable {
    /// The responses that came in time, by worker, in the order of the workers.
    public let responses: [(worker: Int, response: Response)]
    /// The workers that have not answered, and why, in the order of the workers.
    public let missing: [(worker: Int, reason: RequestError)]

    /// Whether every worker answered.
    public var isComplete: Bool { missing.isEmpty }
}

extension PoolSender {
    /// Sends a request to every worker that there is at this moment, and waits for all responses
    /// until the time is over.
    ///
    /// The workers work side by side; what is missing at the end is named with its reason, and
    /// nothing is thrown: a part may be enough.
    public mutating func gather(_ message: Message, within timeout: Duration)
        -> Gathering<Response>
    {
        let deadline = MonotonicTime.now() + timeout
        let count = workerCount
        while cells.count < count { addCell() }
        var refusals = [SendRefusal?](repeating: nil, count: count)
        // First all that have room, so that a full inbox holds up nobody but its worker.
        let cells = self.cells
        var late: [Int] = []
        for worker in 0..<count
        where !tryDispatch(.request(message, cells[worker]), .worker(worker)).isSent {
            late.append(worker)
        }
        for (worker, reason) in deliver(
            to: late, until: deadline, { .request(message, cells[$0]) })
        {
            refusals[worker] = reason
        }
        var responses: [(worker: Int, response: Response)] = []
        var missing: [(worker: Int, reason: RequestError)] = []
        for worker in 0..<count {
            do throws(RequestError) {
                if let refusal = refusals[worker] { throw .notSent(refusal) }
                responses.append((worker, try collect(worker, until: deadline)))
            } catch {
                missing.append((worker, error))
            }
        }
        return Gathering(responses: responses, missing: missing)
    }

    private mutating func collect(
        _ worker: Int, until deadline: MonotonicTime
    ) throws(RequestError) -> Response {
        guard let outcome = cells[worker].wait(&patience, until: deadline) else {
            cells[worker] = ReplyCell()
            throw .timedOut(worker: worker)
        }
        return try Self.response(outcome, from: worker)
    }
}
