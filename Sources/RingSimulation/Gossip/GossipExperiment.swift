public import Randomness
public import ShenRing
public import Simulation
import StateMachines

/// Measures what gossip does in a simulated cluster: how fast news spreads, how fast a crash is noticed,
/// how often it is wrong, what it costs, and how long it takes to come together again.
///
/// Each trial is a cluster of its own, from a seed of its own; nothing is kept between them. Nodes know
/// each other from the start (`settings.members`), but where an experiment says otherwise.
public struct GossipExperiment: Sendable {
    /// How many nodes, at least 1.
    public let nodes: Int
    /// How each takes part.
    public let settings: SundialSettings
    /// What the network does.
    public var network: NetworkConditions
    /// What a message costs a node.
    public var costs: ProcessingCosts
    /// How many clusters are tried.
    public var trials: Int
    /// Determines all trials.
    public var seed: Seed

    /// An experiment.
    ///
    /// - Throws: what is wrong with the settings, a cluster of no nodes included.
    public init(
        nodes: Int, settings: SundialSettings, network: NetworkConditions = .init(),
        costs: ProcessingCosts = .none, trials: Int = 1, seed: Seed
    ) throws(SundialError) {
        guard (1...Conditions.mostNodes).contains(nodes) else {
            throw SundialError(
                setting: "nodes", found: "\(nodes)", expected: "1...\(Conditions.mostNodes)")
        }
        guard trials >= 1 else {
            throw SundialError(setting: "trials", found: "\(trials)", expected: "1 or more")
        }
        self.nodes = nodes
        self.network = network
        self.costs = costs
        self.trials = trials
        self.seed = seed
        var settings = settings
        settings.capacity = max(settings.capacity, nodes)
        settings.members = nodes
        try settings.check()
        self.settings = settings
    }

    /// A cluster whose nodes have started.
    func cluster(
        trial: Int, settings: SundialSettings? = nil
    ) -> Simulator<Sundial> {
        let settings = settings ?? self.settings
        return Simulator(
            nodes: nodes, seed: seed.derived(for: trial), network: network, costs: costs,
            size: { $0.byteCount },
            make: { Sundial($0, settings: settings, recovered: $1, seed: $2) })
    }

    /// What is random about a trial beside the cluster itself.
    func generator(trial: Int) -> Xoshiro256StarStar {
        seed.derived(for: "choices").derived(for: trial).generator()
    }

    /// Whether all that run have each other as members, and know the same.
    func isConverged(_ simulator: Simulator<Sundial>, running: Int) -> Bool {
        var fingerprint: UInt64?
        for place in 0..<nodes {
            guard let member = simulator[NodeID(place: place)] else { continue }
            guard member.memberCount == running else { return false }
            if let fingerprint, fingerprint != member.fingerprint { return false }
            fingerprint = member.fingerprint
        }
        return true
    }

    /// What all nodes sent and received since the start, and the most that one did.
    func load(of simulator: Simulator<Sundial>) -> GossipLoad {
        let counts = (0..<nodes).map { place in
            let traffic = simulator.traffic(of: NodeID(place: place))
            return traffic.sent + traffic.received
        }
        return GossipLoad(counts, over: simulator.now - Moment(nanoseconds: 0))
    }
}

/// What gossip costs a node, sent and received together, on average over nodes and at most.
public struct GossipLoad: Hashable, Sendable {
    /// Messages a second, on average over nodes.
    public let meanMessages: Double
    /// Messages a second of the node with the most.
    public let mostMessages: Double
    /// Bytes a second, on average over nodes; see `SundialMessage.byteCount` for what is counted.
    public let meanBytes: Double
    /// Bytes a second of the node with the most.
    public let mostBytes: Double

    init(_ counts: [Traffic.Count], over span: Span) {
        let seconds = max(span.inSeconds, 1e-9)
        let total = counts.reduce(Traffic.Count(), +)
        let nodes = Double(max(1, counts.count))
        meanMessages = Double(total.messages) / nodes / seconds
        meanBytes = Double(total.bytes) / nodes / seconds
        mostMessages = Double(counts.map(\.messages).max() ?? 0) / seconds
        mostBytes = Double(counts.map(\.bytes).max() ?? 0) / seconds
    }
}
