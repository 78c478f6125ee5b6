public import StateMachines

/// What is handed to machines, in place, and what they want done.
extension Simulator {
    /// Begins a life of a node. Returns whether it was down.
    @inlinable
    mutating func restart(_ place: Int) -> Bool {
        guard machines[place] == nil else { return false }
        model.begin(place)
        machines[place] = make(NodeID(place: place), disks[place].durable, model.machineSeed(place))
        if burst != nil { unsettled[place] = nil }
        let now = prepare(place)
        machines[place]?.start(at: now, into: &effects)
        finish(place)
        return true
    }

    @inlinable
    mutating func deliver(_ message: Machine.Message, from sender: NodeID, to place: Int) {
        if let onDelivery { onDelivery(message, sender, NodeID(place: place), now) }
        if let digest { model.trace.fold(digest(message), UInt64(sender.rawValue)) }
        let now = prepare(place)
        if let burst {
            machines[place]?.absorb(message, from: sender, at: now, into: &effects)
            unsettled[place] = unsettled[place] ?? now + burst
        } else {
            machines[place]?.receive(message, from: sender, at: now, into: &effects)
        }
        finish(place)
    }

    /// Has a node settle what it has absorbed, before it is handed anything else.
    @inlinable
    mutating func settle(_ place: Int) {
        guard burst != nil, unsettled[place] != nil else { return }
        unsettled[place] = nil
        let now = prepare(place)
        machines[place]?.settle(at: now, into: &effects)
        finish(place)
    }

    @inlinable
    mutating func handle(_ request: Machine.Request, at place: Int) {
        settle(place)
        let now = prepare(place)
        machines[place]?.handle(request, at: now, into: &effects)
        finish(place)
    }

    @inlinable
    mutating func wake(_ place: Int) {
        if burst != nil, unsettled[place] != nil {
            settle(place)
            // It was woken for that alone where nothing of its own is due.
            guard let due = machines[place]?.deadline, due <= model.reading(place) else { return }
        }
        let now = prepare(place)
        machines[place]?.wake(at: now, into: &effects)
        finish(place)
    }

    /// Has more of a node's records durable, and tells its machine unless that waits.
    @inlinable
    mutating func sync(_ count: Int, of place: Int) {
        disks[place].sync(count)
        if let compact { disks[place].compact(compact) }
        if let position = model.announceSync(place) { announce(position, to: place) }
    }

    @inlinable
    mutating func announce(_ position: RecordPosition, to place: Int) {
        settle(place)
        let now = prepare(place)
        machines[place]?.stored(through: position, at: now, into: &effects)
        finish(place)
    }

    /// Empties the effects for a step of a node, and reads its clock.
    @inlinable
    mutating func prepare(_ place: Int) -> Moment {
        effects.reset(position: model.stored(place))
        return model.reading(place)
    }

    /// Does what a step wants done.
    @inlinable
    mutating func finish(_ place: Int) {
        for index in effects.messages.indices { send(index, from: place) }
        if !effects.records.isEmpty { disks[place].pending += effects.records }
        if isTelling {
            for event in effects.events {
                untold.append(.event(event, of: NodeID(place: place)))
            }
        }
        model.finish(
            place, messages: effects.messages.count, stored: effects.position,
            events: effects.events.count, deadline: deadline(of: place))
    }

    /// When a node is to be woken next: for its machine, or to settle what it has absorbed.
    @inlinable
    func deadline(of place: Int) -> Moment? {
        let own = machines[place]?.deadline
        guard burst != nil, let due = unsettled[place] else { return own }
        return own.map { min($0, due) } ?? due
    }

    /// Sends a message of the step: the one at a place of the list, since going through the list itself
    /// would hold it.
    @inlinable
    mutating func send(_ index: Int, from place: Int) {
        let receiver = effects.messages[index].receiver
        let message = effects.messages[index].message
        var isDropped = false
        if let drops, receiver.place != place {
            isDropped = drops(message, NodeID(place: place), receiver, now)
        }
        let launch = model.send(
            from: place, to: receiver, bytes: size(message), isDropped: isDropped)
        guard let first = launch.first else { return }
        if let second = launch.second {
            messages.put(message, in: first)
            messages.put(message, in: second)
        } else {
            messages.put(message, in: first)
        }
    }
}
