import StateMachines
import Testing

@testable import ShenRing

@Suite struct CartoucheVotingTests {
    private func ballot(
        _ epoch: UInt64, of place: Int, disk: UInt64 = 0, succeeds: UInt64 = 0
    ) -> Cartouche.Content {
        .prepare(
            Cartouche.Ballot(
                epoch: .init(epoch), candidate: .init(NodeID(place: place), disk: disk),
                succeeds: .init(succeeds), version: 0))
    }

    @Test func `a vote is on the disk before it is given`() throws {
        var ring = try HandDrivenRing(3)
        ring.syncsAtOnce = false
        ring.hand(ballot(1, of: 1), from: 1, to: 0)
        #expect(!ring.letters.contains { $0.content.isVote })
        // Asked again meanwhile, it still waits.
        ring.hand(ballot(1, of: 1), from: 1, to: 0)
        #expect(!ring.letters.contains { $0.content.isVote })
        ring.sync(0)
        #expect(ring.letters.count { $0.content.isVote } == 1)
        #expect(ring.disks[0].last == .promised(.init(1), .init(NodeID(1))))
    }

    @Test func `a node votes once in an epoch, after a restart too`() throws {
        var ring = try HandDrivenRing(3)
        ring.hand(ballot(1, of: 1), from: 1, to: 0)
        ring.letters = []
        ring.hand(ballot(1, of: 2), from: 2, to: 0)
        #expect(!ring.letters.contains { $0.content.isVote })
        ring.crash(0)
        ring.start(0)
        ring.pass(HandDrivenRing.lease) { _ in false }
        ring.hand(ballot(1, of: 2), from: 2, to: 0)
        ring.hand(ballot(1, of: 1, disk: 5), from: 1, to: 0)
        #expect(!ring.letters.contains { $0.content.isVote })
        ring.hand(ballot(1, of: 1), from: 1, to: 0)
        #expect(ring.letters.count { $0.content.isVote } == 1)
    }

    @Test func `a candidate asks nobody before its own vote is on the disk`() throws {
        var ring = try HandDrivenRing(3)
        ring.syncsAtOnce = false
        ring.ask(.acquire(1), of: 0)
        ring.pass(.milliseconds(20))
        #expect(ring.machines[0]?.statistics.candidacies == 1)
        #expect(!ring.letters.contains { $0.content.isPrepare })
        ring.sync(0)
        #expect(ring.letters.count { $0.content.isPrepare } == 2)
    }

    @Test func `nothing is granted before a majority has given a lease in the epoch`() throws {
        var ring = try HandDrivenRing(5)
        ring.ask(.acquire(1), of: 0)
        ring.pass(.milliseconds(20)) { !$0.content.isRenew }
        #expect(ring.minted == [1])
        #expect(ring.grants(of: 0).isEmpty)
        var answers = 0
        ring.deliver {
            guard $0.content.isRenew, answers < 1 else { return false }
            answers += 1
            return true
        }
        ring.deliver { $0.content.isRenewed }
        #expect(ring.grants(of: 0).isEmpty, "two of five are no majority")
        ring.deliver()
        #expect(ring.grants(of: 0).count == 1)
    }

    @Test func `a member keeps off higher epochs while its lease runs, and not longer`() throws {
        var ring = try HandDrivenRing(3)
        _ = try ring.acquire(1, at: 0)
        let given = ring.now
        ring.letters = []
        ring.hand(ballot(2, of: 2), from: 2, to: 1)
        #expect(ring.letters.isEmpty)
        ring.now = given + HandDrivenRing.lease - .milliseconds(2)
        ring.hand(ballot(2, of: 2), from: 2, to: 1)
        #expect(ring.letters.isEmpty)
        ring.now = given + HandDrivenRing.lease
        ring.hand(ballot(2, of: 2), from: 2, to: 1)
        #expect(ring.letters.contains { $0.content.isVote })
    }

    @Test func `a lease does not keep off whoever gave up the token that it is for`() throws {
        var ring = try HandDrivenRing(3)
        _ = try ring.acquire(1, at: 0)
        ring.letters = []
        ring.hand(ballot(2, of: 0, succeeds: 1), from: 0, to: 1)
        #expect(ring.letters.contains { $0.content.isVote })
    }

    @Test func `a restarted member keeps off for a lease that it may have given`() throws {
        var ring = try HandDrivenRing(3)
        _ = try ring.acquire(1, at: 0)
        ring.crash(1)
        ring.start(1)
        ring.letters = []
        let restarted = ring.now
        ring.now = restarted + HandDrivenRing.lease - .milliseconds(1)
        ring.hand(ballot(2, of: 2), from: 2, to: 1)
        #expect(ring.letters.isEmpty)
        ring.now = restarted + HandDrivenRing.lease
        ring.hand(ballot(2, of: 2), from: 2, to: 1)
        #expect(ring.letters.contains { $0.content.isVote })
    }

    @Test func `who has voted for a higher epoch takes no token of a lower one`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.acquire(1), of: 1)
        ring.deliver()
        ring.pass(HandDrivenRing.lease, where: { !$0.content.isRenew && !$0.content.isPass })
        ring.hand(ballot(9, of: 2), from: 2, to: 1)
        ring.ask(.release(grant.number), of: 0)
        ring.deliver { $0.receiver == NodeID(1) && $0.content.isPass }
        #expect(try ring.node(1).heldToken == nil)
        let refusal = try #require(ring.letters.compactMap(\.content.refusal).last)
        #expect(refusal.isCertain, "it never had this token and never will")
    }

    @Test func `a holder that votes for a higher epoch gives its token up`() throws {
        var ring = try HandDrivenRing(3)
        let grant = try ring.acquire(1, at: 0)
        ring.ask(.release(grant.number), of: 0)
        ring.now = ring.now + HandDrivenRing.lease * 2
        ring.hand(ballot(2, of: 2), from: 2, to: 0)
        #expect(try ring.node(0).heldToken == nil)
    }

    @Test func `a lost token comes back in a higher epoch, with higher fencing numbers`() throws {
        var ring = try HandDrivenRing(3)
        let first = try ring.acquire(1, at: 0)
        ring.crash(0)
        let second = try ring.acquire(1, at: 1)
        #expect(ring.minted == [1, 2])
        #expect(second.number > first.number)
        #expect(second.number.grant == 1)
    }

    @Test func `without a majority there is no new token`() throws {
        var ring = try HandDrivenRing(5)
        _ = try ring.acquire(1, at: 0)
        for place in [0, 1, 2] { ring.crash(place) }
        ring.ask(.acquire(1), of: 3)
        ring.ask(.acquire(1), of: 4)
        ring.pass(.seconds(2))
        #expect(ring.minted == [1])
        #expect(ring.grants(of: 3).isEmpty && ring.grants(of: 4).isEmpty)
    }

    @Test func `where nobody is asked each side of a partition has a token of the same epoch`()
        throws
    {
        var ring = try HandDrivenRing(4) { $0.regeneration = .alone }
        for place in 0..<4 { ring.ask(.acquire(1), of: place) }
        ring.pass(.milliseconds(60)) { ($0.sender.place < 2) == ($0.receiver.place < 2) }
        let epochs = ring.minted.sorted()
        #expect(epochs.count >= 2)
        #expect(Set(epochs).count < epochs.count)
    }
}
