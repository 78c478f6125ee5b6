import Synchronization

/// A circuit breaker for each worker of a pool, which all its senders share.
///
/// Given to a request, the breaker of its worker is asked before it is sent, and told what came of it
/// afterwards: who waits for a worker that keeps failing, or does not answer, waits no longer than
/// it takes to find that out. Any thread; a lock is held for the time of a few counts.
public final class CircuitBreakers: Sendable {
    /// When each of them opens and closes.
    public let limits: CircuitBreaker.Limits
    /// By worker, as far as one was asked for.
    private let breakers = Mutex<[CircuitBreaker]>([])
    private let clock: @Sendable () -> MonotonicTime

    /// Closed breakers. `clock` says what time it is.
    public init(
        _ limits: CircuitBreaker.Limits = CircuitBreaker.Limits(),
        clock: @escaping @Sendable () -> MonotonicTime = { MonotonicTime.now() }
    ) {
        self.limits = limits
        self.clock = clock
    }

    /// The breaker of the worker with this index, as it is now.
    public subscript(worker: Int) -> CircuitBreaker { with(worker) { breaker, _ in breaker } }

    /// Lets a call to the worker through, or refuses it: nil.
    func admit(_ worker: Int) -> CircuitBreaker.Permit? {
        with(worker) { $0.admit(at: $1) }
    }

    /// Lets a request to the worker through, or throws that it is refused.
    fileprivate func ask(_ worker: Int) throws(RequestError) -> CircuitBreaker.Permit {
        guard let permit = admit(worker) else { throw .notSent(.circuitOpen(worker: worker)) }
        return permit
    }

    /// Takes the result of a call; nil for one that says nothing of the worker.
    func finish(_ worker: Int, _ permit: CircuitBreaker.Permit, success: Bool?) {
        with(worker) { breaker, now in
            if let success {
                breaker.finish(permit, success: success, at: now)
            } else {
                breaker.withdraw(permit)
            }
        }
    }

    private func with<Result>(
        _ worker: Int, _ body: (inout CircuitBreaker, MonotonicTime) -> Result
    ) -> Result where Result: Sendable {
        breakers.withLock { breakers in
            while breakers.count <= worker { breakers.append(CircuitBreaker(limits)) }
            // Read under the lock, so that a breaker's times do not go back.
            return body(&breakers[worker], clock())
        }
    }
}

extension PoolSender {
    /// Sends a request to the worker to which `key` belongs through that worker's breaker, and waits
    /// for its response.
    ///
    /// What speaks against the worker is a request that failed, was not answered in time, found the
    /// inbox full until then, or was not come to.
    ///
    /// - Throws: `RequestError`; `.notSent(.circuitOpen)` at once where the breaker is open.
    public mutating func request<Key: PartitionKey>(
        _ message: Message, key: Key, timeout: Duration, through breakers: CircuitBreakers
    ) throws(RequestError) -> Response {
        let (worker, destination) = owner(of: KeyPlace(key))
        return try request(message, destination, worker, timeout, breakers)
    }

    /// Sends a request to the worker with this index through its breaker; as by key.
    ///
    /// - Throws: `RequestError`; `.notSent(.circuitOpen)` at once where the breaker is open.
    public mutating func request(
        _ message: Message, to worker: Int, timeout: Duration, through breakers: CircuitBreakers
    ) throws(RequestError) -> Response {
        try request(message, .worker(worker), worker, timeout, breakers)
    }

    /// A resize may give the key to another worker in between: the result is then counted for the one
    /// that was asked for.
    private mutating func request(
        _ message: Message, _ destination: Destination, _ worker: Int, _ timeout: Duration,
        _ breakers: CircuitBreakers
    ) throws(RequestError) -> Response {
        guard worker >= 0, worker < workerCount else {
            return try request(message, destination, timeout)
        }
        let permit = try breakers.ask(worker)
        do throws(RequestError) {
            let response = try request(message, destination, timeout)
            breakers.finish(worker, permit, success: true)
            return response
        } catch {
            breakers.finish(worker, permit, success: error.blamesWorker ? false : nil)
            throw error
        }
    }

    /// Whose the key is, and where a request is to go. By turns nobody owns a key, and the worker whose
    /// turn it was is the one whose breaker is asked.
    fileprivate mutating func owner(of key: KeyPlace) -> (worker: Int, destination: Destination) {
        let table = unsafe enter()
        defer { leave() }
        // Sound: between `enter` and `leave` the table is not freed.
        let index = unsafe table.pointee.index(of: key, turn: &turn)
        let isOwned = unsafe table.pointee.partitioning.hasOwners
        return (index, isOwned ? .key(key) : .worker(index))
    }
}

extension WorkerPool {
    /// Asks the worker to which `key` belongs through its breaker: see `PoolSender.request`.
    ///
    /// - Throws: `RequestError`.
    public func request<Key: PartitionKey>(
        _ message: W.Message, key: Key, timeout: Duration, through breakers: CircuitBreakers
    ) throws(RequestError) -> W.Response {
        try withSender { (sender) throws(RequestError) in
            try sender.request(message, key: key, timeout: timeout, through: breakers)
        }
    }

    /// Asks one worker through its breaker: see `PoolSender.request`.
    ///
    /// - Throws: `RequestError`.
    public func request(
        _ message: W.Message, to worker: Int, timeout: Duration, through breakers: CircuitBreakers
    ) throws(RequestError) -> W.Response {
        try withSender { (sender) throws(RequestError) in
            try sender.request(message, to: worker, timeout: timeout, through: breakers)
        }
    }

    /// Asks the worker to which `key` belongs through its breaker, and suspends the task instead of
    /// blocking the thread.
    ///
    /// - Throws: `RequestError`; `.notSent(.circuitOpen)` at once where the breaker is open.
    ///   Cancellation of the task does not take the request back.
    public func request<Key: PartitionKey>(
        _ message: W.Message, key: Key, within timeout: Duration, through breakers: CircuitBreakers
    ) async throws(RequestError) -> W.Response {
        let (worker, destination) = withSender { $0.owner(of: KeyPlace(key)) }
        return try await request(message, destination, worker, timeout, breakers)
    }

    /// Asks one worker through its breaker, and suspends the task; as by key.
    ///
    /// - Throws: `RequestError`; `.notSent(.circuitOpen)` at once where the breaker is open.
    public func request(
        _ message: W.Message, to worker: Int, within timeout: Duration,
        through breakers: CircuitBreakers
    ) async throws(RequestError) -> W.Response {
        try await request(message, .worker(worker), worker, timeout, breakers)
    }

    private func request(
        _ message: W.Message, _ destination: Destination, _ worker: Int, _ timeout: Duration,
        _ breakers: CircuitBreakers
    ) async throws(RequestError) -> W.Response {
        guard worker >= 0, worker < workerCount else {
            return try await suspend(message, destination, timeout)
        }
        let permit = try breakers.ask(worker)
        do throws(RequestError) {
            let response = try await suspend(message, destination, timeout)
            breakers.finish(worker, permit, success: true)
            return response
        } catch {
            breakers.finish(worker, permit, success: error.blamesWorker ? false : nil)
            throw error
        }
    }
}

extension RequestError {
    /// Whether it speaks against the worker.
    var blamesWorker: Bool {
        switch self {
        case .timedOut, .failed, .workerStopped, .notSent(.full): true
        case .notSent: false
        }
    }
}
