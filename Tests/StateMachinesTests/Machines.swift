import StateMachines

/// A server that counts: it stores what it is told to add, and answers when that is durable.
struct Counter: StateMachine {
    typealias Message = Int
    typealias Record = Int
    typealias Request = Int
    typealias Event = String

    private(set) var total = 0
    private(set) var waiting: [(position: RecordPosition, asker: NodeID)] = []
    private(set) var deadline: Moment?

    mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        deadline = now + .seconds(1)
        effects.report("server started")
    }

    mutating func receive(
        _ message: Int, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        total += message
        waiting.append((effects.store(message), sender))
    }

    mutating func handle(_ request: Int, at now: Moment, into effects: inout Effects<Self>) {
        total = request
        effects.store(request)
    }

    mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        deadline = nil
        effects.report("server woken at \(now)")
    }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        for (place, asker) in waiting where place <= position { effects.send(total, to: asker) }
        waiting.removeAll { $0.position <= position }
    }
}

/// A client of `Counter`.
struct Asker: StateMachine {
    typealias Message = Int
    typealias Record = Never
    typealias Request = Int
    typealias Event = Int

    let server: NodeID
    private(set) var deadline: Moment?

    init(server: NodeID) { self.server = server }

    mutating func start(at now: Moment, into effects: inout Effects<Self>) { effects.report(-1) }

    mutating func receive(
        _ message: Int, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        deadline = nil
        effects.report(message)
    }

    mutating func handle(_ request: Int, at now: Moment, into effects: inout Effects<Self>) {
        deadline = now + .milliseconds(5)
        effects.send(request, to: server)
    }

    mutating func wake(at now: Moment, into effects: inout Effects<Self>) { effects.report(-2) }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {}
}
