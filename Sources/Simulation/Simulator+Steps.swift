import Randomness
import StateMachines

/// What is handed to machines, and what they want done.
extension Simulator {
    /// What a step was, as the trace has it.
    enum StepKind: UInt64 { case start = 1, message, request, wake, stored, fault }

    /// Begins a life of a node that is down.
    mutating func begin(_ place: Int) {
        nodes[place].life += 1
        nodes[place].stored = 0
        let seed = nodes[place].seed.derived(for: nodes[place].life)
        var generator = seed.derived(for: "clock").generator()
        nodes[place].clock = NodeClock(clocks, at: time, &generator)
        nodes[place].machine = make(
            NodeID(place: place), nodes[place].disk.durable, seed.derived(for: "machine"))
        let now = prepare(place)
        nodes[place].machine?.start(at: now, into: &effects)
        finish(.start, 0, at: place)
    }

    /// Whether a node takes what comes at once, without having it wait.
    func isIdle(_ place: Int) -> Bool {
        hasNoCosts && !nodes[place].isFrozen && nodes[place].inbox.isEmpty
    }

    /// Whether one more thing may wait for a node.
    func hasRoom(_ place: Int) -> Bool { nodes[place].inbox.count < costs.queue }

    /// A message has come to its receiver.
    mutating func arrive(_ slot: UInt32, at place: Int) {
        if !wiring.isWhole {
            let sender = Int(flights[slot].sender)
            guard wiring.connects(sender, place) || crosses(from: sender, to: place) else {
                return drop(slot, .cut, of: sender)
            }
        }
        guard !nodes[place].isDown else { return drop(slot, .down, of: place) }
        if isIdle(place) { return handle(.message(slot), at: place) }
        guard hasRoom(place) else { return drop(slot, .overflowed, of: place) }
        wait(.message(slot), at: place)
    }

    /// A node's timer has come, by the simulator's clock.
    mutating func ring(_ place: Int) {
        timers.clear(place)
        guard isDue(place) else { return setTimer(place) }
        nodes[place].isWakeDue = true
        if isIdle(place) {
            handle(.wake, at: place)
        } else if nodes[place].isFrozen {
            nodes[place].isWakeMissed = true
        } else {
            wait(.wake, at: place)
        }
    }

    /// Whether a machine's deadline has come by its own clock.
    private func isDue(_ place: Int) -> Bool {
        guard let deadline = nodes[place].machine?.deadline else { return false }
        return deadline.nanoseconds <= nodes[place].clock.reading(at: time)
    }

    /// Has something wait for a node's processor.
    mutating func wait(_ item: Waiting, at place: Int) {
        nodes[place].inbox.append(item)
        serveNext(place)
    }

    /// Has the processor take on what is first, unless it works or stands still.
    mutating func serveNext(_ place: Int) {
        guard nodes[place].runs, !nodes[place].isServing, !nodes[place].inbox.isEmpty else { return }
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
    mutating func serve(_ place: Int) {
        nodes[place].isServing = false
        nodes[place].freeAt = time
        handle(nodes[place].inbox.removeFirst(), at: place)
        serveNext(place)
    }

    /// Hands something to a node's machine.
    mutating func handle(_ item: Waiting, at place: Int) {
        switch item {
        case .message(let slot): deliver(flights.remove(slot), to: place)
        case .request(let slot):
            let request = requests.remove(slot)
            let now = prepare(place)
            nodes[place].machine?.handle(request, at: now, into: &effects)
            finish(.request, 0, at: place)
        case .wake:
            nodes[place].isWakeDue = false
            guard isDue(place) else { return setTimer(place) }
            countWake(place)
            let now = prepare(place)
            nodes[place].machine?.wake(at: now, into: &effects)
            finish(.wake, 0, at: place)
        case .stored(let position):
            let now = prepare(place)
            nodes[place].machine?.stored(through: position, at: now, into: &effects)
            finish(.stored, position, at: place)
        }
    }

    private mutating func deliver(_ flight: Flight, to place: Int) {
        nodes[place].traffic.received.add(Int(flight.bytes))
        let sender = NodeID(flight.sender)
        if let onDelivery { onDelivery(flight.message, sender, NodeID(place: place), now) }
        if let digest { trace.fold(digest(flight.message), UInt64(flight.sender)) }
        let now = prepare(place)
        nodes[place].machine?.receive(flight.message, from: sender, at: now, into: &effects)
        finish(.message, UInt64(flight.sender) << 32 | UInt64(flight.bytes), at: place)
    }

    /// A machine that is due for ever stops time, which no later step can show.
    private mutating func countWake(_ place: Int) {
        nodes[place].wakesAtOnce = nodes[place].lastWake == time ? nodes[place].wakesAtOnce + 1 : 0
        nodes[place].lastWake = time
        precondition(
            nodes[place].wakesAtOnce < 10_000,
            "n\(place) was woken 10 000 times at \(now): its deadline does not move")
    }

    /// Empties the effects for a step of a node, and reads its clock.
    private mutating func prepare(_ place: Int) -> Moment {
        effects.reset(position: nodes[place].stored)
        return Moment(nanoseconds: nodes[place].clock.reading(at: time))
    }

    /// Does what a step wants done, and notes it in the trace with what it was handed.
    private mutating func finish(_ kind: StepKind, _ mark: UInt64, at place: Int) {
        steps += 1
        trace.fold(UInt64(bitPattern: time), kind.rawValue << 60 ^ UInt64(place) << 36 ^ mark)
        let messages = effects.messages.count
        let records = effects.records.count
        let events = effects.events.count
        if messages > 0 { send(from: place) }
        if records > 0 {
            nodes[place].stored = effects.position
            for record in effects.records { nodes[place].disk.append(record) }
            beginSync(place)
        }
        if events > 0 {
            for event in effects.events {
                untold.append(.event(event, of: NodeID(place: place), at: now))
            }
        }
        trace.fold(
            UInt64(messages) << 32 ^ UInt64(records) << 16 ^ UInt64(events),
            UInt64(bitPattern: nodes[place].machine?.deadline?.nanoseconds ?? .min))
        setTimer(place)
    }

    /// Has a node's timer come when its machine's deadline does.
    ///
    /// A timer that comes too early stays where it is, and is set again when it comes: deadlines move
    /// away with every message, and hardly ever come.
    mutating func setTimer(_ place: Int) {
        guard !nodes[place].isWakeDue else { return }
        guard let deadline = nodes[place].machine?.deadline else { return timers.clear(place) }
        let target = max(time, nodes[place].clock.moment(of: deadline.nanoseconds))
        guard target < timers.time(of: place) else { return }
        sequence += 1
        timers.set(place, to: target, sequence: sequence)
    }
}
