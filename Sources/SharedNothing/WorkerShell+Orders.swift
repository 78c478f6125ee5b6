import Channels

extension WorkerShell {
    /// Does what the control word says. Between messages.
    @inlinable @inline(never)
    mutating func obey() {
        while true {
            let once =
                Order.restart | Order.ping | Order.handOver | Order.drain | Order.regroup
            let orders = seat.takeOrders(once)
            if orders & Order.ping != 0 { seat.answerPings() }
            if orders & Order.end != 0 { isEnding = true }
            if isEnding { return }
            // Also in a pause: others wait for it.
            if orders & Order.regroup != 0, !regroup() { return }
            if orders & Order.drain != 0 { isDraining = true }
            // A worker that drains has been told to go on to its end, also from a pause.
            if isDraining {
                _ = seat.takeOrders(Order.pause)
            } else if orders & Order.pause != 0 {
                seat.keepOrders(orders & (Order.restart | Order.handOver))
                seat.vitals.enter(.paused)
                seat.waitForOrders(other: orders & ~(Order.ping | Order.drain | Order.regroup))
                continue
            }
            if orders & Order.restart != 0, !remake() { return }
            if orders & Order.handOver != 0 { takeUpHandOver() }
            seat.vitals.enter(.handling)
            return
        }
    }

    /// A new state for the old one; false when the worker ends instead.
    @inlinable
    mutating func remake() -> Bool {
        dropState()
        seat.countRestart()
        if makeState() { return true }
        isEnding = true
        return false
    }

    /// A new state together with others; false when the worker ends instead.
    @inlinable
    mutating func regroup() -> Bool {
        letGo()
        return refill()
    }

    @inlinable
    mutating func takeUpHandOver() {
        guard let order = seat.currentHandOver() else { return }
        handOver = order
        hasArrived = false
        // A new worker has handled nothing by the old routing, and must not begin with the new.
        if order.role == .joins { passOver() }
    }

    /// Goes over to the new routing: the old inbox has been read to its end.
    @inlinable @inline(never)
    mutating func passOver() {
        guard let order = handOver else { return }
        // Sound: the pool makes hand-overs of its own worker's portions only.
        guard let portions = order.handOver as? PortionHandOver<W.Portion> else {
            preconditionFailure("a hand-over of other portions than worker \(seat.index)'s")
        }
        if order.role != .joins {
            // Sound: the slot is full while the loop runs, and this thread's own.
            let released = unsafe worker.release(
                &slot.address.pointee, moving: portions.keyMovement)
            // What is for nobody who waits for it stays here.
            for portion in portions.leave(released) {
                unsafe worker.absorb(portion, &slot.address.pointee)
            }
            hasArrived = true
            portions.arrive()
        }
        if order.waits, !waitForGivers(portions) { return }
        for portion in portions.collect(for: seat.index, as: order.role) {
            unsafe worker.absorb(portion, &slot.address.pointee)
        }
        if let box = order.inbox {
            guard let next = box as? WaitingInbox<W.Message, W.Response, Wait> else {
                preconditionFailure("an inbox of another strategy than worker \(seat.index)'s")
            }
            inbox = next.take()
            seat.adopt(next.inlet)
        }
        handOver = nil
        // Not of the next resize, whose order may come when the worker is past obeying any.
        hasArrived = false
        seat.completeHandOver()
        core.completePart(of: portions)
        if order.role == .leaves { isEnding = true }
        seat.vitals.enter(.handling)
    }

    /// Waits until all keys may be taken over; false when the worker is to end before.
    @inlinable
    mutating func waitForGivers(_ portions: PortionHandOver<W.Portion>) -> Bool {
        seat.vitals.enter(.handingOver)
        while !portions.waitForGivers() {
            let orders = seat.takeOrders(Order.ping | Order.regroup)
            if orders & Order.ping != 0 { seat.answerPings() }
            if orders & Order.end != 0 {
                isEnding = true
                return false
            }
            if orders & Order.regroup != 0 {
                if !regroup() { return false }
                seat.vitals.enter(.handingOver)
            }
        }
        return true
    }

    /// The last things: no more messages, no state, no orders.
    @inlinable @inline(never)
    mutating func finish() {
        inbox.closeForAll()
        while batch.count > 0 { core.bury(batch.take(), from: seat) }
        WorkerCounters.note(0, in: seat.counters.inHand)
        while let parcel = inbox.tryReceive() { core.bury(parcel, from: seat) }
        dropState()
        if let left = seat.leave() {
            if left.role != .joins, !hasArrived { left.handOver.arrive() }
            core.completePart(of: left.handOver)
            left.inbox?.abandon { core.bury($0, from: seat) }
        }
        seat.vitals.enter(.ended)
    }

    /// Has handled all there is in a pool that is being stopped: waits for what other workers may
    /// still send, or for the end, which comes when all rest.
    @inlinable @inline(never)
    mutating func rest() {
        seat.vitals.enterIdle()
        seat.beginRest()
        core.endIfDrained()
        seat.endRest()
        seat.vitals.enter(.handling)
    }
}

// What the loop needs of the control word, out of line.
extension WorkerSeat {
    /// The orders, of which those in `once` are taken off.
    @usableFromInline
    func takeOrders(_ once: UInt32) -> UInt32 {
        // Without a wake-up: nobody but the caller sleeps on its control word.
        control.take(once)
    }

    /// Puts orders back for later.
    @usableFromInline
    func keepOrders(_ orders: UInt32) {
        if orders != 0 { control.raise(orders) }
    }

    /// Sleeps until the orders are others than `seen`.
    @usableFromInline
    func waitForOrders(other seen: UInt32) {
        _ = control.wait(until: nil) { $0 != seen }
    }

    @usableFromInline
    func countRestart() { WorkerCounters.count(counters.restarts) }
}
