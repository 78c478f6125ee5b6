extension WorkerPool {
    /// Holds a worker up after the message that it is handling: it takes no other until `resume`.
    /// Its inbox fills meanwhile. Returns at once.
    ///
    /// - Throws: `PoolError.noSuchWorker`, `workerStopped`.
    public func pause(_ worker: Int) throws(PoolError) {
        try core.livingSeat(worker).order(Order.pause)
    }

    /// Lets a worker go on. Nothing happens to one that was not paused.
    ///
    /// - Throws: `PoolError.noSuchWorker`, `workerStopped`.
    public func resume(_ worker: Int) throws(PoolError) {
        try core.livingSeat(worker).control.lower(Order.pause)
    }

    /// Holds all workers up.
    public func pause() { for seat in core.seats { seat.order(Order.pause) } }

    /// Lets all workers go on.
    public func resume() { for seat in core.seats { seat.control.lower(Order.pause) } }

    /// Makes a worker's state anew before its next message.
    ///
    /// - Throws: `PoolError.noSuchWorker`, `workerStopped`.
    public func restart(_ worker: Int) throws(PoolError) {
        try core.livingSeat(worker).order(Order.restart)
    }

    /// Asks a worker whether it is there, past what waits in its inbox, and returns how long the
    /// pong took: as long as the message that it is handling, and a few microseconds.
    ///
    /// A paused worker answers as well.
    ///
    /// - Throws: `PoolError.noSuchWorker`, `workerStopped`, `pingTimedOut` with what it is doing.
    public func ping(_ worker: Int, timeout: Duration) throws(PoolError) -> Duration {
        let seat = try core.seat(worker)
        let cell = ReplyCell<Void>()
        var patience = core.routes.replyPatience
        let start = MonotonicTime.now()
        guard seat.ping(cell) else { throw .workerStopped(worker: worker) }
        let answer = cell.wait(&patience, until: start + timeout)
        let end = MonotonicTime.now()
        switch answer {
        case .response?: return end - start
        case .failed?, .workerStopped?: throw .workerStopped(worker: worker)
        case nil:
            seat.forget(cell)
            throw .pingTimedOut(seat.report(at: end))
        }
    }
}

extension PoolCore {
    /// The seat of a worker that takes orders.
    fileprivate func livingSeat(_ index: Int) throws(PoolError) -> Seat {
        let seat = try seat(index)
        guard !seat.isGone else { throw .workerStopped(worker: index) }
        return seat
    }
}

extension WorkerSeat {
    /// What the worker is doing.
    func report(at now: MonotonicTime) -> WorkerReport {
        let reading = vitals.read()
        // Words are read one by one: a time that seems to come later is now.
        let since = min(reading.since, now)
        return WorkerReport(worker: index, name: name, reading: reading, lasting: now - since)
    }
}
