import Randomness
import ShenRing
import Simulation
import StateMachines

/// A quorum under closed-loop load that measures what its clients wait for, and checks what they
/// hear.
struct QuorumBenchWorld {
    private let experiment: QuorumExperiment
    private(set) var simulator: Simulator<QuorumParticipant>
    private var checks = QuorumChecks(followsStates: false)
    /// When each request was invoked, and whether it was a read, by client and number from 1.
    private var invoked: [[(at: Moment, isRead: Bool)]]
    private(set) var leader: NodeID?
    /// Answers to clients, in their order.
    private(set) var answers: [StoreAnswer] = []
    /// Faults that applied.
    private(set) var befallen: [BefallenFault] = []

    private var servers: [NodeID] { (0..<experiment.replicas).map(NodeID.init(place:)) }

    init(_ experiment: QuorumExperiment, settings: QuorumSettings? = nil, patience: Span? = nil) {
        self.experiment = experiment
        invoked = Array(repeating: [], count: experiment.clients)
        let settings = settings ?? experiment.settings
        let servers = (0..<experiment.replicas).map(NodeID.init(place:))
        let reads = experiment.reads
        let client = Self.client(experiment, servers: servers, patience: patience)
        simulator = Simulator(
            nodes: experiment.replicas + experiment.clients, seed: experiment.seed,
            network: NetworkConditions(delay: experiment.delay, loss: experiment.loss),
            disk: DiskConditions(sync: experiment.sync), costs: experiment.costs, size: \.size
        ) { node, recovered, seed in
            guard node.place < servers.count else {
                var client = client
                if reads == .follower { client.reads = .at(servers[node.place % servers.count]) }
                return .client(KeyedClient(node, settings: client, seed: seed))
            }
            do throws(QuorumError) {
                return .server(
                    try QuorumNode(
                        node, settings: settings, origin: .founding(servers), recovered: recovered,
                        seed: seed))
            } catch { preconditionFailure("\(error)") }
        }
        simulator.compact = { records in (try? QuorumNode.compacted(records)) ?? records }
    }

    private static func client(
        _ experiment: QuorumExperiment, servers: [NodeID], patience: Span?
    ) -> ClientSettings {
        var client = ClientSettings(cluster: experiment.cluster, servers: servers)
        client.patience = patience ?? .seconds(1)
        client.backoff = patience ?? .milliseconds(20)
        var load = ClientLoad()
        // So many that hardly two clients meet at one: that is the easy case for the checker too.
        load.keys = 100_000
        load.reads = experiment.readShare
        load.comparisons = 0
        load.window = experiment.window
        load.pause = experiment.pause
        load.valueBytes = experiment.valueBytes
        client.load = load
        return client
    }

    mutating func measure() -> QuorumExperiment.Measurement {
        // The first election takes up to two timeouts, and is not what is measured.
        while leader == nil, simulator.now < Moment(nanoseconds: 0) + .seconds(30) {
            pass(until: simulator.now + .milliseconds(100))
        }
        pass(until: simulator.now + experiment.warmUp)
        let (begin, before) = (simulator.now, leaderTraffic)
        answers.removeAll()
        pass(until: begin + experiment.duration)
        let counted = answers.filter { $0.at - $0.took >= begin }
        let messages = leaderTraffic - before
        var result = QuorumExperiment.Measurement()
        result.operations = counted.count
        result.throughput = Double(answers.count) / experiment.duration.inSeconds
        result.latencies = counted.map(\.took).sorted()
        result.leaderMessages = answers.isEmpty ? 0 : Double(messages) / Double(answers.count)
        (result.violations, result.isUnknown) = checks.verdict()
        return result
    }

    private var leaderTraffic: Int {
        guard let leader else { return 0 }
        let traffic = simulator.traffic(of: leader)
        return traffic.sent.messages + traffic.received.messages
    }

    mutating func pass(until end: Moment) {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(.server(let event), let node, let now): tell(event, of: node, at: now)
            case .event(.client(let event), let node, let now):
                checks.client(event, of: node, at: now)
                note(event, of: node.place - experiment.replicas, at: now)
            case .fault(let fault, let now):
                befallen.append(BefallenFault(fault: fault, at: now))
                if case .restart(let node) = fault, case .server(let server) = simulator[node] {
                    checks.began(server, at: now)
                }
            case .alarm: break
            }
        }
    }

    mutating func forgetAnswers() { answers.removeAll() }

    mutating func dropAnswers(before moment: Moment) { answers.removeAll { $0.at < moment } }

    mutating func schedule(_ fault: Fault, at moment: Moment) {
        simulator.schedule(fault, at: moment)
    }

    /// Stops the clients, lets the servers come to rest, and says what the checkers found, and whether one
    /// gave up.
    mutating func finish(after rest: Span) -> (violations: [String], isUnknown: Bool) {
        for place in experiment.replicas..<simulator.nodeCount {
            simulator.ask(.client(.stop), of: NodeID(place: place))
        }
        pass(until: simulator.now + rest)
        return checks.verdict()
    }

    /// What the checkers have found.
    mutating func verdict() -> [String] { checks.verdict().violations }

    private mutating func tell(_ event: QuorumEvent, of node: NodeID, at now: Moment) {
        switch event {
        case .committed(let index, let entry): checks.committed(entry, at: index, by: node, at: now)
        case .installed(let snapshot): checks.installed(snapshot, by: node, at: now)
        case .role(let role, let term, _):
            checks.entered(term, node)
            if role == .leader { leader = node }
        default: break
        }
    }

    private mutating func note(_ event: ClientEvent, of client: Int, at now: Moment) {
        switch event {
        case .invoked(_, _, let operation): invoked[client].append((now, operation.isRead))
        case .answered(let id, _):
            let asked = invoked[client][Int(id.number) - 1]
            answers.append(StoreAnswer(at: now, took: now - asked.at, isRead: asked.isRead))
        case .abandoned: break
        }
    }
}
