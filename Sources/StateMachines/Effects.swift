/// A message and the node it goes to.
public struct OutgoingMessage<Message: Sendable>: Sendable {
    /// The node that it goes to.
    public let receiver: NodeID
    /// What is sent.
    public let message: Message

    /// This message for this node.
    @inlinable
    public init(to receiver: NodeID, _ message: Message) {
        self.receiver = receiver
        self.message = message
    }
}

/// What a step of a state machine wants done: messages to send, records to make durable, events to tell.
///
/// A shell keeps one and empties it after each step, so that steps allocate nothing once it has grown.
public struct Effects<Machine: StateMachine>: Sendable {
    /// A message and the node it goes to.
    public typealias Outgoing = OutgoingMessage<Machine.Message>

    @usableFromInline var sent: [Outgoing] = []
    @usableFromInline var kept: [Machine.Record] = []
    @usableFromInline var told: [Machine.Event] = []
    @usableFromInline var last: RecordPosition

    /// No effects, of a node that has stored `position` records in this life.
    @inlinable
    public init(position: RecordPosition = 0) { last = position }

    /// Messages, in the order in which they are to leave.
    @inlinable
    public var messages: [Outgoing] { sent }

    /// Records, in the order in which they are to be durable.
    @inlinable
    public var records: [Machine.Record] { kept }

    /// Events, in the order in which they happened.
    @inlinable
    public var events: [Machine.Event] { told }

    /// The position of the last record of the node's life that was stored here or before.
    @inlinable
    public var position: RecordPosition { last }

    /// Whether nothing is to be done.
    @inlinable
    public var isEmpty: Bool { sent.isEmpty && kept.isEmpty && told.isEmpty }

    /// Sends a message. A node may send to itself: the shell brings it back in a later step.
    @inlinable
    public mutating func send(_ message: Machine.Message, to receiver: NodeID) {
        sent.append(Outgoing(to: receiver, message))
    }

    /// Has a record made durable, and says its position: `stored(through:)` of it or a later one tells
    /// when it is.
    @inlinable
    @discardableResult
    public mutating func store(_ record: Machine.Record) -> RecordPosition {
        kept.append(record)
        last += 1
        return last
    }

    /// Tells the application something.
    @inlinable
    public mutating func report(_ event: Machine.Event) { told.append(event) }

    /// Empties it for the next step, of a node that has stored `position` records in this life. Keeps
    /// what memory it has.
    @inlinable
    public mutating func reset(position: RecordPosition) {
        // Most steps leave two of them empty, which is cheaper to see than to bring about.
        if !sent.isEmpty { sent.removeAll(keepingCapacity: true) }
        if !kept.isEmpty { kept.removeAll(keepingCapacity: true) }
        if !told.isEmpty { told.removeAll(keepingCapacity: true) }
        last = position
    }
}

/// A machine within another one: its steps put their effects into those of the outer one.
extension Effects {
    /// Takes a step of a machine within this one that says and stores the same, and adds its effects
    /// here. Messages and records are put where they stay; only events are carried over.
    @inlinable
    public mutating func embed<Inner: StateMachine>(
        _ step: (inout Effects<Inner>) -> Void, event: (Inner.Event) -> Machine.Event
    ) where Inner.Message == Machine.Message, Inner.Record == Machine.Record {
        var inner: Effects<Inner> = lend()
        step(&inner)
        reclaim(&inner, event)
    }

    /// The same for a machine that stores nothing.
    @inlinable
    public mutating func embed<Inner: StateMachine>(
        volatile step: (inout Effects<Inner>) -> Void, event: (Inner.Event) -> Machine.Event
    ) where Inner.Message == Machine.Message, Inner.Record == Never {
        var inner: Effects<Inner> = lendVolatile()
        step(&inner)
        reclaimVolatile(&inner, event)
    }

    /// The lists of messages and records as those of a machine within this one, until `reclaim`.
    @inlinable
    mutating func lend<Inner: StateMachine>() -> Effects<Inner>
    where Inner.Message == Machine.Message, Inner.Record == Machine.Record {
        var inner: Effects<Inner> = lendVolatile()
        swap(&inner.kept, &kept)
        return inner
    }

    @inlinable
    mutating func lendVolatile<Inner: StateMachine>() -> Effects<Inner>
    where Inner.Message == Machine.Message {
        var inner = Effects<Inner>(position: last)
        swap(&inner.sent, &sent)
        return inner
    }

    /// Takes the lists back, and what was told in the meantime.
    @inlinable
    mutating func reclaim<Inner: StateMachine>(
        _ inner: inout Effects<Inner>, _ event: (Inner.Event) -> Machine.Event
    ) where Inner.Message == Machine.Message, Inner.Record == Machine.Record {
        swap(&inner.kept, &kept)
        last = inner.last
        reclaimVolatile(&inner, event)
    }

    @inlinable
    mutating func reclaimVolatile<Inner: StateMachine>(
        _ inner: inout Effects<Inner>, _ event: (Inner.Event) -> Machine.Event
    ) where Inner.Message == Machine.Message {
        swap(&inner.sent, &sent)
        for told in inner.told { report(event(told)) }
    }
}
