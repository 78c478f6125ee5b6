import StateMachines
import Testing

@testable import ShenRing

@Suite struct CartoucheRingTests {
    @Test func `a ring needs members, and each once`() {
        #expect(throws: CartoucheError.noMembers) { try Cartouche.Configuration(founders: []) }
        #expect(throws: CartoucheError.memberTwice(NodeID(2))) {
            try Cartouche.Configuration(founders: [NodeID(2), NodeID(0), NodeID(2)])
        }
    }

    @Test func `settings that make no sense are refused, and an error is one line`() {
        func error(_ change: (inout Cartouche.Settings) -> Void) -> CartoucheError? {
            var settings = Cartouche.Settings()
            change(&settings)
            do throws(CartoucheError) {
                try settings.validate()
                return nil
            } catch {
                #expect(!error.description.contains("\n") && error.description.contains("expected"))
                return error
            }
        }
        #expect(error { _ in } == nil)
        #expect(error { $0.lease = .zero } == .notPositive("lease", .zero))
        #expect(error { $0.drift = 0.5 } == .invalidDrift(0.5))
        #expect(error { $0.drift = .nan } != nil)
        #expect(
            error { $0.hold = .milliseconds(1) }
                == .leastHoldAboveHold(.milliseconds(20), .milliseconds(1)))
        #expect(error { $0.hold = .seconds(1) } != nil)
    }

    @Test(arguments: [1, 2]) func `a ring of one or two works`(count: Int) throws {
        var ring = try HandDrivenRing(count)
        for ticket in 1...3 {
            for place in 0..<count {
                let grant = try ring.acquire(UInt64(ticket), at: place)
                ring.ask(.release(grant.number), of: place)
            }
        }
        #expect(ring.minted == [1])
    }

    @Test func `a member can be added and removed while the token is on its way`() throws {
        var ring = try HandDrivenRing(4, founders: 3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        ring.ask(.release(grant.number), of: 0)
        ring.ask(.join, of: 3)
        ring.ask(.change(.remove(NodeID(2))), of: 1)
        ring.pass(HandDrivenRing.lease * 4)
        let nodes = try ring.node(0).configuration?.members.map(\.node)
        #expect(nodes == [NodeID(0), NodeID(1), NodeID(3)])
        #expect(try !ring.node(2).isMember)
        #expect(ring.events[2].contains { $0 == .left(waiting: []) })
        for place in [0, 1, 3] {
            let grant = try ring.acquire(5, at: place)
            ring.ask(.release(grant.number), of: place)
        }
        #expect(Set(ring.minted).count == ring.minted.count)
    }

    @Test func `a change needs a majority of the ring before and of the ring after`() throws {
        var ring = try HandDrivenRing(4, founders: 3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.release(grant.number), of: 0)
        ring.ask(.join, of: 3)
        // Four members take three: founders 0 and 1 are not enough without 2 or 3.
        ring.pass(HandDrivenRing.lease) {
            !($0.content.isPropose && $0.receiver.place >= 2)
        }
        #expect(ring.minted == [1])
        #expect(try ring.node(0).configuration?.version == 0)
        ring.pass(HandDrivenRing.lease * 4)
        #expect(try ring.node(0).configuration?.version == 1)
    }

    @Test func `a configuration that some accepted is taken over by the next winner`() throws {
        var ring = try HandDrivenRing(4, founders: 3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.release(grant.number), of: 0)
        ring.ask(.change(.remove(NodeID(2))), of: 0)
        // Node 1 accepts; whoever proposed it crashes before it hears of that.
        ring.deliver { !($0.receiver == NodeID(0) && !$0.content.isVote) }
        #expect(try ring.node(1).memory.accepted?.configuration.version == 1)
        #expect(try ring.node(1).memory.chosen?.version == 0)
        ring.letters = []
        ring.crash(0)
        ring.start(0)
        ring.ask(.acquire(1), of: 1)
        ring.pass(HandDrivenRing.lease * 4)
        #expect(ring.grants(of: 1).count == 1)
        #expect(try ring.node(1).configuration?.version == 1)
    }

    @Test func `a newcomer's vote counts for the ring that was proposed with it`() throws {
        var ring = try HandDrivenRing(4, founders: 3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.release(grant.number), of: 0)
        // Founders 0 and 1 accept the ring with node 3, which hears nothing of it; then node 2 loses its
        // disk. Of the four, three have to vote.
        ring.ask(.join, of: 3)
        ring.pass(HandDrivenRing.patience) { !($0.content.isPropose && $0.receiver.place >= 2) }
        #expect(try ring.node(1).memory.accepted?.configuration.version == 1)
        ring.letters = []
        ring.crash(2, losingDisk: true)
        ring.ask(.acquire(1), of: 1)
        ring.pass(HandDrivenRing.lease * 6)
        #expect(ring.grants(of: 1).count == 1)
        #expect(try ring.node(3).isMember)
    }

    @Test func `the last member is not removed`() throws {
        let ring = try Cartouche.Configuration(founders: [NodeID(4)])
        #expect(ring.applying(.remove(NodeID(4))) == nil)
        #expect(ring.applying(.remove(NodeID(5))) == nil)
        #expect(ring.applying(.add(.init(NodeID(4)))) == nil)
        #expect(ring.applying(.add(.init(NodeID(4), disk: 3)))?.members.count == 1)
    }

    @Test func `what is foreign, of another version or malformed is counted and ignored`() throws {
        var ring = try HandDrivenRing(3)
        _ = try ring.acquire(1, at: 0)
        ring.letters = []
        let before = try ring.node(1)
        let renew = Cartouche.Content.renew(.init(9), round: 1)
        ring.hand(renew, from: 0, to: 1, ring: 5)
        ring.hand(renew, from: 0, to: 1, version: 2)
        ring.hand(.renew(.init(1 << 63), round: 1), from: 0, to: 1)
        ring.hand(.renewed(.init(1), round: 1, .init(NodeID(2))), from: 0, to: 1)
        let other = Cartouche.Configuration(version: 9, members: [])
        ring.hand(.installed(.init(4), other), from: 0, to: 1)
        let token = Cartouche.Token(epoch: .init(7), configuration: other)
        ring.hand(.pass(token, remaining: .seconds(1)), from: 0, to: 1)
        let stranger = Cartouche.Ballot(
            epoch: .init(8), candidate: .init(NodeID(2)), succeeds: .none, version: 0)
        ring.hand(.prepare(stranger), from: 0, to: 1)
        let after = try ring.node(1)
        #expect(after.statistics.foreign == 1)
        #expect(after.statistics.otherVersion == 1)
        #expect(after.statistics.malformed == 5)
        #expect(ring.letters.isEmpty)
        #expect(after.memory == before.memory)
        #expect(after.newest == before.newest)
    }

    @Test func `a request that makes no sense is refused and changes nothing`() throws {
        var ring = try HandDrivenRing(3, founders: 2)
        let founded = try Cartouche.Configuration(founders: [NodeID(0), NodeID(1)])
        for request in [Cartouche.Request.found(founded), .join] {
            ring.ask(request, of: 0)
            #expect(ring.events[0].last == .refused(request))
        }
        for request in [Cartouche.Request.found(founded), .acquire(1), .change(.remove(NodeID(0)))]
        {
            ring.ask(request, of: 2)
            #expect(ring.events[2].last == .refused(request))
        }
        #expect(ring.letters.isEmpty)
    }
}
