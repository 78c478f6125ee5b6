public import StateMachines

/// What happens to messages between two nodes. A node's messages to itself meet none of it.
public struct NetworkConditions: Hashable, Sendable {
    /// How long a message is on its way, not counting what `bandwidth` adds. Draws are independent, so
    /// that a spread alone lets messages overtake each other.
    public var delay: DelayDistribution
    /// The share of messages that are lost, 0 to 1.
    public var loss: Double
    /// The share of messages, among those not lost, that come twice, 0 to 1. The second copy has a
    /// delay of its own.
    public var duplication: Double
    /// The share of messages that take `lateness` on top of their delay, 0 to 1.
    public var reordering: Double
    /// How much longer messages take that are reordered.
    public var lateness: DelayDistribution
    /// Bytes a second over a link, one way; nil for no limit. Messages leave one behind the other.
    public var bandwidth: Int?
    /// How many bytes may wait for a link with a `bandwidth`, beside the message that is leaving; what
    /// is sent beyond is dropped at its tail, as is what would not have left within an hour.
    public var backlog: Int
    /// The share of messages under way that still arrive where a partition or a block falls before they
    /// do, 0 to 1: those that were beyond the place where the link was cut. Those that arrive after it
    /// is healed have not met it.
    public var crossing: Double
    /// What differs between pairs of nodes by where they stand; nil where nothing does.
    public var geography: Geography?

    /// Conditions of a quiet local network, changed where said.
    public init(
        delay: DelayDistribution = .uniform(.microseconds(200), .microseconds(400)),
        loss: Double = 0, duplication: Double = 0, reordering: Double = 0,
        lateness: DelayDistribution = .exponential(mean: .milliseconds(5)),
        bandwidth: Int? = nil, backlog: Int = 16 << 20, crossing: Double = 0.5,
        geography: Geography? = nil
    ) {
        self.delay = delay
        self.loss = loss
        self.duplication = duplication
        self.reordering = reordering
        self.lateness = lateness
        self.bandwidth = bandwidth
        self.backlog = backlog
        self.crossing = crossing
        self.geography = geography
    }

    /// Finds shares outside 0 to 1, impossible delays, bandwidths below a byte a second, and a geography
    /// that is not of `nodes` nodes.
    public func validate(nodes: Int) throws(SimulationProblem) {
        try delay.validate(as: "the delay of messages")
        try lateness.validate(as: "the lateness of reordered messages")
        try SimulationProblem.check(share: loss, "loss")
        try SimulationProblem.check(share: duplication, "duplication")
        try SimulationProblem.check(share: reordering, "reordering")
        try SimulationProblem.check(share: crossing, "crossing")
        if let bandwidth {
            try SimulationProblem.check(bandwidth, "bandwidth", least: 1, most: 1 << 40)
        }
        try SimulationProblem.check(backlog, "backlog", least: 0, most: 1 << 40)
        try geography?.validate(nodes: nodes)
    }
}

/// Regions, which node stands in which, and how long a message takes from one to another: the delay of
/// a link comes from here in place of `NetworkConditions.delay`.
public struct Geography: Hashable, Sendable {
    /// The region of each node, by place in `delays`.
    public var regions: [Int]
    /// The delay from the region of the row to that of the column; the two ways may differ.
    public var delays: [[DelayDistribution]]

    /// Nodes in these regions, with these delays between them.
    public init(regions: [Int], delays: [[DelayDistribution]]) {
        self.regions = regions
        self.delays = delays
    }

    /// Finds a number of regions that is not that of the nodes, and a table that is not square.
    public func validate(nodes: Int) throws(SimulationProblem) {
        try SimulationProblem.check(regions.count, "nodes with a region", least: nodes, most: nodes)
        for region in regions {
            try SimulationProblem.check(region, "region", least: 0, most: delays.count - 1)
        }
        for row in delays {
            try SimulationProblem.check(
                row.count, "delays of a region", least: delays.count, most: delays.count)
            for delay in row { try delay.validate(as: "the delay between regions") }
        }
    }
}
