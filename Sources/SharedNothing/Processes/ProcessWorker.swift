/// What the numbers of messages belong to: message 7 of one stream is not message 7 of another.
///
/// Each `ProcessHost` begins a stream of its own, which its restarts continue. Who keeps numbers over
/// the end of the program names its stream itself.
public struct MessageStream: Hashable, Sendable {
    /// Its number, which no other stream has.
    public let identity: UInt64

    /// The stream of this number.
    public init(identity: UInt64) { self.identity = identity }

    /// One that there was not before, on this machine or any other: drawn from the system's
    /// randomness. It names a stream, and decides nothing.
    public static func unique() -> MessageStream {
        MessageStream(identity: .random(in: 1 ... .max))
    }
}

/// What a worker in a process of its own does.
///
/// The program that starts it is the program it runs in, started once more: `handle` is ordinary
/// code, with the rest of the program around it and none of its memory. When it traps or is killed,
/// the process of its pool goes on.
public protocol ProcessWorker<Message, Response>: Sendable {
    /// What it remembers between messages; what cannot be copied goes into a class of its own.
    associatedtype State
    /// What is sent to it.
    associatedtype Message: WireMessage
    /// What it answers to each.
    associatedtype Response: WireMessage

    /// Makes the state, in the new process. `argument` is what the starting process gave, `stream`
    /// what the numbers of the messages belong to.
    func start(_ argument: String, _ stream: MessageStream) throws -> State

    /// Handles the message with this number. Numbers rise by one and are the same when a message is
    /// delivered again, which happens when the process ended before its answer was published: at
    /// least once is promised, not exactly once. They mean something within their stream alone.
    func handle(_ message: Message, _ ordinal: UInt64, _ state: inout State) throws -> Response

    /// Takes leave of the state when the process is told to end. The default destroys it.
    func stop(_ state: consuming State)
}

extension ProcessWorker {
    /// Destroys the state.
    public func stop(_ state: consuming State) { _ = consume state }
}
