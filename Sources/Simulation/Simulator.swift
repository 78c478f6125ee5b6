public import Randomness
public import StateMachines

/// A cluster of state machines under a clock, a network, disks and faults that a seed determines.
public struct Simulator<Machine: StateMachine> {
    /// The moment of the simulator's clock, which starts at zero and no node sees.
    public private(set) var now = Moment(nanoseconds: 0)
    /// The digest of every step so far.
    public private(set) var trace = TraceHash()

    /// Starts every node of a cluster at moment zero.
    ///
    /// - Parameters:
    ///   - nodes: how many there are, down ones included: n0, n1 …
    ///   - starting: those that start; the others are down, with empty disks, until a restart.
    ///   - size: what a message takes on the wire, in bytes.
    ///   - make: gives the machine of a node's life: `recovered` are the records that its disk holds, in
    ///     order; the seed is the node's and the life's own.
    ///
    /// - Precondition: `Conditions.validate` finds nothing wrong; what people wrote goes through it first.
    public init(
        nodes: Int, seed: Seed, network: NetworkConditions = .init(),
        disk: DiskConditions = .init(), clocks: ClockConditions = .init(),
        costs: ProcessingCosts = .none, starting: [NodeID]? = nil,
        size: @escaping @Sendable (Machine.Message) -> Int = { _ in 64 },
        make: @escaping @Sendable (NodeID, _ recovered: [Machine.Record], _ seed: Seed) -> Machine
    ) {
        preconditionFailure("being written")
    }

    /// The machine of a node; nil while it is down.
    public subscript(node: NodeID) -> Machine? { preconditionFailure("being written") }

    /// Whether a node runs: neither down nor frozen.
    public func runs(_ node: NodeID) -> Bool { preconditionFailure("being written") }

    /// What a node's own clock reads; nil while it is down.
    public func clock(of node: NodeID) -> Moment? { preconditionFailure("being written") }

    /// What a node has sent, received and lost, over all its lives.
    public func traffic(of node: NodeID) -> Traffic { preconditionFailure("being written") }

    /// The records that are durable on a node's disk.
    public func durable(on node: NodeID) -> [Machine.Record] {
        preconditionFailure("being written")
    }

    /// Events so far: deliveries, timers, syncs, alarms and faults.
    public var steps: UInt64 { preconditionFailure("being written") }

    /// Sees each message when it is handed to its receiver's machine.
    public var onDelivery: ((Machine.Message, _ from: NodeID, _ to: NodeID, Moment) -> Void)?

    /// Says of each message that leaves a node for another whether it is dropped.
    public var drops: ((Machine.Message, _ from: NodeID, _ to: NodeID, Moment) -> Bool)?

    /// Hands a request to a node's machine now; ignored where it is down or frozen, or its queue is full.
    /// Returns whether it was taken.
    @discardableResult
    public mutating func ask(_ request: Machine.Request, of node: NodeID) -> Bool {
        preconditionFailure("being written")
    }

    /// Has a fault come now. Returns whether it applied.
    @discardableResult
    public mutating func inflict(_ fault: Fault) -> Bool { preconditionFailure("being written") }

    /// Has a fault come later, which `next` then tells where it applies.
    public mutating func schedule(_ fault: Fault, at moment: Moment) {
        preconditionFailure("being written")
    }

    /// Has all faults of a plan come.
    public mutating func schedule(_ plan: FaultPlan) {
        for step in plan.steps { schedule(step.fault, at: step.moment) }
    }

    /// Has `next` tell an alarm with this token at this moment.
    public mutating func alarm(_ token: Int, at moment: Moment) {
        preconditionFailure("being written")
    }

    /// Runs until something is to be told, or until `end`, which `now` is then.
    public mutating func next(until end: Moment) -> Occurrence<Machine>? {
        preconditionFailure("being written")
    }
}
