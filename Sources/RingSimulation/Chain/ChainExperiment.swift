public import Randomness
public import ShenRing
public import Simulation
public import StateMachines

/// A chain under given conditions, for the figures that claims are held against.
///
/// A seed determines each run. Times are those of the simulation: with delays, costs and syncs measured on
/// a machine they predict that machine's. Nodes are numbered: wardens, replicas, clients.
public struct ChainExperiment: Sendable {
    /// How the chain is set up: its members, who answers, when nodes forward, windows, batches, leases.
    public var settings: ChainSettings
    /// What the network does.
    public var network: NetworkConditions
    /// What the disks do.
    public var disk: DiskConditions
    /// What the clocks do; no more than `settings.drift` allows.
    public var clocks = ClockConditions()
    /// What messages cost processors, those of clients included.
    public var costs = ProcessingCosts.none
    /// How many clients there are.
    public var clients: Int
    /// What each client does.
    public var load = ClientLoad()
    /// How long clients wait before they try another server.
    public var patience = Span.milliseconds(500)
    /// Where each client reads, by its place among them; all as the settings say where it is empty: at
    /// the tail, or spread over the members.
    public var reads: [ClientSettings.Reads] = []
    /// How long the chain runs before it is measured.
    public var warmUp = Span.milliseconds(500)
    /// How long it is measured.
    public var span = Span.seconds(1)
    /// Whether histories are checked too; logs always are.
    public var checksHistory = true

    /// A chain of `replicas` members and some spares, three wardens, and clients that write and read
    /// keys at random, on a network with a constant delay and disks with a constant latency.
    ///
    /// - Throws: `ChainError` where there are no replicas.
    public init(
        replicas: Int, spares: Int = 0, clients: Int, delay: Span, sync: Span
    ) throws(ChainError) {
        precondition(clients >= 0 && spares >= 0, "\(clients) clients, \(spares) spares")
        let nodes = (0..<3 + max(0, replicas) + spares).map(NodeID.init(place:))
        settings = ChainSettings(
            cluster: ClusterID(1), wardens: Array(nodes[..<3]), replicas: Array(nodes[3...]),
            size: replicas)
        try settings.validate()
        // What was sent is not repeated before its answer can be there.
        let longest = (delay * 4 + sync) * Int64(replicas + 1)
        settings.resend = max(settings.resend, longest)
        settings.stall = max(settings.stall, settings.resend * 4)
        network = NetworkConditions(delay: .constant(delay))
        disk = DiskConditions(sync: .constant(sync))
        patience = settings.resend * 2
        self.clients = clients
        load.keys = 64
        load.comparisons = 0
        load.window = 1
        load.reads = 0
    }

    var servers: Int { settings.wardens.count + settings.replicas.count }

    /// How long a chain takes to come to rest.
    var settleTime: Span { settings.resend * 8 + settings.lease * 4 }

    var clientSettings: [ClientSettings] {
        (0..<clients).map { place in
            var client = ClientSettings(cluster: settings.cluster, servers: settings.replicas)
            client.patience = patience
            client.backoff = max(.milliseconds(1), settings.resend / 2)
            client.load = load
            if !reads.isEmpty {
                client.reads = reads[place % reads.count]
            } else if settings.reading == .anywhere {
                client.reads = .at(settings.replicas[place % settings.size])
            } else {
                client.reads = .at(settings.replicas[settings.size - 1])
            }
            return client
        }
    }

    /// The model of this chain, for constant conditions.
    ///
    /// - Parameters:
    ///   - delay: how long a message takes.
    ///   - sync: how long a sync takes.
    public func model(delay: Span, sync: Span) -> ChainModel {
        ChainModel(
            replicas: settings.size, delay: delay, sync: sync, receive: costs.receive,
            send: costs.send, answering: settings.answering, forwarding: settings.forwarding)
    }

    /// Latency and throughput, while nothing goes wrong.
    public func serve(seed: Seed) -> ChainFigures {
        var world = ChainWorld(self, seed: seed)
        world.advance(to: Moment(nanoseconds: 0) + warmUp)
        let start = world.simulator.now
        let members = world.configuration.members.map(\.node)
        let before = members.map { world.messages(of: $0) }
        world.advance(to: start + span)
        let end = world.simulator.now
        let messages = zip(members, before).map { world.messages(of: $0) - $1 }
        let writes = world.latencies(from: start, to: end, reads: false)
        let reads = world.latencies(from: start, to: end, reads: true)
        return ChainFigures(
            span: span, writes: writes, reads: reads, messages: messages,
            violations: world.finish().violations)
    }
}
