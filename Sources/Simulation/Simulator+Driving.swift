public import StateMachines

/// What whoever drives a simulation does.
extension Simulator {
    /// Hands a request to a node's machine now, or once what waits there before it is done. Returns
    /// whether it was taken: not where the node is down or frozen, or its queue is full.
    @inlinable
    @discardableResult
    public mutating func ask(_ request: Machine.Request, of node: NodeID) -> Bool {
        let place = place(of: node)
        switch model.admit(to: place) {
        case .refused: return false
        case .later: model.enqueue(request: requests.insert(request), at: place)
        case .now: handle(request, at: place)
        }
        return true
    }

    /// Has a fault come now. Returns whether it applied; it is not told by `next`.
    ///
    /// - Precondition: `Fault.validate` finds nothing wrong.
    @inlinable
    @discardableResult
    public mutating func inflict(_ fault: Fault) -> Bool {
        fault.check(nodes: nodeCount)
        return apply(fault)
    }

    /// Has a fault come at a moment that is not past; `next` tells it then, where it applies.
    ///
    /// - Precondition: `Fault.validate` finds nothing wrong.
    @inlinable
    public mutating func schedule(_ fault: Fault, at moment: Moment) {
        fault.check(nodes: nodeCount)
        model.schedule(fault: faults.insert(fault), at: moment)
    }

    /// Has all faults of a plan come.
    ///
    /// - Precondition: `FaultPlan.validate` finds nothing wrong, and no moment is past.
    @inlinable
    public mutating func schedule(_ plan: FaultPlan) {
        for step in plan.steps { schedule(step.fault, at: step.moment) }
    }

    /// Has `next` tell an alarm with this token at a moment that is not past. Alarms are not steps: they
    /// leave the trace as it is.
    @inlinable
    public mutating func alarm(_ token: Int, at moment: Moment) {
        model.schedule(alarm: alarms.insert(token), at: moment)
    }

    /// Goes on until there is something to tell, or up to and including `end`: then there is nothing, and
    /// that is what the clock says.
    @inlinable
    public mutating func next(until end: Moment) -> Occurrence<Machine>? {
        while untold.isEmpty {
            switch advance(until: end.nanoseconds) {
            case .step: break
            case .alarm(let slot): return .alarm(alarms.remove(slot), at: now)
            case .end: return nil
            }
        }
        return tell(untold.removeFirst())
    }

    /// Goes on up to and including `end`, and tells nothing of what happens until then, alarms included:
    /// the same steps as with `next`, without what telling them costs.
    @inlinable
    public mutating func pass(until end: Moment) {
        while !untold.isEmpty { _ = tell(untold.removeFirst()) }
        isTelling = false
        defer { isTelling = true }
        while true {
            switch advance(until: end.nanoseconds) {
            case .step: break
            case .alarm(let slot): _ = alarms.remove(slot)
            case .end: return
            }
        }
    }

    /// Does what comes next.
    @inlinable
    mutating func advance(until end: Int64) -> Advance {
        switch model.next(until: end) {
        case .message(let slot, let sender, let place):
            deliver(messages.take(slot), from: sender, to: place)
        case .wake(let place): wake(place)
        case .synced(let count, let place): sync(count, of: place)
        case .stored(let position, let place): announce(position, to: place)
        case .request(let slot, let place): handle(requests.remove(slot), at: place)
        case .discard(let slot): _ = messages.take(slot)
        case .fault(let slot): tellIfApplied(faults.remove(slot))
        case .syncFailed(let place): tellIfApplied(.crash(NodeID(place: place), disk: .tears))
        case .alarm(let slot): return .alarm(slot)
        case .end: return .end
        }
        return .step
    }

    /// What is told, at the moment at which it happened: time stands still until all is told.
    @inlinable
    mutating func tell(_ untold: Untold) -> Occurrence<Machine> {
        switch untold {
        case .event(let event, let node): .event(event, of: node, at: now)
        case .fault(let slot): .fault(faults.remove(slot), at: now)
        }
    }

    @inlinable
    mutating func tellIfApplied(_ fault: Fault) {
        if apply(fault), isTelling { untold.append(.fault(slot: faults.insert(fault))) }
    }

    /// Has a fault come. Returns whether it applied.
    @inlinable
    mutating func apply(_ fault: Fault) -> Bool {
        let applied =
            switch fault {
            case .crash(let node, let disk): crash(node.place, disk)
            case .restart(let node): restart(node.place)
            default: model.apply(fault)
            }
        if applied { model.note(fault) }
        return applied
    }

    /// Ends a node's life. Returns whether it had one.
    @inlinable
    mutating func crash(_ place: Int, _ disk: Disk) -> Bool {
        guard let remains = model.crash(place, disk) else { return false }
        machines[place] = nil
        disks[place].crash(survivors: remains.survivors)
        for item in remains.waiting {
            switch item {
            case .message(let slot): _ = messages.take(slot)
            case .request(let slot): _ = requests.remove(slot)
            case .wake, .stored: break
            }
        }
        return true
    }
}
