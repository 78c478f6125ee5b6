public import StateMachines

/// What stands above a node's machine: it hears the machine's events, and may ask for something in
/// answer.
///
/// It is called on the node's loop and must not block.
public protocol NodeApplication {
    /// The machine that it stands above.
    associatedtype Machine: StateMachine

    /// Hears an event, in the order in which the machine told it. What it adds to `requests` is
    /// asked of the machine in later steps.
    mutating func told(
        _ event: Machine.Event, at now: Moment, asking requests: inout [Machine.Request])

    /// Hears that what the machine says to a node leaves for it from now on, or no longer does.
    mutating func peer(_ node: NodeID, isReachable: Bool, at now: Moment)
}

extension NodeApplication {
    /// Does nothing.
    public mutating func peer(_ node: NodeID, isReachable: Bool, at now: Moment) {}
}

/// Hands events to a closure, and asks for nothing.
public struct EventSink<Machine: StateMachine>: NodeApplication, Sendable {
    private let body: @Sendable (Machine.Event, Moment) -> Void

    /// Hands events to `body`, on the node's loop.
    public init(_ body: @escaping @Sendable (Machine.Event, Moment) -> Void = { _, _ in }) {
        self.body = body
    }

    /// Hands an event on.
    public mutating func told(
        _ event: Machine.Event, at now: Moment, asking requests: inout [Machine.Request]
    ) {
        body(event, now)
    }
}

/// An application of which the shell knows nothing but its machine: one type less that every call
/// depends on, for the price of a call through a class.
class AnyNodeApplication<Machine: StateMachine> {
    func told(_ event: Machine.Event, at now: Moment, asking requests: inout [Machine.Request]) {
        preconditionFailure("an application of no type")
    }

    func peer(_ node: NodeID, isReachable: Bool, at now: Moment) {
        preconditionFailure("an application of no type")
    }
}

/// An application of a type.
final class NodeApplicationBox<Application: NodeApplication>:
    AnyNodeApplication<Application.Machine>
{
    private var application: Application

    init(_ application: Application) { self.application = application }

    override func told(
        _ event: Application.Machine.Event, at now: Moment,
        asking requests: inout [Application.Machine.Request]
    ) { application.told(event, at: now, asking: &requests) }

    override func peer(_ node: NodeID, isReachable: Bool, at now: Moment) {
        application.peer(node, isReachable: isReachable, at: now)
    }
}
