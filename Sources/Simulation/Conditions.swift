public import StateMachines

/// What a node's disk does.
public struct DiskConditions: Hashable, Sendable {
    /// How long a sync takes, whatever it syncs.
    public var sync: DelayDistribution
    /// The most records that one sync makes durable; what is stored while it is under way waits for the
    /// next. 1 for a disk without group commit.
    public var group: Int
    /// The share of syncs that fail, 0 to 1. See `Fault.failSyncs` for what becomes of the node.
    public var failure: Double

    /// Conditions of a fast disk with group commit, changed where said.
    public init(
        sync: DelayDistribution = .uniform(.microseconds(100), .microseconds(300)),
        group: Int = .max, failure: Double = 0
    ) {
        self.sync = sync
        self.group = group
        self.failure = failure
    }

    /// Finds an impossible latency or share, and groups of no records.
    public func validate() throws(SimulationProblem) {
        try sync.validate(as: "the latency of a sync")
        try SimulationProblem.check(group, "records in a sync", least: 1, most: .max)
        try SimulationProblem.check(share: failure, "failing syncs")
    }
}

/// How far nodes' clocks are from the simulator's. Each life of a node draws its own.
public struct ClockConditions: Hashable, Sendable {
    /// The most that a clock is ahead or behind when its node starts. All clocks are ahead of the
    /// simulator's by this much on average, so that none reads less than zero.
    public var offset: Span
    /// The most that a clock runs fast or slow, as a share: 1e-4 for 100 parts in a million.
    public var drift: Double

    /// Clocks that are alike, changed where said.
    public init(offset: Span = .zero, drift: Double = 0) {
        self.offset = offset
        self.drift = drift
    }

    /// Finds a negative offset, and a drift that is not from 0 to 0.5.
    public func validate() throws(SimulationProblem) {
        try SimulationProblem.check(offset, "the offset of clocks")
        guard drift >= 0, drift <= 0.5 else {
            throw .number("the drift of clocks", drift, expected: "a share from 0 to 0.5")
        }
    }
}

/// What a node's processor takes for its work: it does one thing at a time, and what comes meanwhile
/// waits for it in the order in which it came.
public struct ProcessingCosts: Hashable, Sendable {
    /// What it takes to handle a message or a request; effects are there when it is over.
    public var receive: Span
    /// What it takes to hand a message to the network; each leaves when its own is over.
    public var send: Span
    /// How many things may wait for a node, be it busy or frozen; messages beyond are dropped.
    public var queue: Int

    /// No costs: a node handles what comes at once.
    public static let none = ProcessingCosts(receive: .zero, send: .zero)

    /// These costs, in a queue of up to 65 536.
    public init(receive: Span, send: Span, queue: Int = 1 << 16) {
        self.receive = receive
        self.send = send
        self.queue = queue
    }

    var areNone: Bool { receive == .zero && send == .zero }

    /// Finds negative costs, and a queue without room.
    public func validate() throws(SimulationProblem) {
        try SimulationProblem.check(receive, "the cost of a message received")
        try SimulationProblem.check(send, "the cost of a message sent")
        try SimulationProblem.check(queue, "the queue of a node", least: 1, most: 1 << 30)
    }
}

/// All that a simulated cluster runs under.
///
/// `Simulator` takes conditions that are valid, as a programmer writes them; what a person wrote goes
/// through `validate` first, which says what is wrong with it.
public struct Conditions: Hashable, Sendable {
    /// How many nodes a cluster may have.
    public static let mostNodes = 1 << 20

    /// What happens to messages.
    public var network: NetworkConditions
    /// What disks do.
    public var disk: DiskConditions
    /// How far clocks are apart.
    public var clocks: ClockConditions
    /// What processors take for their work.
    public var costs: ProcessingCosts

    /// The conditions given, and the defaults of those that are not.
    public init(
        network: NetworkConditions = .init(), disk: DiskConditions = .init(),
        clocks: ClockConditions = .init(), costs: ProcessingCosts = .none
    ) {
        self.network = network
        self.disk = disk
        self.clocks = clocks
        self.costs = costs
    }

    /// Finds what a cluster of `nodes` nodes cannot run under, 0 nodes included.
    public func validate(nodes: Int) throws(SimulationProblem) {
        guard nodes >= 1, nodes <= Conditions.mostNodes else { throw .nodes(nodes) }
        try network.validate(nodes: nodes)
        try disk.validate()
        try clocks.validate()
        try costs.validate()
    }
}
