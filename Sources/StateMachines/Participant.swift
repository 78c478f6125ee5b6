/// A node of a cluster that is either one of its servers or one of its clients: they speak the same
/// messages, and a shell runs both.
public enum Participant<Server: StateMachine, Client: StateMachine>: StateMachine
where Server.Message == Client.Message, Client.Record == Never {
    case server(Server)
    case client(Client)

    /// What both say.
    public typealias Message = Server.Message
    /// What servers keep; clients keep nothing.
    public typealias Record = Server.Record

    /// What is asked of one of them.
    public enum Request: Sendable {
        case server(Server.Request)
        case client(Client.Request)
    }

    /// What one of them tells.
    public enum Event: Sendable {
        case server(Server.Event)
        case client(Client.Event)
    }

    /// Begins this life of whichever it is.
    @inlinable
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        step(into: &effects) {
            $0.start(at: now, into: &$1)
        } client: {
            $0.start(at: now, into: &$1)
        }
    }

    /// Hands a message on.
    @inlinable
    public mutating func receive(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        step(into: &effects) {
            $0.receive(message, from: sender, at: now, into: &$1)
        } client: {
            $0.receive(message, from: sender, at: now, into: &$1)
        }
    }

    /// Hands a message on that came together with others.
    @inlinable
    public mutating func absorb(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        step(into: &effects) {
            $0.absorb(message, from: sender, at: now, into: &$1)
        } client: {
            $0.absorb(message, from: sender, at: now, into: &$1)
        }
    }

    /// Has whichever it is do what messages lead to that it has absorbed.
    @inlinable
    public mutating func settle(at now: Moment, into effects: inout Effects<Self>) {
        step(into: &effects) {
            $0.settle(at: now, into: &$1)
        } client: {
            $0.settle(at: now, into: &$1)
        }
    }

    /// Hands a request on. Traps where a server is given a client's request, or the other way round.
    @inlinable
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        step(into: &effects) {
            guard case .server(let own) = request else {
                preconditionFailure("a server was given a client's request")
            }
            $0.handle(own, at: now, into: &$1)
        } client: {
            guard case .client(let own) = request else {
                preconditionFailure("a client was given a server's request")
            }
            $0.handle(own, at: now, into: &$1)
        }
    }

    /// Wakes whichever it is.
    @inlinable
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        step(into: &effects) {
            $0.wake(at: now, into: &$1)
        } client: {
            $0.wake(at: now, into: &$1)
        }
    }

    /// Tells whichever it is how far its records are durable.
    @inlinable
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        step(into: &effects) {
            $0.stored(through: position, at: now, into: &$1)
        } client: {
            $0.stored(through: position, at: now, into: &$1)
        }
    }

    /// When whichever it is wants to be woken.
    @inlinable
    public var deadline: Moment? {
        switch self {
        case .server(let server): server.deadline
        case .client(let client): client.deadline
        }
    }

    /// Takes one step of whichever it is, in place; its effects are put where they belong at once.
    @inlinable
    mutating func step(
        into effects: inout Effects<Self>,
        server serverStep: (inout Server, inout Effects<Server>) -> Void,
        client clientStep: (inout Client, inout Effects<Client>) -> Void
    ) {
        // Moved out and in: nothing captures the machines, so that none of what they hold is counted up,
        // which would have the step copy what it changes.
        switch consume self {
        case .server(var server):
            var own: Effects<Server> = effects.lend()
            serverStep(&server, &own)
            self = .server(consume server)
            effects.reclaim(&own, Event.server)
        case .client(var client):
            var own: Effects<Client> = effects.lendVolatile()
            clientStep(&client, &own)
            self = .client(consume client)
            effects.reclaimVolatile(&own, Event.client)
        }
    }
}
