public import StateMachines

/// What whoever drives a simulation does.
extension Simulator {
    /// Hands a request to a node's machine now, or once what waits there before it is done. Returns
    /// whether it was taken: not where the node is down or frozen, or its queue is full.
    @discardableResult
    public mutating func ask(_ request: Machine.Request, of node: NodeID) -> Bool {
        let place = place(of: node)
        guard nodes[place].runs, hasRoom(place) else { return false }
        let slot = requests.insert(request)
        if isIdle(place) {
            handle(.request(slot), at: place)
        } else {
            wait(.request(slot), at: place)
        }
        return true
    }

    /// Has a fault come now. Returns whether it applied; it is not told by `next`.
    ///
    /// - Precondition: `Fault.validate` finds nothing wrong.
    @discardableResult
    public mutating func inflict(_ fault: Fault) -> Bool {
        check(fault)
        return apply(fault)
    }

    /// Has a fault come at a moment that is not past; `next` tells it then where it applies.
    ///
    /// - Precondition: `Fault.validate` finds nothing wrong.
    public mutating func schedule(_ fault: Fault, at moment: Moment) {
        check(fault)
        insert(.fault, slot: faults.insert(fault), at: future(moment))
    }

    /// Has all faults of a plan come.
    ///
    /// - Precondition: `FaultPlan.validate` finds nothing wrong, and no moment is past.
    public mutating func schedule(_ plan: FaultPlan) {
        for step in plan.steps { schedule(step.fault, at: step.moment) }
    }

    /// Has `next` tell an alarm with this token at a moment that is not past. Alarms are not steps, and
    /// leave the trace as it is.
    public mutating func alarm(_ token: Int, at moment: Moment) {
        insert(.alarm, slot: alarms.insert(token), at: future(moment))
    }

    /// Goes on until there is something to tell, or up to and including `end`: then there is nothing, and
    /// that is what the clock says.
    public mutating func next(until end: Moment) -> Occurrence<Machine>? {
        while untold.isEmpty {
            let timer = timers.first
            guard let event = events.first,
                event.time < timer.time
                    || (event.time == timer.time && event.sequence < timer.sequence)
            else {
                guard timer.time <= end.nanoseconds, timer.time < .max else { return stop(at: end) }
                time = timer.time
                ring(timers.firstNode)
                continue
            }
            guard event.time <= end.nanoseconds else { return stop(at: end) }
            time = event.time
            come(events.removeFirst())
        }
        return untold.removeFirst()
    }

    private mutating func stop(at end: Moment) -> Occurrence<Machine>? {
        time = max(time, end.nanoseconds)
        return nil
    }

    /// An event has come.
    private mutating func come(_ event: Event) {
        let place = Int(event.node)
        switch event.kind {
        case .arrival: arrive(event.slot, at: place)
        case .served: if event.slot == nodes[place].ticket { serve(place) }
        case .synced: if event.slot == nodes[place].disk.ticket { endSync(place) }
        case .fault:
            let fault = faults.remove(event.slot)
            if apply(fault) { untold.append(.fault(fault, at: now)) }
        case .alarm: untold.append(.alarm(alarms.remove(event.slot), at: now))
        }
    }

    mutating func insert(
        _ kind: Event.Kind, node: Int = 0, slot: UInt32, at time: Int64
    ) {
        sequence += 1
        events.insert(
            Event(
                time: time, sequence: sequence, node: UInt32(node), slot: slot, kind: kind))
    }

    private func future(_ moment: Moment) -> Int64 {
        precondition(moment >= now, "\(moment) is past: it is \(now)")
        return moment.nanoseconds
    }

    private func check(_ fault: Fault) {
        do throws(SimulationProblem) {
            try fault.validate(nodes: nodes.count)
        } catch { preconditionFailure("\(error)") }
    }
}
