import StateMachines
import Testing

@testable import ShenRing

@Suite struct CartoucheRestartTests {
    /// A ring whose node 0 has passed its token to node 1, which took it; the acknowledgement is lost.
    private func passed() throws -> (ring: HandDrivenRing, pass: Cartouche.Content) {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        ring.ask(.release(grant.number), of: 0)
        let pass = try #require(ring.letters.first { $0.content.isPass }?.content)
        ring.deliver { !$0.content.isTaken }
        ring.letters = []
        #expect(ring.grants(of: 1).count == 1)
        return (ring, pass)
    }

    @Test func `a restarted node takes no token of an epoch in which it may have had one`() throws {
        var (ring, pass) = try passed()
        ring.crash(1)
        ring.start(1)
        ring.hand(pass, from: 0, to: 1)
        #expect(try ring.node(1).heldToken == nil)
        let refusal = try #require(ring.letters.compactMap(\.content.refusal).last)
        #expect(!refusal.isCertain)
        // It may have passed the token on before it crashed: the sender does not take it back.
        ring.deliver()
        #expect(try ring.node(0).heldToken == nil)
        #expect(try ring.node(0).statistics.takenBack == 0)
    }

    @Test func `a token that was certainly not taken goes back, with a higher sequence`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        ring.ask(.release(grant.number), of: 0)
        let position = try #require(ring.node(0).passedToken)
        ring.letters = []
        let refusal = Cartouche.Refusal(floor: .init(1), newest: .init(1), isCertain: true)
        ring.hand(.refused(position, refusal), from: 1, to: 0)
        #expect(try ring.node(0).statistics.takenBack == 1)
        let node = try ring.node(0)
        let next = try #require(node.heldToken ?? node.passedToken)
        #expect(next > position)
    }

    @Test func `the first token of an epoch is acknowledged when its promise is durable`() throws {
        var ring = try HandDrivenRing(5)
        // Node 4 hears nothing of the epoch until the token comes.
        ring.ask(.acquire(1), of: 0)
        ring.pass(.milliseconds(20)) { $0.receiver != NodeID(4) }
        let grant = try #require(ring.grants(of: 0).last)
        ring.letters = []
        ring.ask(.acquire(1), of: 4)
        ring.deliver { $0.content.isWant }
        ring.syncsAtOnce = false
        ring.ask(.release(grant.number), of: 0)
        ring.deliver { $0.content.isPass }
        #expect(!ring.letters.contains { $0.content.isTaken })
        #expect(try ring.node(4).heldToken == nil)
        ring.sync(4)
        #expect(ring.letters.contains { $0.content.isTaken })
        #expect(try ring.node(4).heldToken != nil)
    }

    @Test func `a holder stands for a new epoch to let a restarted member in, without waiting`()
        throws
    {
        var (ring, _) = try passed()
        ring.crash(2)
        ring.start(2)
        ring.ask(.acquire(9), of: 2)
        ring.pass(HandDrivenRing.patience)
        // The lease of the first epoch is still running: nobody had to wait for its end.
        #expect(ring.grants(of: 2).map(\.ticket) == [9])
        #expect(ring.minted.count == 2)
    }

    @Test func `a node that lost its disk gives no vote, and comes back as another member`() throws
    {
        var (ring, _) = try passed()
        ring.crash(2, losingDisk: true)
        ring.start(2)
        let ballot = Cartouche.Ballot(
            epoch: .init(5), candidate: .init(NodeID(1)), succeeds: .none, version: 0)
        ring.hand(.prepare(ballot), from: 1, to: 2)
        #expect(ring.letters.isEmpty)
        ring.ask(.acquire(1), of: 2)
        #expect(ring.events[2].last == .refused(.acquire(1)))
        ring.ask(.join, of: 2)
        ring.pass(HandDrivenRing.lease * 2)
        let member = try #require(ring.node(2).member)
        #expect(member.disk != 0)
        #expect(try ring.node(2).isMember)
        let members = try #require(ring.node(0).configuration?.members)
        #expect(members == [.init(NodeID(0)), .init(NodeID(1)), member])
        _ = try ring.acquire(1, at: 2)
    }

    @Test func `votes of a disk that the ring does not have do not count`() throws {
        let ring = try Cartouche.Configuration(founders: (0..<3).map(NodeID.init(place:)))
        let own = Cartouche.Member(NodeID(0))
        #expect(!ring.isMajority([own, .init(NodeID(1), disk: 7)]))
        #expect(ring.isMajority([own, .init(NodeID(1))]))
    }
}
