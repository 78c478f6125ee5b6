import Randomness
import StateMachines

/// From event to event, up to what the simulator has to do.
extension ClusterModel {
    /// Goes on until the simulator has something to do, or up to and including `end`.
    @usableFromInline
    mutating func next(until end: Int64) -> Handover {
        while true {
            let timer = timers.first
            if let event = events.first,
                event.time < timer.time
                    || (event.time == timer.time && event.sequence < timer.sequence)
            {
                guard event.time <= end else { break }
                time = event.time
                events.removeFirst()
                if let handover = come(event) { return handover }
            } else {
                guard timer.time <= end, timer.time < .max else { break }
                time = timer.time
                if let handover = ring(timers.firstNode) { return handover }
            }
        }
        time = max(time, end)
        return .end
    }

    /// An event has come.
    private mutating func come(_ event: Event) -> Handover? {
        let place = Int(event.node)
        switch event.kind {
        case .arrival: return arrive(event.slot, at: place)
        case .served: return event.slot == nodes[place].ticket ? serve(place) : nil
        case .synced: return event.slot == nodes[place].disk.ticket ? endSync(place) : nil
        case .fault: return .fault(event.slot)
        case .alarm: return .alarm(event.slot)
        }
    }

    /// A message has come to its receiver.
    private mutating func arrive(_ slot: UInt32, at place: Int) -> Handover? {
        if !wiring.isWhole {
            let sender = Int(flights[slot].sender)
            guard wiring.connects(sender, place) || crosses(from: sender, to: place) else {
                return drop(slot, .cut, of: sender)
            }
        }
        guard nodes[place].isUp else { return drop(slot, .down, of: place) }
        if isIdle(place) { return hand(.message(slot), to: place) }
        guard hasRoom(place) else { return drop(slot, .overflowed, of: place) }
        wait(.message(slot), at: place)
        return nil
    }

    /// Ends a message that was under way.
    private mutating func drop(_ slot: UInt32, _ cause: Traffic.Drop, of place: Int) -> Handover {
        nodes[place].traffic.drop(cause, Int(flights.remove(slot).bytes))
        return .discard(slot: slot)
    }

    /// A node's timer has come.
    private mutating func ring(_ place: Int) -> Handover? {
        timers.clear(place)
        guard isDue(place) else {
            setTimer(place)
            return nil
        }
        nodes[place].isWakeDue = true
        if isIdle(place) { return hand(.wake, to: place) }
        if nodes[place].isFrozen {
            nodes[place].isWakeMissed = true
        } else {
            wait(.wake, at: place)
        }
        return nil
    }

    /// Whether a machine's deadline has come by its own clock.
    private func isDue(_ place: Int) -> Bool {
        nodes[place].deadline <= nodes[place].clock.reading(at: time)
    }

    /// Whether a node takes what comes at once, without having it wait.
    func isIdle(_ place: Int) -> Bool {
        isInstant && !nodes[place].isFrozen && nodes[place].inbox.isEmpty
    }

    /// Whether one more thing may wait for a node.
    private func hasRoom(_ place: Int) -> Bool { nodes[place].inbox.count < costs.queue }

    /// Has something wait for a node's processor.
    mutating func wait(_ item: Waiting, at place: Int) {
        nodes[place].inbox.append(item)
        serveNext(place)
    }

    /// Has the processor take on what is first, unless it works or stands still.
    mutating func serveNext(_ place: Int) {
        guard !nodes[place].inbox.isEmpty, nodes[place].runs, !nodes[place].isServing else {
            return
        }
        nodes[place].isServing = true
        nodes[place].ticket &+= 1
        var end = max(time, nodes[place].freeAt)
        switch nodes[place].inbox.first {
        case .message, .request: end += costs.receive.nanoseconds
        case .wake, .stored: break
        }
        insert(.served, node: place, slot: nodes[place].ticket, at: end)
    }

    /// The processor is through with what is first.
    private mutating func serve(_ place: Int) -> Handover? {
        nodes[place].isServing = false
        if let handover = hand(nodes[place].inbox.removeFirst(), to: place) { return handover }
        serveNext(place)
        return nil
    }

