/// What a step of a state machine wants done: messages to send, records to make durable, events to tell.
///
/// A shell keeps one and empties it after each step, so that steps allocate nothing once it has grown.
public struct Effects<Machine: StateMachine>: Sendable {
    /// A message and the node it goes to.
    public struct Outgoing: Sendable {
        public let receiver: NodeID
        public let message: Machine.Message

        @inlinable
        public init(to receiver: NodeID, _ message: Machine.Message) {
            self.receiver = receiver
            self.message = message
        }
    }

    /// Messages, in the order in which they are to leave.
    public private(set) var messages: [Outgoing] = []
    /// Records, in the order in which they are to be durable.
    public private(set) var records: [Machine.Record] = []
    /// Events, in the order in which they happened.
    public private(set) var events: [Machine.Event] = []
    /// The position of the last record of the node's life that was stored here or before.
    public private(set) var position: RecordPosition

    /// No effects, of a node that has stored `position` records in this life.
    public init(position: RecordPosition = 0) { self.position = position }

    /// Whether nothing is to be done.
    public var isEmpty: Bool { messages.isEmpty && records.isEmpty && events.isEmpty }

    /// Sends a message. A node may send to itself: the shell brings it back in a later step.
    public mutating func send(_ message: Machine.Message, to receiver: NodeID) {
        messages.append(Outgoing(to: receiver, message))
    }

    /// Has a record made durable, and says its position: `stored(through:)` of it or a later one tells
    /// when it is.
    @discardableResult
    public mutating func store(_ record: Machine.Record) -> RecordPosition {
        records.append(record)
        position += 1
        return position
    }

    /// Tells the application something.
    public mutating func report(_ event: Machine.Event) { events.append(event) }

    /// Empties it for the next step, of a node that has stored `position` records in this life. Keeps
    /// what memory it has.
    public mutating func reset(position: RecordPosition) {
        messages.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        self.position = position
    }
}
