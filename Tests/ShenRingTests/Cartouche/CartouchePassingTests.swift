import StateMachines
import Testing

@testable import ShenRing

@Suite struct CartouchePassingTests {
    @Test func `a token goes to the next member clockwise that wants it, over those that do not`()
        throws
    {
        var ring = try HandDrivenRing(5)
        let first = try ring.acquire(1, at: 0)
        for place in [4, 2] { ring.ask(.acquire(1), of: place) }
        ring.deliver()
        ring.ask(.release(first.number), of: 0)
        ring.deliver()
        #expect(ring.grants(of: 2).count == 1)
        let second = try #require(ring.grants(of: 2).first)
        ring.ask(.release(second.number), of: 2)
        ring.deliver()
        #expect(ring.grants(of: 4).count == 1)
        #expect(try ring.node(1).statistics.taken == 0)
        #expect(try ring.node(3).statistics.taken == 0)
    }

    @Test func `a token that visits all goes to those that do not want it too`() throws {
        var ring = try HandDrivenRing(4) { $0.order = .visitsAll }
        let first = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 3)
        ring.deliver()
        ring.ask(.release(first.number), of: 0)
        ring.deliver()
        #expect(ring.grants(of: 3).count == 1)
        #expect(try ring.node(1).statistics.taken == 1)
        #expect(try ring.node(2).statistics.taken == 1)
    }

    @Test func `a member gets one grant a visit while others wait, and more when nobody does`()
        throws
    {
        var ring = try HandDrivenRing(3)
        let first = try ring.acquire(1, at: 0)
        ring.ask(.acquire(2), of: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        ring.ask(.release(first.number), of: 0)
        ring.deliver()
        #expect(ring.grants(of: 0).count == 1)
        let other = try #require(ring.grants(of: 1).last)
        ring.ask(.release(other.number), of: 1)
        ring.deliver()
        #expect(ring.grants(of: 0).map(\.ticket) == [1, 2])
        let second = try #require(ring.grants(of: 0).last)
        ring.ask(.acquire(3), of: 0)
        ring.ask(.release(second.number), of: 0)
        #expect(ring.grants(of: 0).map(\.ticket) == [1, 2, 3])
    }

    @Test func `a want follows the way that the token went`() throws {
        var ring = try HandDrivenRing(4)
        var grant = try ring.acquire(1, at: 0)
        for place in [1, 2] {
            ring.ask(.acquire(1), of: place)
            ring.deliver()
            ring.ask(.release(grant.number), of: place - 1)
            ring.deliver()
            grant = try #require(ring.grants(of: place).last)
        }
        // Node 0 knows only that it passed the token to node 1.
        ring.ask(.acquire(2), of: 0)
        let wants = ring.letters.filter { $0.content.isWant }
        #expect(wants.map(\.receiver) == [NodeID(1)])
        ring.deliver()
        ring.ask(.release(grant.number), of: 2)
        ring.deliver()
        #expect(ring.grants(of: 0).map(\.ticket) == [1, 2])
    }

    @Test func `a token is sent until it is acknowledged, and then no more`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        ring.ask(.release(grant.number), of: 0)
        ring.pass(HandDrivenRing.resend * 20) { !$0.content.isPass }
        let copies = ring.letters.compactMap(\.content.token)
        #expect(copies.count >= 4)
        #expect(Set(copies.map(\.position)).count == 1)
        #expect(try ring.node(0).heldToken == nil)
        ring.deliver()
        #expect(try ring.node(1).statistics.taken == 1)
        #expect(try ring.node(1).statistics.duplicates == copies.count - 1)
        #expect(try ring.node(0).passedToken == nil)
    }

    @Test func `a late copy of a token is acknowledged and not taken again`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        ring.ask(.release(grant.number), of: 0)
        let copy = try #require(ring.letters.first { $0.content.isPass }?.content)
        ring.deliver()
        let second = try #require(ring.grants(of: 1).last)
        ring.ask(.acquire(1), of: 2)
        ring.deliver()
        ring.ask(.release(second.number), of: 1)
        ring.deliver()
        ring.hand(copy, from: 0, to: 1)
        #expect(try ring.node(1).heldToken == nil)
        #expect(ring.letters.last?.content.isTaken == true)
        #expect(try ring.node(2).heldToken != nil)
    }

    @Test func `a resting ring has nothing to do and says nothing`() throws {
        var ring = try HandDrivenRing(5)
        let grant = try ring.acquire(1, at: 3)
        ring.ask(.release(grant.number), of: 3)
        ring.pass(.seconds(1))
        #expect(ring.letters.isEmpty)
        #expect(ring.machines.allSatisfy { $0?.deadline == nil })
        #expect(try ring.node(3).heldToken != nil)
        // It is found there when somebody wants it.
        _ = try ring.acquire(1, at: 0)
        #expect(ring.minted == [1])
    }

    @Test func `a resting holder keeps its lease where it is told to`() throws {
        var ring = try HandDrivenRing(3) { $0.idle = .rests(keepsLease: true) }
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.release(grant.number), of: 0)
        let before = try ring.node(0).statistics.renewals
        ring.pass(.seconds(1))
        let renewals = try ring.node(0).statistics.renewals - before
        #expect(renewals >= 30 && renewals <= 35, "one each half lease: \(renewals)")
    }

    @Test func `an idle token goes round where it is told to`() throws {
        var ring = try HandDrivenRing(4) {
            $0.order = .visitsAll
            $0.idle = .circulates(.milliseconds(1))
        }
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.release(grant.number), of: 0)
        let before = try (0..<4).map { try ring.node($0).statistics.taken }
        ring.pass(.milliseconds(400))
        for place in 0..<4 {
            let visits = try ring.node(place).statistics.taken - before[place]
            #expect(visits >= 99 && visits <= 101, "400 passes over 4 nodes: \(visits)")
        }
        #expect(ring.minted == [1])
    }

    @Test func `what was withdrawn is not granted`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(7), of: 1)
        ring.deliver()
        ring.ask(.withdraw(7), of: 1)
        ring.ask(.release(grant.number), of: 0)
        ring.pass(.milliseconds(50))
        #expect(ring.grants(of: 1).isEmpty)
        #expect(try ring.node(1).waiting == 0)
    }

    @Test func `a want that was served is not entered again, however late its copy comes`() throws {
        let ring = try Cartouche.Configuration(founders: [NodeID(0), NodeID(1)])
        var token = Cartouche.Token(epoch: .init(3), configuration: ring)
        token.places[1].visit = 9
        func want(seen sequence: UInt64, floor: UInt64 = 3) -> Cartouche.Want {
            Cartouche.Want(
                member: ring.members[1], seen: .init(.init(3), sequence), floor: .init(floor),
                stamp: .init(life: 1, reading: Moment(nanoseconds: 5)), version: 0)
        }
        token.enter(want(seen: 8))
        #expect(!token.places[1].wants)
        token.enter(want(seen: 9))
        #expect(token.places[1].wants)
        // After a restart a node does not know when it was visited, and takes no token of this epoch.
        token.places[1].wants = false
        token.enter(want(seen: 0, floor: 4))
        #expect(token.places[1].wants)
    }
}
