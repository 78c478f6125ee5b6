public import Randomness
public import ShenRing
public import Simulation
public import StateMachines

/// How nodes disagree about the ring while news of a change spreads.
///
/// One of the nodes gives a new version out; the others hear of it from each other. At every adoption the
/// share of keys is computed, exactly from the arcs, about which two nodes drawn at random disagree.
public struct DisagreementExperiment: Sendable {
    /// How many nodes share the ring, all of them members of it.
    public var nodes = 100
    /// Points for each unit of weight.
    public var virtualNodes = AnkhRing.defaultVirtualNodes
    /// How many members join at once; negative: leave.
    public var joining = 1
    /// How often nodes compare their rings.
    public var interval = Span.seconds(1)
    /// With how many.
    public var fanout = 3
    /// The network between them.
    public var network = NetworkConditions()
    /// What a sync of the writer's disk takes, before which nobody hears of the change.
    public var disk = DiskConditions()

    /// What came out.
    public struct Outcome: Hashable, Sendable {
        /// From the durable change to the last node's adoption; nil where some had not heard by the end.
        public var window: Span?
        /// From the durable change to the adoption by half of the nodes.
        public var half: Span?
        /// The share of keys that have another owner in the new ring: what two nodes disagree about that
        /// have one each.
        public var contested = 0.0
        /// The most, over time, of the share of pairs of a node pair and a key that disagree.
        public var worst = 0.0
        /// That share added up over time, in seconds: with lookups at a rate of 1 a second, how many of
        /// them another node would have answered otherwise.
        public var integral = 0.0
        /// The share at each adoption, by the time since the change.
        public var curve: [Point] = []
        /// How many messages all nodes sent until the last had heard.
        public var messages = 0
        /// How many bytes these were together.
        public var bytes = 0
        /// The digest of the simulation's steps.
        public var trace: UInt64 = 0

        /// A share of keys at a moment after the change.
        public struct Point: Hashable, Sendable {
            /// The time since the change was durable.
            public var since: Span
            /// How many nodes have the new ring.
            public var adopted: Int
            /// The share of pairs of a node pair and a key that disagree from then on.
            public var share: Double
        }
    }

    /// The defaults: one joins 100 nodes.
    public init() {}

    /// Runs it: equal settings and seeds give equal outcomes.
    ///
    /// - Throws: what makes no ring of the members, before or after the change.
    public func run(seed: Seed) throws(RingError) -> Outcome {
        precondition(nodes >= 1, "\(nodes) nodes")
        let before = try RingView(
            version: .first, members: (0..<nodes).map { RingMember(NodeName("node-\($0)")) },
            virtualNodes: virtualNodes)
        let change = RingChange(
            making: before.version.next,
            joining: (0..<max(joining, 0)).map { RingMember(NodeName("new-\($0)")) },
            leaving: (0..<max(-joining, 0)).map { NodeName("node-\(nodes - 1 - $0)") })
        let after = try before.applying(change)
        var outcome = Outcome()
        outcome.contested =
            try VersionedRing(before).ring.disagreement(with: VersionedRing(after).ring).fraction
        spread(change, over: before, seed: seed, into: &outcome)
        return outcome
    }

    private func spread(
        _ change: RingChange, over before: RingView, seed: Seed, into outcome: inout Outcome
    ) {
        let peers = (0..<nodes).map(NodeID.init(place:))
        let (interval, fanout) = (interval, fanout)
        var simulator = Simulator(
            nodes: nodes, seed: seed, network: network, disk: disk, size: { $0.size }
        ) { node, recovered, seed in
            AnkhNode(
                AnkhSettings(
                    cluster: ClusterID(1), node: node, peers: peers, writer: peers[0],
                    first: before, interval: interval, fanout: fanout),
                recovered: recovered, seed: seed)
        }
        // When nodes have found their rhythm.
        let begin = simulator.now + interval
        simulator.alarm(0, at: begin)
        let end = begin + interval * 1_000
        var tally = Tally(nodes: nodes, contested: outcome.contested)
        while !tally.isOver, let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .alarm: simulator.ask(AnkhNode.Request(change), of: peers[0])
            case .event(.adopted(let view), _, let now) where view.version == change.version:
                tally.adopt(at: now, into: &outcome)
            default: break
            }
        }
        for node in peers {
            outcome.messages += simulator.traffic(of: node).sent.messages
            outcome.bytes += simulator.traffic(of: node).sent.bytes
        }
        outcome.trace = simulator.trace.value
    }

    /// Who has heard, and what that means for pairs of nodes.
    private struct Tally {
        let nodes: Int
        let contested: Double
        private var adopted = 0
        private var began: Moment?
        private var last = Moment(nanoseconds: 0)
        private var share = 0.0

        init(nodes: Int, contested: Double) {
            (self.nodes, self.contested) = (nodes, contested)
        }

        var isOver: Bool { adopted == nodes }

        mutating func adopt(at now: Moment, into outcome: inout Outcome) {
            let start = began ?? now
            began = start
            outcome.integral += share * (adopted == 0 ? 0 : (now - last).inSeconds)
            adopted += 1
            last = now
            // Ordered pairs of different nodes of which one has heard and the other has not.
            let pairs = max(1, nodes * (nodes - 1))
            share = contested * Double(2 * adopted * (nodes - adopted)) / Double(pairs)
            outcome.worst = max(outcome.worst, share)
            outcome.curve.append(.init(since: now - start, adopted: adopted, share: share))
            if 2 * adopted >= nodes, outcome.half == nil { outcome.half = now - start }
            if isOver { outcome.window = now - start }
        }
    }
}