    /// Has something handed to a node's machine; nil for a timer that has been set anew meanwhile.
    private mutating func hand(_ item: Waiting, to place: Int) -> Handover? {
        switch item {
        case .message(let slot):
            let flight = flights.remove(slot)
            nodes[place].traffic.received.add(Int(flight.bytes))
            note(.message, UInt64(flight.sender) << 32 | UInt64(flight.bytes), at: place)
            return .message(slot: slot, from: NodeID(flight.sender), to: place)
        case .request(let slot):
            note(.request, 0, at: place)
            return .request(slot: slot, to: place)
        case .wake:
            nodes[place].isWakeDue = false
            guard isDue(place) else {
                setTimer(place)
                return nil
            }
            countWake(place)
            note(.wake, 0, at: place)
            return .wake(place)
        case .stored(let position):
            note(.stored, position, at: place)
            return .stored(position, to: place)
        }
    }

    /// A machine that is due for ever stops time, which no later step could show.
    private mutating func countWake(_ place: Int) {
        nodes[place].wakesAtOnce = nodes[place].lastWake == time ? nodes[place].wakesAtOnce + 1 : 1
        nodes[place].lastWake = time
        precondition(
            nodes[place].wakesAtOnce < 10_000,
            "n\(place) was woken 10 000 times at \(time) ns: its deadline does not move")
    }
}

/// What the simulator tells of steps.
extension ClusterModel {
    /// What becomes of a request.
    @usableFromInline
    enum Admission {
        /// The node does not take it.
        case refused
        /// It is handed over at once.
        case now
        /// It waits.
        case later
    }

    /// Whether a node takes a request. One that it takes now is a step that has begun.
    @usableFromInline
    mutating func admit(to place: Int) -> Admission {
        guard nodes[place].runs, hasRoom(place) else { return .refused }
        guard isIdle(place) else { return .later }
        note(.request, 0, at: place)
        return .now
    }

    /// Has the request in a slot wait for a node.
    @usableFromInline
    mutating func enqueue(request slot: UInt32, at place: Int) { wait(.request(slot), at: place) }

    /// Begins a life of a node that is down, whose first step this is.
    @usableFromInline
    mutating func begin(_ place: Int) {
        nodes[place].isUp = true
        nodes[place].life += 1
        nodes[place].freeAt = time
        var generator = nodes[place].lifeSeed.derived(for: "clock").generator()
        nodes[place].clock = NodeClock(clocks, at: time, &generator)
        note(.start, UInt64(nodes[place].life), at: place)
    }

    /// The seed of the machine of a node's life.
    @usableFromInline
    func machineSeed(_ place: Int) -> Seed { nodes[place].lifeSeed.derived(for: "machine") }

    /// What a node's clock reads.
    @usableFromInline
    func reading(_ place: Int) -> Moment {
        Moment(nanoseconds: nodes[place].clock.reading(at: time))
    }

    /// How many records a node has stored in this life.
    @usableFromInline
    func stored(_ place: Int) -> RecordPosition { nodes[place].disk.stored }

    /// A step is over: notes what came of it, sets the timer, and has the node go on.
    @usableFromInline
    mutating func finish(
        _ place: Int, messages: Int, stored: RecordPosition, events: Int, deadline: Moment?
    ) {
        let records = stored - nodes[place].disk.stored
        nodes[place].deadline = deadline?.nanoseconds ?? .max
        trace.fold(
            UInt64(messages) << 40 ^ records << 20 ^ UInt64(events),
            UInt64(bitPattern: nodes[place].deadline))
        if records > 0 {
            nodes[place].disk.stored = stored
            beginSync(place)
        }
        setTimer(place)
        serveNext(place)
    }

    /// Has a node's timer come when its machine's deadline does.
    ///
    /// A timer that would come too early stays where it is, and is set anew when it comes: deadlines move
    /// away with every message, and hardly ever come.
    mutating func setTimer(_ place: Int) {
        guard !nodes[place].isWakeDue else { return }
        let deadline = nodes[place].deadline
        guard deadline < .max else { return timers.clear(place) }
        let target = max(time, nodes[place].clock.moment(of: deadline))
        guard target < timers.time(of: place) else { return }
        timers.set(place, to: target, sequence: nextSequence())
    }
}
