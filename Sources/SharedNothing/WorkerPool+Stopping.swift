import Synchronization

extension WorkerPool {
    /// Ends the pool: refuses further messages, lets each worker handle all that was accepted, and
    /// its state go, and returns when all have ended.
    ///
    /// Accepted is what a send has reported as sent; also by a worker, whose own sends are refused
    /// from now on. Paused workers go on, to their end. May be called again.
    ///
    /// - Parameter timeout: how long to wait.
    /// - Throws: `PoolError.stopTimedOut`, which names each worker that has not ended, and what it is
    ///   doing. They go on: wait for them by another `stop`, or give their messages up by
    ///   `stopNow`.
    public func stop(within timeout: Duration) throws(PoolError) {
        core.beginStop(Order.drain)
        try core.awaitEnd(within: timeout)
    }

    /// Ends the pool before the next message of each worker: what is left in the inboxes goes to the
    /// dead letters, and requests among it fail.
    ///
    /// - Throws: as `stop`.
    public func stopNow(within timeout: Duration) throws(PoolError) {
        core.beginStop(Order.end)
        try core.awaitEnd(within: timeout)
    }
}

extension PoolCore {
    /// Refuses further messages, and tells all workers to end. Returns at once.
    func beginStop(_ order: UInt32) {
        let seats = changes.withLock { _ in
            let (seats, isFirst) = life.withLock { life in
                let isFirst = !life.isStopped
                life.isStopped = true
                return (life.seats + life.leaving, isFirst)
            }
            if isFirst {
                let closed = RoutingTable<W.Message, W.Response>(
                    [], configuration.partitioning, isOpen: false)
                // When this returns, what was accepted is in the inboxes.
                routes.replace(by: closed)
            }
            return seats
        }
        for seat in seats { seat.order(order) }
    }

    func awaitEnd(within timeout: Duration) throws(PoolError) {
        let start = MonotonicTime.now()
        let seats = life.withLock { $0.seats + $0.leaving }
        var late: [WorkerReport] = []
        for seat in seats {
            if seat.stage.wait(until: start + timeout, { $0 == Stage.ended }) { continue }
            late.append(seat.report(at: .now()))
        }
        if !late.isEmpty { throw .stopTimedOut(late) }
    }
}
