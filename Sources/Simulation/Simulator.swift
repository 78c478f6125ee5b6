public import Randomness
public import StateMachines

/// A cluster of state machines under a clock, a network, disks and faults that a seed determines.
///
/// A discrete-event simulation: whatever happens is an event at a moment of virtual time, and the clock
/// goes from one to the next. Events of one moment come in the order in which they were made. The same
/// arguments and the same calls give the same steps in any process, which `trace` proves. What the
/// network does to a node's messages, what its disk does and what its machine draws come from generators
/// of its own, so that one node's draws do not shift another's.
///
/// Whoever drives it calls `next` in a loop, and asks, inflicts and sets alarms in between. It is a value:
/// a copy is a branch, from which both go on alike until they are driven differently.
///
/// A step costs O(log n) for n events that are to come. Memory is what is under way: messages are
/// bounded where `ProcessingCosts.queue` and `NetworkConditions.backlog` say so, records where `compact`
/// is given. Not for several threads at once; simulations of different seeds share nothing.
public struct Simulator<Machine: StateMachine> {
    /// Sees each message when it is handed to its receiver's machine.
    public var onDelivery: ((Machine.Message, _ from: NodeID, _ to: NodeID, Moment) -> Void)?
    /// Says of each message that leaves a node for another whether it is dropped.
    public var drops: ((Machine.Message, _ from: NodeID, _ to: NodeID, Moment) -> Bool)?
    /// Digests a message for the trace, which holds its sender, size and order without it.
    public var digest: ((Machine.Message) -> UInt64)?
    /// Has durable records replaced by fewer that a machine recovers from alike; asked whenever they
    /// have doubled since, from 1 024 on. Without it a disk keeps all that was ever stored.
    public var compact: (([Machine.Record]) -> [Machine.Record])?

    /// How long a node waits for further messages after one, by its own clock, before it settles what all of
    /// them lead to, as a shell does at the end of its turn; nil where each message is received by itself.
    /// To be set before the first step.
    public var burst: Span? {
        didSet { unsettled = Array(repeating: nil, count: burst == nil ? 0 : machines.count) }
    }

    @usableFromInline var model: ClusterModel
    @usableFromInline var machines: [Machine?]
    @usableFromInline var disks: [DiskContents<Machine.Record>]
    /// Messages under way, in the slots of the model.
    @usableFromInline var messages = Slab<Machine.Message>()
    @usableFromInline var requests = Slab<Machine.Request>()
    @usableFromInline var faults = Slab<Fault>()
    @usableFromInline var alarms = Slab<Int>()
    /// What is to be told before anything else happens.
    @usableFromInline var untold = Queue<Untold>()
    /// Whether anybody is told what happens.
    @usableFromInline var isTelling = true
    @usableFromInline var effects = Effects<Machine>()
    /// Until when each node that has absorbed messages waits for more.
    @usableFromInline var unsettled: [Moment?] = []
    @usableFromInline let size: @Sendable (Machine.Message) -> Int
    @usableFromInline let make: @Sendable (NodeID, [Machine.Record], Seed) -> Machine

    /// What is to be told: small, since of events there are as many as of messages and more. A fault has
    /// conditions of networks in it, and waits in its slab.
    @usableFromInline
    enum Untold {
        case event(Machine.Event, of: NodeID)
        case fault(slot: UInt32)
    }

    /// What became of going on.
    @usableFromInline
    enum Advance {
        /// It did, by a step or less.
        case step
        /// The alarm in the slot came.
        case alarm(UInt32)
        /// The end is reached.
        case end
    }

    /// Starts the nodes of a cluster at moment zero.
    ///
    /// - Parameters:
    ///   - nodes: how many there are, down ones included: n0, n1 …
    ///   - starting: those that start, all where nil; the others are down, with empty disks, until a
    ///     restart.
    ///   - size: what a message takes on the wire, in bytes, from 0 to 2³² − 1.
    ///   - make: gives the machine of a node's life: `recovered` are the records that its disk holds, in
    ///     order; the seed is the node's and the life's own.
    ///
    /// - Precondition: `Conditions.validate` finds nothing wrong; what people wrote goes through it first.
    @inlinable
    public init(
        nodes: Int, seed: Seed, network: NetworkConditions = .init(),
        disk: DiskConditions = .init(), clocks: ClockConditions = .init(),
        costs: ProcessingCosts = .none, starting: [NodeID]? = nil,
        size: @escaping @Sendable (Machine.Message) -> Int = { _ in 64 },
        make: @escaping @Sendable (NodeID, _ recovered: [Machine.Record], _ seed: Seed) -> Machine
    ) {
        let conditions = Conditions(network: network, disk: disk, clocks: clocks, costs: costs)
        model = ClusterModel(nodes: nodes, seed: seed, conditions)
        machines = Array(repeating: nil, count: nodes)
        disks = Array(repeating: DiskContents(), count: nodes)
        self.size = size
        self.make = make
        for node in starting ?? (0..<nodes).map(NodeID.init(place:)) {
            _ = restart(place(of: node))
        }
    }

    /// The moment of the simulator's clock, which starts at zero and no node sees.
    @inlinable
    public var now: Moment { Moment(nanoseconds: model.time) }

    /// The digest of every step so far.
    @inlinable
    public var trace: TraceHash { model.trace }

    /// How many steps there were: whatever a machine was handed, and every fault.
    @inlinable
    public var steps: Int { model.steps }

    /// The machine of a node; nil while it is down.
    @inlinable
    public subscript(node: NodeID) -> Machine? { machines[place(of: node)] }

    /// How many nodes there are, down ones included.
    @inlinable
    public var nodeCount: Int { machines.count }

    /// The records that are durable on a node's disk, in order.
    @inlinable
    public func durable(on node: NodeID) -> [Machine.Record] { disks[place(of: node)].durable }

    /// Whether a node runs: neither down nor frozen.
    public func runs(_ node: NodeID) -> Bool { model.nodes[place(of: node)].runs }

    /// Whether a node is down.
    public func isDown(_ node: NodeID) -> Bool { !model.nodes[place(of: node)].isUp }

    /// What a node's own clock reads; nil while it is down.
    public func clock(of node: NodeID) -> Moment? {
        isDown(node) ? nil : model.reading(node.place)
    }

    /// What a node has sent and received, over all its lives.
    public func traffic(of node: NodeID) -> Traffic { model.nodes[place(of: node)].traffic }

    /// How many messages are under way or wait for their receiver.
    public var underWay: Int { model.flights.count }

    /// A node's place, which must be one of the cluster.
    @inlinable
    func place(of node: NodeID) -> Int {
        precondition(node.place < machines.count, "no node \(node) among \(machines.count)")
        return node.place
    }
}
