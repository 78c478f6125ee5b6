import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import Cluster

/// Gossip between sockets and clocks.
@Suite struct GossipServerTests {
    /// What each member holds each other one for.
    private typealias Views = [NodeID: [NodeID: MemberState]]

    private static func start(
        _ id: NodeID, of count: Int, telling views: Signal<Views>, life: Int = 0
    ) throws -> RunningNode<Sundial> {
        try GossipServer.start(
            GossipServerPlan(
                options: NodeOptions(id: id, cluster: ClusterID(0x60_51), listening: .loopback()),
                members: count, directory: nil, durability: .none, period: .milliseconds(50),
                seed: testSeed.derived(for: 100 * life + Int(id.rawValue))),
            application: EventSink { event, _ in
                guard case .changed(let node, let state) = event else { return }
                views.change { $0[id, default: [:]][node] = state }
            })
    }

    private static func introduce(
        _ id: NodeID, among nodes: [NodeID: RunningNode<Sundial>]
    ) throws {
        let node = try #require(nodes[id])
        let address = try #require(node.address)
        for (other, peer) in nodes where other != id {
            peer.introduce(id, at: address)
            node.introduce(other, at: try #require(peer.address))
        }
    }

    @Test func `a member that is killed is held dead by all, and alive in its next life`() throws {
        let ids = (0..<5).map(NodeID.init(place:))
        let views = Signal<Views>([:])
        var nodes: [NodeID: RunningNode<Sundial>] = [:]
        for id in ids {
            nodes[id] = try Self.start(id, of: ids.count, telling: views)
            try Self.introduce(id, among: nodes)
        }
        // A test that fails leaves them running.
        defer { for node in nodes.values { node.stop() } }
        let (victim, others) = (ids[2], [ids[0], ids[1], ids[3], ids[4]])
        let running = nodes.removeValue(forKey: victim)
        let killed = try #require(running)
        killed.stop(abruptly: true)
        try killed.wait()
        try views.wait("all to hold it dead") { views in
            others.allSatisfy { views[$0]?[victim]?.status == .dead }
        }
        nodes[victim] = try Self.start(victim, of: ids.count, telling: views, life: 1)
        try Self.introduce(victim, among: nodes)
        try views.wait("all to hold it alive") { views in
            others.allSatisfy { views[$0]?[victim]?.status == .alive }
        }
    }

    @Test func `a number beyond the members, and periods that cannot be, are refused`() {
        #expect(throws: NodeFailure.self) {
            try Self.start(NodeID(5), of: 5, telling: Signal([:]))
        }
        var plan = GossipServerPlan(
            options: NodeOptions(id: NodeID(0), cluster: ClusterID(1), listening: .loopback()),
            members: 1, directory: nil, durability: .none, seed: testSeed)
        plan.period = .zero
        #expect(throws: NodeFailure.self) {
            _ = try GossipServer.start(plan, application: EventSink<Sundial>())
        }
    }
}
