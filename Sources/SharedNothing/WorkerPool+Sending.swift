extension WorkerPool {
    /// Sends to the worker to which `key` belongs, and waits for room: see `PoolSender.send`.
    ///
    /// - Throws: `SendFailure` with the message.
    public func send<Key: PartitionKey>(
        _ message: W.Message, key: Key, timeout: Duration? = nil
    ) throws(SendFailure<W.Message>) {
        try withSender { (sender) throws(SendFailure<W.Message>) in
            try sender.send(message, key: key, timeout: timeout)
        }
    }

    /// Sends to one worker, and waits for room: see `PoolSender.send`.
    ///
    /// - Throws: `SendFailure` with the message.
    public func send(
        _ message: W.Message, to worker: Int, timeout: Duration? = nil
    ) throws(SendFailure<W.Message>) {
        try withSender { (sender) throws(SendFailure<W.Message>) in
            try sender.send(message, to: worker, timeout: timeout)
        }
    }

    /// Sends to every worker: see `PoolSender.broadcast`.
    ///
    /// - Throws: `BroadcastFailure`, which names who was not reached.
    public func broadcast(_ message: W.Message, timeout: Duration) throws(BroadcastFailure) {
        try withSender { (sender) throws(BroadcastFailure) in
            try sender.broadcast(message, timeout: timeout)
        }
    }

    /// Asks the worker to which `key` belongs: see `PoolSender.request`.
    ///
    /// - Throws: `RequestError`.
    public func request<Key: PartitionKey>(
        _ message: W.Message, key: Key, timeout: Duration
    ) throws(RequestError) -> W.Response {
        try withSender { (sender) throws(RequestError) in
            try sender.request(message, key: key, timeout: timeout)
        }
    }

    /// Asks one worker: see `PoolSender.request`.
    ///
    /// - Throws: `RequestError`.
    public func request(
        _ message: W.Message, to worker: Int, timeout: Duration
    ) throws(RequestError) -> W.Response {
        try withSender { (sender) throws(RequestError) in
            try sender.request(message, to: worker, timeout: timeout)
        }
    }

    /// Asks every worker: see `PoolSender.gather`.
    public func gather(_ message: W.Message, within timeout: Duration) -> Gathering<W.Response> {
        withSender { $0.gather(message, within: timeout) }
    }

    /// Asks the worker to which `key` belongs, and suspends the task instead of blocking the
    /// thread. While the inbox is full the task sleeps for up to a millisecond at a time.
    ///
    /// - Throws: `RequestError`. Cancellation of the task does not take the request back.
    public func request<Key: PartitionKey>(
        _ message: W.Message, key: Key, within timeout: Duration
    ) async throws(RequestError) -> W.Response {
        try await suspend(message, .key(KeyPlace(key)), timeout)
    }

    /// Asks one worker, and suspends the task; as by key.
    ///
    /// - Throws: `RequestError`.
    public func request(
        _ message: W.Message, to worker: Int, within timeout: Duration
    ) async throws(RequestError) -> W.Response {
        try await suspend(message, .worker(worker), timeout)
    }

    /// Asks, and suspends the task.
    func suspend(
        _ message: W.Message, _ destination: Destination, _ timeout: Duration
    ) async throws(RequestError) -> W.Response {
        let deadline = MonotonicTime.now() + timeout
        let cell = ReplyCell<W.Response>()
        var nap = Duration.microseconds(50)
        while true {
            let (worker, refusal) = withSender {
                $0.deliver(.request(message, cell), destination, until: .now())
            }
            switch refusal {
            case nil:
                guard let outcome = await cell.suspend(until: deadline) else {
                    throw .timedOut(worker: worker)
                }
                return try Sender.response(outcome, from: worker)
            case .full where MonotonicTime.now() < deadline:
                // A cancelled task cannot sleep.
                if (try? await Task.sleep(for: nap)) == nil { await Task.yield() }
                nap = min(nap * 2, .milliseconds(1))
            case let reason?: throw .notSent(reason)
            }
        }
    }
}
