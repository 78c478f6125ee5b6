/// One node of a protocol as a value: messages, requests and time go in, and what is to be sent, made
/// durable and told comes out.
///
/// It reads no clock, touches no socket and no file, starts no thread, and draws randomness only from a
/// generator that it was made with. So a simulator with virtual time, a process with threads and a
/// cluster with sockets run the same code, and a failure repeats from its seed.
///
/// Whoever runs it, its *shell*, promises:
/// - one call at a time, with `now` read from the node's own clock, which never goes back while the node
///   runs (it may be skewed, drift, and jump ahead after a pause);
/// - records reach the disk in the order in which they were stored; `stored` says how far they have;
/// - what was said in `effects` is done after the call returns: messages leave as they stand there,
///   whether or not records of the same call are durable. A message that promises what a record holds
///   must therefore wait for `stored`;
/// - `wake` is called at `deadline` or later, never without one that has come;
/// - after messages were absorbed, `settle` is called before anything else is;
/// - messages may be lost, doubled, delayed and reordered, but not changed, and the sender is who it says.
public protocol StateMachine: Sendable {
    /// What nodes send to each other.
    associatedtype Message: Sendable
    /// What has to outlive a crash; `Never` where nothing does.
    associatedtype Record: Sendable
    /// What the application on this node asks for.
    associatedtype Request: Sendable
    /// What the application on this node is told.
    associatedtype Event: Sendable

    /// Begins this life of the node; called once, before anything else.
    mutating func start(at now: Moment, into effects: inout Effects<Self>)

    /// Takes a message of another node, or of this one.
    mutating func receive(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>)

    /// Takes a message that came together with others: as `receive` does, but what all of them lead to may
    /// wait for `settle`.
    ///
    /// Where each message by itself would be answered, stored and passed on by one of its own, so many that
    /// come at once take one message and one record.
    mutating func absorb(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>)

    /// Does what messages that were absorbed lead to.
    mutating func settle(at now: Moment, into effects: inout Effects<Self>)

    /// Takes what the application on this node asks for.
    mutating func handle(_ request: Request, at now: Moment, into effects: inout Effects<Self>)

    /// Does what is due; `deadline` has come.
    mutating func wake(at now: Moment, into effects: inout Effects<Self>)

    /// Hears that all records up to this position of this life are durable.
    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>)

    /// When `wake` has to be called, by the node's own clock; nil where nothing is due by itself.
    var deadline: Moment? { get }
}

extension StateMachine {
    /// Takes it as if it had come alone.
    @inlinable
    public mutating func absorb(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        receive(message, from: sender, at: now, into: &effects)
    }

    /// Does nothing: nothing has waited.
    @inlinable
    public mutating func settle(at now: Moment, into effects: inout Effects<Self>) {}
}

/// How many records a node has stored since it started: the position of a record is the count with it.
public typealias RecordPosition = UInt64
