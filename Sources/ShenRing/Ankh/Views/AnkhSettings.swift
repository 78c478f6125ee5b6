public import StateMachines

/// What a node that shares a ring is told once.
public struct AnkhSettings: Sendable {
    /// The cluster's number: messages of others are ignored.
    public var cluster: ClusterID
    /// The node.
    public var node: NodeID
    /// The nodes that it talks to, itself or not.
    public var peers: [NodeID]
    /// The one node that gives out versions.
    public var writer: NodeID
    /// The ring of a node that has heard of none yet; the same for all.
    public var first: RingView
    /// How often it compares its ring with others'.
    public var interval: Span
    /// With how many it compares it each time, and how many it tells of a new one at once.
    public var fanout: Int
    /// How many changes it keeps for others; who has missed more gets the whole view.
    public var history: Int
    /// What the node does wrong.
    package var planted = Planted<AnkhMistake>()

    /// Settings of a node among `peers`.
    ///
    /// - Precondition: interval, fan-out and history are positive.
    public init(
        cluster: ClusterID, node: NodeID, peers: [NodeID], writer: NodeID, first: RingView,
        interval: Span = .seconds(1), fanout: Int = 3, history: Int = 64
    ) {
        precondition(interval > .zero, "an interval of \(interval)")
        precondition(fanout >= 1 && history >= 1, "fan-out \(fanout), \(history) changes kept")
        (self.cluster, self.node, self.writer) = (cluster, node, writer)
        self.peers = peers.filter { $0 != node }
        (self.first, self.interval) = (first, interval)
        (self.fanout, self.history) = (fanout, history)
    }

    /// Whether a mistake was planted; never where none can be.
    func has(_ mistake: AnkhMistake) -> Bool {
        planted.has(mistake)
    }
}
