public import StateMachines

/// A client's request, once and for all: a retry carries the same one, so that it takes effect
/// once.
public struct RequestID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Who asks.
    public let client: NodeID
    /// Counts the client's requests from 1; a client that restarts goes on above what it used.
    public let number: UInt64

    /// The request of this number of a client.
    public init(client: NodeID, number: UInt64) {
        self.client = client
        self.number = number
    }

    /// By client, and of one client in the order in which it asked.
    public static func < (left: RequestID, right: RequestID) -> Bool {
        (left.client, left.number) < (right.client, right.number)
    }

    /// The client's number, `#` and the request's.
    public var description: String { "\(client)#\(number)" }
}

/// What a client wants done with a key.
public enum KeyedOperation: Hashable, Sendable {
    /// The key's value becomes this one.
    case write([UInt8])
    /// The key's value becomes the second one where it is the first; nil stands for no value.
    case compareAndSet(expected: [UInt8]?, value: [UInt8])
    /// The key's value.
    case read

    /// Whether it changes nothing.
    public var isRead: Bool { if case .read = self { true } else { false } }
}

/// What became of a request.
public enum RequestOutcome: Hashable, Sendable {
    /// The write has been applied; it stands at this place of the log.
    case written(at: UInt64)
    /// The comparison failed; the key had this value.
    case mismatch([UInt8]?)
    /// What the key held; nil where it was never written.
    case value([UInt8]?)
    /// Not taken here; try that node, or another where it says nil. Nothing was or will be done.
    case redirected(NodeID?)
    /// The server has no room for more requests now. Nothing was or will be done.
    case overloaded
    /// The request is older than what the server remembers of its client: it may have taken effect
    /// once, and will not again.
    case forgotten
}

/// A client's request as it goes over the wire.
public struct ClientRequest: Hashable, Sendable {
    /// Which request it is; a retry has the same.
    public let id: RequestID
    /// The oldest number of this client that it still waits for: what is before may be forgotten.
    public let oldest: UInt64
    /// The key that it is about.
    public let key: UInt64
    /// What is to be done with the key.
    public let operation: KeyedOperation

    /// A request, or a retry of one. `oldest` lies in 1...`id.number`.
    public init(id: RequestID, oldest: UInt64, key: UInt64, operation: KeyedOperation) {
        self.id = id
        self.oldest = oldest
        self.key = key
        self.operation = operation
    }
}
