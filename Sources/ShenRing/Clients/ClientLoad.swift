public import StateMachines

/// What a client does all by itself: closed-loop load, as many requests under way as its window has
/// room.
public struct ClientLoad: Hashable, Sendable {
    /// How many keys there are: `firstKey` and up, each as often as any other.
    public var keys: UInt64 = 8
    /// The lowest key: clients whose keys are not the same never hear of each other.
    public var firstKey: UInt64 = 0
    /// The share of reads, 0 to 1.
    public var reads = 0.4
    /// The share of comparisons among what is no read, 0 to 1.
    public var comparisons = 0.3
    /// How many requests it has under way at most.
    public var window = 2
    /// How long it waits between an answer and the next request.
    public var pause: Span = .zero
    /// How many bytes a value has, 12 at least: they begin with the request's name, so that no two
    /// writes write the same.
    public var valueBytes = 12
    /// How many requests it makes before it stops; nil for no end.
    public var requests: UInt64?

    /// The defaults, changed where said afterwards.
    public init() {}
}

/// How a client finds its servers, and how long it waits for them.
public struct ClientSettings: Hashable, Sendable {
    /// Where a client sends reads.
    public enum Reads: Hashable, Sendable {
        /// To the server that took its last write, or that it was sent to.
        case asWrites
        /// To any server, drawn for each read.
        case anywhere
        /// To this one, and to others only when it does not answer.
        case at(NodeID)
    }

    /// The cluster.
    public var cluster: ClusterID
    /// The servers that it knows, one at least.
    public var servers: [NodeID]
    /// How long it waits for an answer before it sends a request again, to another server.
    public var patience: Span = .milliseconds(500)
    /// How long it waits before it sends a request again that no server would take; after a server
    /// without room up to half as long, by chance.
    public var backoff: Span = .milliseconds(20)
    /// How many times that doubles while servers have no room for a request, 0 to 20.
    public var backoffDoublings = 4
    /// Where it reads.
    public var reads = Reads.asWrites
    /// Whether the server that takes a write need not be the one that answers it, as the head and the
    /// tail of a chain: writes then go where the last one was taken, not to who answered it.
    public var isAnsweredByOthers = false
    /// The number of its first request: above all that a client of the same node used before it
    /// restarted.
    public var firstNumber: UInt64 = 1
    /// What it does by itself; nil where it only does what it is asked.
    public var load: ClientLoad?

    /// A client of these servers.
    public init(cluster: ClusterID, servers: [NodeID]) {
        precondition(!servers.isEmpty, "a client without servers")
        self.cluster = cluster
        self.servers = servers
    }
}

/// What a client is asked by its application.
public enum ClientCommand: Hashable, Sendable {
    /// Does this to a key; there is no limit to how much is under way.
    case perform(key: UInt64, KeyedOperation)
    /// Makes no requests by itself any more; those under way go on.
    case stop
    /// Makes requests by itself again, up to its window.
    case resume
    /// Knows one more server from now on.
    case meet(NodeID)
}

/// What a client tells: the history of what it asked and heard.
public enum ClientEvent: Hashable, Sendable {
    /// It asks this now, for the first time.
    case invoked(RequestID, key: UInt64, KeyedOperation)
    /// It has heard what became of it.
    case answered(RequestID, RequestOutcome)
    /// It has heard that nobody remembers: whether it took effect is not known.
    case abandoned(RequestID)
}
