import Synchronization

extension WorkerPool {
    /// Ends the pool: refuses further messages, lets the workers handle all that was accepted, and
    /// their states go, and returns when all have ended.
    ///
    /// Accepted is what a send has reported as sent. What the workers send one another meanwhile is
    /// accepted and handled as well: they end together, when all inboxes are empty and nobody is at
    /// work. Workers that send without end, each message another, never come to that: let them ask
    /// `WorkerContext.isStopping`, or end them by `stopNow`. Paused workers go on, to their end. May
    /// be called again.
    ///
    /// - Parameter timeout: how long to wait.
    /// - Throws: `PoolError.stopTimedOut`, which names each worker that is still at work, and what it
    ///   is doing. They go on: wait for them by another `stop`, or give their messages up by
    ///   `stopNow`.
    public func stop(within timeout: Duration) throws(PoolError) {
        try end(by: Order.drain, within: timeout)
    }

    /// Ends the pool before the next message of each worker: what is left in the inboxes goes to the
    /// dead letters, and requests among it fail.
    ///
    /// - Throws: as `stop`.
    public func stopNow(within timeout: Duration) throws(PoolError) {
        try end(by: Order.end, within: timeout)
    }

    private func end(by order: UInt32, within timeout: Duration) throws(PoolError) {
        let deadline = MonotonicTime.now() + timeout
        adaptation?.order()
        core.beginStop(order)
        try core.awaitEnd(within: timeout)
        // It saves what it has learnt: the program may end when this returns.
        adaptation?.awaitEnd(until: deadline)
    }
}

extension PoolCore {
    /// Refuses further messages, and tells all workers to drain or to end. Returns soon.
    func beginStop(_ order: UInt32) {
        // Before `changes` is taken: a resize that waits for a worker to start gives up then.
        life.withLock { $0.isStopped = true }
        let seats = changes.withLock { _ in
            let (seats, isFirst) = life.withLock { life in
                let isFirst = !life.isClosed
                life.isClosed = true
                return (life.seats + life.leaving, isFirst)
            }
            // When this returns, what was accepted is in the inboxes.
            if isFirst { routes.close() }
            return seats
        }
        if order == Order.end { routes.end() }
        for seat in seats { seat.order(order) }
    }

    /// Ends the workers of a pool that is being stopped, once nothing is left to be handled. Called by
    /// each worker that has come to rest or has ended: the last one of them finds that it is so.
    ///
    /// Two looks at all of them: who was in the same rest in both rested at the moment between the
    /// looks, with the inbox empty that was empty in the second one, since nobody takes anything out
    /// while it rests. Nobody outside may send any more, and who rests does not: where that holds of
    /// all, nothing is left, and nothing will come.
    ///
    /// Source: Mattern, "Algorithms for distributed termination detection", Distributed Computing 2,
    /// 1987: the double counting of messages, here of rests.
    @usableFromInline
    func endIfDrained() {
        let (seats, isClosed) = life.withLock { ($0.seats + $0.leaving, $0.isClosed) }
        guard isClosed, let before = rests(of: seats), let after = rests(of: seats),
            before == after
        else { return }
        routes.end()
        for seat in seats { seat.order(Order.end) }
    }

    /// In which rest each worker is; nil where one is at work.
    private func rests(of seats: [Seat]) -> [UInt64]? {
        var rests: [UInt64] = []
        for seat in seats {
            guard let rest = seat.rest else { return nil }
            rests.append(rest)
        }
        return rests
    }

    func awaitEnd(within timeout: Duration) throws(PoolError) {
        let deadline = MonotonicTime.now() + timeout
        let seats = life.withLock { $0.seats + $0.leaving + $0.abandoned }
        let late = seats.filter { !$0.stage.wait(until: deadline) { $0 == Stage.ended } }
        if late.isEmpty { return }
        // Who rests waits for the others.
        let atWork = late.filter { $0.rest == nil }
        throw .stopTimedOut((atWork.isEmpty ? late : atWork).map { $0.report(at: .now()) })
    }
}
