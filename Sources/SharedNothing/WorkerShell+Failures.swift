import Synchronization

extension WorkerShell {
    /// Asks the policy what to do about a message that failed, until it is handled or given up.
    @inlinable @inline(never)
    mutating func settle(
        _ message: W.Message, _ reply: ReplyCell<W.Response>?, _ first: any Error
    ) {
        var error = first
        var attempts = 1
        while true {
            let failure = seat.failure(.handling, error, attempts: attempts, hasMessage: true)
            guard follow(core.decide(failure), failure, message, reply) else { return }
            seat.vitals.enter(.handling)
            seat.vitals.takeUp()
            do {
                let response = try unsafe worker.handle(message, &slot.address.pointee, context)
                WorkerCounters.count(seat.counters.handled)
                core.recovered(seat.index, attempts)
                reply?.resolve(.response(response))
                return
            } catch let next {
                error = next
                attempts += 1
            }
        }
    }

    /// Does what was decided; whether the message is to be tried again.
    @inlinable
    mutating func follow(
        _ decision: FailureDecision, _ failure: WorkerFailure, _ message: W.Message,
        _ reply: ReplyCell<W.Response>?
    ) -> Bool {
        switch decision {
        case .retry(let delay):
            if backOff(delay), refill() { return true }
            core.bury(.init(message, reply), from: seat)
            isEnding = true
            return false
        case .discard:
            core.bury(message, reply, failure, from: seat)
            return false
        case .restart(let delay, let scope, let fate):
            if fate == .deadLettered { core.bury(message, reply, failure, from: seat) }
            if restart(after: delay, scope) { return fate == .retried }
            if fate == .retried { core.bury(.init(message, reply), from: seat) }
            return false
        case .stop, .escalate:
            core.bury(message, reply, failure, from: seat)
            if decision == .escalate { core.escalate(failure) }
            isEnding = true
            return false
        }
    }

    /// Makes a state, as often as the policy says, and not before those that restart together with
    /// the worker have let go of theirs; false when it gives up, or the pool ends.
    @inlinable @inline(never)
    mutating func makeState() -> Bool {
        var attempts = 0
        while awaitGroup() {
            seat.vitals.enter(.starting)
            do {
                slot.fill(try worker.start(context))
                // What follows may be a message that is there already.
                seat.vitals.enter(.handling)
                if attempts > 0 { core.recovered(seat.index, attempts) }
                return true
            } catch {
                attempts += 1
                let failure = seat.failure(.starting, error, attempts: attempts, hasMessage: false)
                seat.note(startFailure: failure)
                switch core.decide(failure) {
                case .retry(let delay), .restart(let delay, _, _):
                    if !backOff(delay) { return false }
                case .discard, .stop: return false
                case .escalate:
                    core.escalate(failure)
                    return false
                }
            }
        }
        return false
    }

    @inlinable
    mutating func dropState() {
        guard slot.isFull else { return }
        seat.vitals.enter(.stopping)
        worker.stop(slot.take(), context)
    }

    /// Waits, answers pings meanwhile, and lets go of the state where others wait for that; false when
    /// the worker is to end at once.
    @inlinable
    mutating func backOff(_ delay: Duration) -> Bool {
        seat.vitals.enter(.backingOff)
        let deadline = MonotonicTime.now() + delay
        while true {
            let orders = seat.takeOrders(Order.ping | Order.regroup)
            if orders & Order.ping != 0 { seat.answerPings() }
            if orders & Order.end != 0 { return false }
            if orders & Order.regroup != 0 {
                letGo()
                seat.vitals.enter(.backingOff)
            }
            if MonotonicTime.now() >= deadline { return true }
            seat.waitForOrders(other: orders & ~(Order.ping | Order.regroup), until: deadline)
        }
    }

    @inlinable
    mutating func scheduleTick() {
        if let tickInterval { nextTick = MonotonicTime.now() + tickInterval }
    }

    @inlinable @inline(never)
    mutating func tickIfDue() {
        // A worker whose last message was its end may have no state any more. And not a look at the
        // clock for each message, where they are many.
        guard !isEnding, let tickInterval, tickPace.passesLook() else { return }
        let now = MonotonicTime.now()
        tickPace.look(at: now, interval: tickInterval)
        if now >= nextTick { tick() }
    }

    @inlinable @inline(never)
    mutating func tick() {
        seat.vitals.enter(.ticking)
        scheduleTick()
        do {
            try unsafe worker.tick(&slot.address.pointee, context)
            if tickFailures > 0 { core.recovered(seat.index, tickFailures) }
            tickFailures = 0
        } catch {
            tickFailures += 1
            let failure = seat.failure(.ticking, error, attempts: tickFailures, hasMessage: false)
            switch core.decide(failure) {
            // The next tick is the next attempt.
            case .retry(let delay): nextTick = max(nextTick, MonotonicTime.now() + delay)
            case .discard: break
            case .restart(let delay, let scope, _):
                _ = restart(after: delay, scope)
            case .escalate:
                core.escalate(failure)
                isEnding = true
            case .stop: isEnding = true
            }
        }
        seat.vitals.enter(.handling)
    }
}

extension WorkerSeat {
    /// The report of a failure, which it counts.
    @usableFromInline
    func failure(
        _ phase: WorkerPhase, _ error: any Error, attempts: Int, hasMessage: Bool
    ) -> WorkerFailure {
        WorkerCounters.count(counters.failures)
        return WorkerFailure(
            worker: index, name: name, phase: phase, error: "\(error)", attempts: attempts,
            hasMessage: hasMessage)
    }

    /// Sleeps until the orders are others than `seen`, or until `deadline`.
    @usableFromInline
    func waitForOrders(other seen: UInt32, until deadline: MonotonicTime) {
        _ = control.wait(until: deadline) { $0 != seen }
    }
}

extension Envelope {
    /// A message, with where its response goes if somebody waits for it.
    @usableFromInline
    init(_ message: Message, _ reply: ReplyCell<Response>?) {
        if let reply {
            self = .request(message, reply)
        } else {
            self = .message(message)
        }
    }
}
