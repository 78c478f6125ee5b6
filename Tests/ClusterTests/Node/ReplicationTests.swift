import Checkers
import Cluster
import Network
import NetworkNIO
import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import RingSimulation

/// Protocols between threads, over TCP and files.
@Suite(.serialized) struct ReplicationTests {
    private static let keys: UInt64 = 4

    private func load(_ window: Int = 4) -> ClientLoad {
        var load = ClientLoad()
        load.keys = Self.keys
        load.window = window
        return load
    }

    /// The node that was last told to lead.
    private final class Leader: Sendable {
        let node = Signal<(term: UInt64, node: NodeID)?>(nil)

        func hear(_ event: QuorumEvent, of node: NodeID) {
            guard case .role(.leader, let term, _) = event else { return }
            self.node.change { leader in
                if leader.map({ $0.term < term }) ?? true { leader = (term, node) }
            }
        }

        func get(after term: UInt64 = 0) throws(Overdue) -> (term: UInt64, node: NodeID) {
            try node.wait("a leader after term \(term)") { $0.map { $0.term > term } ?? false }
            return node.change { $0 } ?? (0, NodeID(0))
        }
    }

    private func quorum(
        _ leader: Leader, durability: JournalDurability = .group, over transport: Transport = .ring
    ) throws -> LocalCluster<QuorumNode> {
        var settings = QuorumSettings(cluster: LocalCluster<QuorumNode>.id)
        // Long enough that a machine with more to do than it can does not depose leaders all the
        // time.
        settings.electionTimeout = .milliseconds(1_000)
        settings.heartbeat = .milliseconds(50)
        let shared = settings
        let founders = (0..<3).map(NodeID.init(place:))
        return try LocalCluster<QuorumNode>(
            servers: 3, durability: durability, transport: transport,
            told: { leader.hear($1, of: $0) },
            make: { node, recovered, seed in
                try QuorumNode(
                    node, settings: shared, origin: .founding(founders), recovered: recovered,
                    seed: seed)
            })
    }

    private func chain() throws -> LocalCluster<ChainNode> {
        let nodes = (0..<3).map(NodeID.init(place:))
        var settings = ChainSettings(
            cluster: LocalCluster<ChainNode>.id, wardens: nodes, replicas: nodes, size: 3,
            reading: .anywhere)
        settings.heartbeat = .milliseconds(50)
        settings.lease = .milliseconds(500)
        settings.suspicion = .milliseconds(1_000)
        settings.stall = .milliseconds(1_000)
        settings.resend = .milliseconds(100)
        let shared = settings
        return try LocalCluster<ChainNode>(servers: 3) { node, recovered, seed in
            try ChainNode(id: node, settings: shared, recovered: recovered, seed: seed)
        }
    }

    private func expectLinearizable(_ recorder: ClientRecorder) throws {
        let verdict = try recorder.verdict()
        #expect(
            verdict.isLinearizable, "\(verdict.violation.map { "\($0)" } ?? "unknown"); \(replay)")
    }

    @Test(arguments: JournalDurability.allCases)
    func `a quorum commits what clients ask`(durability: JournalDurability) throws {
        let cluster = try quorum(Leader(), durability: durability)
        for client in 0..<2 { try cluster.startClient(client, load: load()) }
        try cluster.recorder.awaitAnswers(200)
        try cluster.stop()
        try expectLinearizable(cluster.recorder)
    }

    @Test(
        .enabled(if: Authority.isHere, "openssl is not installed"))
    func `a quorum whose nodes prove who they are goes on without its leader, and loses nothing`()
        throws
    {
        let authority = try Authority()
        let names = [0, 1, 2, 100, 101, 109].map { NodeOptions.certifiedName(of: NodeID($0)) }
        try authority.sign("all", names)
        let security = try TransportSecurity(
            certificate: authority.certificate("all"), key: authority.key("all"),
            roots: authority.roots)
        try loseLeader(over: .nio(security: security))
    }

    @Test func `a quorum over another transport goes on without its leader, and loses nothing`()
        throws
    {
        try loseLeader(over: .nio())
    }

    @Test func `a quorum whose leader is killed goes on, and loses nothing`() throws {
        try loseLeader(over: .ring)
    }

    private func loseLeader(over transport: Transport) throws {
        let leader = Leader()
        let cluster = try quorum(leader, over: transport)
        for client in 0..<2 { try cluster.startClient(client, load: load()) }
        try cluster.recorder.awaitAnswers(100)
        let first = try leader.get()
        try cluster.kill(first.node)
        _ = try leader.get(after: first.term)
        try cluster.recorder.awaitAnswers(100)
        try cluster.start(first.node)
        try cluster.recorder.awaitAnswers(100)
        try cluster.stopClients()
        try cluster.readAll(Self.keys, by: 9)
        try cluster.stop()
        try expectLinearizable(cluster.recorder)
    }

    @Test func `a quorum that was killed as a whole recovers what it had acknowledged`() throws {
        let cluster = try quorum(Leader())
        for client in 0..<2 { try cluster.startClient(client, load: load()) }
        try cluster.recorder.awaitAnswers(150)
        for node in cluster.servers { try cluster.kill(node) }
        try cluster.stopClients()
        for node in cluster.servers { try cluster.start(node) }
        try cluster.readAll(Self.keys, by: 9)
        try cluster.stop()
        try expectLinearizable(cluster.recorder)
    }

    @Test func `a chain commits what clients ask`() throws {
        let cluster = try chain()
        for client in 0..<2 { try cluster.startClient(client, load: load()) }
        try cluster.recorder.awaitAnswers(300)
        try cluster.stop()
        try expectLinearizable(cluster.recorder)
    }

    @Test(arguments: [0, 1, 2])
    func `a chain that loses a member goes on, and takes it back`(place: Int) throws {
        let cluster = try chain()
        for client in 0..<2 { try cluster.startClient(client, load: load()) }
        try cluster.recorder.awaitAnswers(100)
        try cluster.kill(NodeID(place: place))
        try cluster.recorder.awaitAnswers(100)
        try cluster.start(NodeID(place: place))
        try cluster.recorder.awaitAnswers(100)
        try cluster.stopClients()
        try cluster.readAll(Self.keys, by: 9)
        try cluster.stop()
        try expectLinearizable(cluster.recorder)
    }
}
