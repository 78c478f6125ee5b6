public import Network
public import ShenRing
public import StateMachines

/// How a node takes part in its cluster.
public struct NodeOptions: Sendable {
    /// Which node it is.
    public var id: NodeID
    /// Which cluster it belongs to; what comes from others is refused.
    public var cluster: ClusterID
    /// Where it listens; nil for a node that nobody calls, such as a client.
    public var listening: Address?
    /// Where the nodes are that it calls. Those that are not among them it answers, once they have
    /// called.
    public var peers: [NodeID: Address]
    /// What its connections go over. Over one that proves peers, every node needs a certificate for
    /// ``certifiedName(of:)``, and is refused what it says in another's name.
    public var transport: Transport
    /// How its loop waits.
    public var loop: EventLoop.Options
    /// The most bytes of messages in a frame. One longer message is never sent, and counted.
    public var maximumFrame: Int
    /// How many bytes may wait to be sent to a peer, beyond what the kernel has taken; messages
    /// beyond it are dropped, and counted: whoever sent them repeats them. At least twice
    /// `maximumFrame`.
    public var maximumUnsent: Int
    /// How long it waits before it calls a peer again.
    public var backoff: Backoff
    /// How long somebody who has connected may take to say who it is.
    public var greetingDeadline: Span

    /// A node of a cluster, with limits that suit servers.
    public init(
        id: NodeID, cluster: ClusterID, listening: Address? = nil,
        peers: [NodeID: Address] = [:], transport: Transport = .ring,
        loop: EventLoop.Options = .init(),
        maximumFrame: Int = 4 << 20, maximumUnsent: Int = 16 << 20, backoff: Backoff = .init(),
        greetingDeadline: Span = .seconds(5)
    ) {
        self.id = id
        self.cluster = cluster
        self.listening = listening
        self.peers = peers
        self.transport = transport
        self.loop = loop
        self.maximumFrame = maximumFrame
        self.maximumUnsent = maximumUnsent
        self.backoff = backoff
        self.greetingDeadline = greetingDeadline
    }

    /// The name that a node's certificate has to be signed for: `node-3.nilometer` for node 3.
    public static func certifiedName(of node: NodeID) -> String {
        "node-\(node.rawValue).nilometer"
    }

    /// Traps where the limits make no sense together.
    func check() {
        precondition(maximumFrame >= Greeting.size, "frames of at most \(maximumFrame) bytes")
        precondition(
            maximumUnsent >= 2 * maximumFrame,
            "room for \(maximumUnsent) bytes, where a frame may have \(maximumFrame)")
    }

    /// How its connections are used.
    var connection: ConnectionOptions {
        ConnectionOptions(
            content: .frames(
                FrameLimits(maximumPayload: maximumFrame), cluster: ClusterTag(cluster.rawValue)),
            maximumUnsent: maximumUnsent)
    }
}
