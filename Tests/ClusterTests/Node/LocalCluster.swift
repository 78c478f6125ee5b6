import Cluster
import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport

@testable import RingSimulation

/// Nodes of a replicated store in this process, over TCP on the loopback, with journals on files,
/// and their clients.
final class LocalCluster<Machine: StateMachine>
where Machine.Message: WireCodable & ClientMessaging, Machine.Record: WireCodable {
    typealias Client = KeyedClient<Machine.Message>

    let id: ClusterID
    let servers: [NodeID]
    let recorder = ClientRecorder()
    private let durability: JournalDurability
    private let transport: Transport
    private let make: @Sendable (NodeID, [Machine.Record], Seed) throws -> Machine
    private let directory = TemporaryDirectory()
    private let told: @Sendable (NodeID, Machine.Event) -> Void
    private var nodes: [NodeID: RunningNode<Machine>] = [:]
    private var clients: [NodeID: RunningNode<Client>] = [:]
    private var lives: UInt64 = 0

    init(
        servers count: Int, durability: JournalDurability = .group,
        transport: Transport = .ring,
        told: @escaping @Sendable (NodeID, Machine.Event) -> Void = { _, _ in },
        make: @escaping @Sendable (NodeID, [Machine.Record], Seed) throws -> Machine
    ) throws {
        id = Self.id
        servers = (0..<count).map(NodeID.init(place:))
        self.durability = durability
        self.transport = transport
        self.told = told
        self.make = make
        for node in servers { try start(node) }
    }

    deinit {
        // A test that fails leaves it running.
        for client in clients.values { client.stop() }
        for node in nodes.values { node.stop() }
    }

    static var id: ClusterID { ClusterID(0xC1_05_7E_12) }

    subscript(node: NodeID) -> RunningNode<Machine>? { nodes[node] }

    private func nextSeed() -> Seed {
        lives += 1
        return testSeed.derived(for: Int(lives))
    }

    /// Begins a life of a node, and has everybody call it.
    func start(_ node: NodeID) throws {
        let (seed, make, told) = (nextSeed(), make, told)
        let plan = NodePlan<Machine>(
            options: NodeOptions(
                id: node, cluster: id, listening: .loopback(), transport: transport),
            journal: JournalPlan(path: directory.file("\(node)"), durability: durability),
            seed: seed, make: { try make(node, $0, seed) })
        let started = try RunningNode(
            plan, application: EventSink { event, _ in told(node, event) })
        nodes[node] = started
        guard let address = started.address else { preconditionFailure("\(node) does not listen") }
        for (other, peer) in nodes where other != node {
            peer.introduce(node, at: address)
            if let place = peer.address { started.introduce(other, at: place) }
        }
        for client in clients.values { client.introduce(node, at: address) }
    }

    /// Ends a life of a node as a kill would.
    func kill(_ node: NodeID) throws {
        guard let running = nodes.removeValue(forKey: node) else { return }
        running.stop(abruptly: true)
        try running.wait()
    }

    /// Starts a client with this load.
    func startClient(_ number: Int, load: ClientLoad?) throws {
        let node = NodeID(place: 100 + number)
        var settings = ClientSettings(cluster: id, servers: servers)
        settings.patience = .milliseconds(300)
        settings.load = load
        let (recorder, seed, shared) = (recorder, nextSeed(), settings)
        let peers = nodes.compactMapValues(\.address)
        let plan = NodePlan<Client>(
            options: NodeOptions(id: node, cluster: id, peers: peers, transport: transport),
            seed: seed, make: { _ in KeyedClient(node, settings: shared, seed: seed) })
        clients[node] = try RunningNode(
            plan, application: EventSink { event, now in recorder.note(event, at: now) })
    }

    /// Has a client that makes no requests by itself read each of these keys, and waits for the
    /// answers.
    func readAll(_ keys: UInt64, by number: Int) throws {
        try startClient(number, load: nil)
        for key in 0..<keys { clients[NodeID(place: 100 + number)]?.ask(.perform(key: key, .read)) }
        try recorder.awaitAnswers(Int(keys))
    }

    /// Has clients make no more requests.
    func stopClients() throws {
        for client in clients.values { client.stop() }
        for client in clients.values { try client.wait() }
        clients = [:]
    }

    /// Ends all nodes in order.
    func stop() throws {
        try stopClients()
        for node in nodes.values { node.stop() }
        for node in nodes.values { try node.wait() }
        nodes = [:]
    }
}
