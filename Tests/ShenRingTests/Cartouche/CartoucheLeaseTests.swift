import StateMachines
import Testing

@testable import ShenRing

@Suite struct CartoucheLeaseTests {
    @Test func `a right ends by the holder's own clock, and the token goes on`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        #expect(ring.grants(of: 1).isEmpty)
        ring.pass(grant.until - ring.now)
        #expect(ring.events[0].contains { $0 == .ended(grant) })
        #expect(ring.grants(of: 1).count == 1)
        // A release that comes too late changes nothing.
        ring.ask(.release(grant.number), of: 0)
        #expect(try ring.node(0).heldToken == nil)
    }

    @Test func `a holder that was paused beyond its right finds it over`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.now = ring.now + .seconds(5)
        ring.ask(.acquire(2), of: 0)
        #expect(ring.events[0].contains { $0 == .ended(grant) })
        #expect(ring.grants(of: 0).count == 1, "without a new lease there is no new right")
        ring.pass(.milliseconds(1))
        #expect(ring.grants(of: 0).count == 2)
    }

    @Test func `a lease counts from the question, however late the answers come`() throws {
        var ring = try HandDrivenRing(3)
        ring.ask(.acquire(1), of: 0)
        ring.pass(.milliseconds(15)) { !$0.content.isRenew }
        let asked = try #require(ring.node(0).holding?.renewal?.asked)
        ring.deliver { $0.content.isRenew }
        // Before the holder would ask anew, but later than it asked.
        ring.now = max(ring.now, asked + .milliseconds(12))
        ring.deliver()
        #expect(try ring.node(0).holding?.lease == asked + HandDrivenRing.lease)
    }

    @Test func `a lease is shortened by what two clocks may drift`() throws {
        var ring = try HandDrivenRing(3) { $0.drift = 0.1 }
        ring.ask(.acquire(1), of: 0)
        ring.pass(.milliseconds(20))
        let holding = try #require(ring.node(0).holding)
        let lease = try #require(holding.lease)
        // 60 ms of a clock that is a tenth fast are 60/1.1 ms; a clock that is a tenth slow shows 0.9 of it.
        let most = Span(nanoseconds: 60_000_000 * 9 / 11 + 1)
        #expect(lease <= ring.now + most)
        #expect(ring.settings.safeLease <= most)
    }

    @Test func `no right is longer than what is left of the lease`() throws {
        var ring = try HandDrivenRing(3)
        let first = try ring.acquire(1, at: 0)
        let lease = try #require(ring.node(0).holding?.lease)
        ring.ask(.release(first.number), of: 0)
        // No answers from here on.
        ring.letters = []
        ring.now = lease - .milliseconds(5)
        ring.ask(.acquire(2), of: 0)
        let second = try #require(ring.grants(of: 0).last)
        #expect(second.ticket == 2)
        #expect(second.until == lease)
        ring.ask(.release(second.number), of: 0)
        ring.now = lease - .milliseconds(1)
        ring.ask(.acquire(3), of: 0)
        #expect(ring.grants(of: 0).count == 2, "less than the least hold is left")
    }

    @Test func `the next holder tells the lease's end by a reading of its own clock`() throws {
        let ring = try Cartouche.Configuration(founders: [NodeID(0), NodeID(1)])
        let bench = try HandDrivenRing(2)
        let node = try bench.node(1)
        var token = Cartouche.Token(epoch: .init(1), configuration: ring)
        let now = Moment(nanoseconds: 500_000_000)
        func lease(_ remaining: Span) -> Moment? {
            node.lease(of: token, at: 1, remaining: remaining, at: now)
        }
        #expect(
            lease(.milliseconds(50)) == nil, "it does not know how long the token was under way")
        let read = now - .milliseconds(7)
        token.places[1].stamp = .init(life: node.life, reading: read)
        #expect(lease(.milliseconds(50)) == read + .milliseconds(50))
        token.places[1].leased = .init(life: node.life, reading: read - .milliseconds(3))
        #expect(lease(.milliseconds(50)) == read - .milliseconds(3) + HandDrivenRing.lease)
        #expect(lease(.zero) == read - .milliseconds(3) + HandDrivenRing.lease)
        // What it said in an earlier life tells it nothing.
        token.places[1].stamp = .init(life: node.life &+ 1, reading: read)
        token.places[1].leased = .init(life: node.life &+ 1, reading: read)
        #expect(lease(.milliseconds(50)) == nil)
    }

    @Test func `a holder without a majority lets others try`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.release(grant.number), of: 0)
        ring.now = ring.now + HandDrivenRing.lease * 2
        ring.ask(.acquire(2), of: 0)
        ring.ask(.acquire(1), of: 1)
        // Node 0 reaches node 1, but nobody answers its renewals.
        ring.pass(HandDrivenRing.patience * 3) {
            !($0.content.isRenew && $0.sender == NodeID(0))
        }
        let other = try #require(ring.grants(of: 1).first)
        // Its lease then serves node 0 too, when the token comes back.
        #expect(ring.grants(of: 0).dropFirst().allSatisfy { $0.number > other.number })
    }
}
