import Network
import NetworkNIO
import StateMachines
import TestSupport
import Testing

@testable import Cluster

/// Nodes whose transport proves who they are, and those who are somebody else.
@Suite(.enabled(if: Authority.isHere, "openssl is not installed"))
struct ProvedNodeTests {
    private let authority: Authority

    init() throws {
        authority = try Authority()
        for place in 0..<2 { try authority.sign(name(place)) }
    }

    private func name(_ place: Int) -> String {
        NodeOptions.certifiedName(of: NodeID(place: place))
    }

    /// A bird that shows the certificate of a place.
    private func bird(_ place: Int, certifiedAs certified: Int) throws -> Bird {
        let security = try TransportSecurity(
            certificate: authority.certificate(name(certified)),
            key: authority.key(name(certified)),
            roots: authority.roots)
        return try Bird(place) { $0.transport = .nio(security: security) }
    }

    @Test func `nodes whose certificates name them hear each other, in order`() throws {
        let (one, other) = (try bird(0, certifiedAs: 0), try bird(1, certifiedAs: 1))
        try one.meet(other)
        one.say(1...100, bytes: 1_000, to: other.id)
        try other.await(.heard(100, from: one.id))
        #expect(other.heard(from: one.id) == Array(1...100))
        try other.await("the caller to be reachable") { $0.reachable.contains(one.id) }
        other.say(1...3, to: one.id)
        try one.await(.heard(3, from: other.id))
        try one.stop()
        try other.stop()
    }

    @Test func `one that calls in another's name is counted and sent away`() throws {
        let bird = try bird(0, certifiedAs: 0)
        let impostor = try self.bird(2, certifiedAs: 1)
        impostor.node.introduce(bird.id, at: bird.address)
        try bird.awaitStatistics { $0.impostors > 0 }
        impostor.say(1...1, to: bird.id)
        #expect(bird.heard(from: impostor.id).isEmpty)
        try impostor.stop()
        try bird.stop()
    }

    @Test func `one that is not whom its caller wanted is hung up on`() throws {
        let caller = try bird(0, certifiedAs: 0)
        let other = try bird(1, certifiedAs: 1)
        // Where node 2 should be, node 1 is.
        caller.node.introduce(NodeID(place: 2), at: other.address)
        try caller.awaitStatistics { $0.impostors > 0 }
        #expect(caller.node.statistics.connected == 0)
        try caller.stop()
        try other.stop()
    }

    @Test func `one that proves nothing is counted and sent away`() throws {
        let bird = try bird(0, certifiedAs: 0)
        let plain = try Bird(1) { $0.transport = .nio() }
        plain.node.introduce(bird.id, at: bird.address)
        try bird.awaitStatistics { $0.insecure > 0 }
        try plain.stop()
        try bird.stop()
    }
}
