import StateMachines
import Testing

@testable import ShenRing

/// Changes of membership (paper §6, thesis §4) and of the leader (thesis §3.10).
@Suite struct QuorumMembershipTests {
    private func member(_ node: UInt32, incarnation: UInt32? = nil) -> QuorumMember {
        QuorumMember(NodeID(node), incarnation: incarnation ?? (node < 3 ? 0 : 1))
    }

    private func membership(
        _ voters: [UInt32], learners: [UInt32] = []
    ) throws -> QuorumMembership {
        try QuorumMembership(
            voters: voters.map { member($0) }, learners: learners.map { member($0) })
    }

    /// Three founders and two spares, which are learners that have caught up.
    private func grown() throws -> (cluster: SteppedQuorum, leader: UInt32) {
        var cluster = try SteppedQuorum(3, spares: 2)
        let leader = cluster.elect()
        cluster.ask(
            .change(to: try membership([0, 1, 2], learners: [3, 4]), token: 1), of: leader)
        cluster.pass(SteppedNode.settings.heartbeat * 4)
        return (cluster, leader)
    }

    @Test func `a learner gets the log and is not counted`() throws {
        var (cluster, leader) = try grown()
        for spare in [3, 4] as [UInt32] {
            #expect(cluster[spare].commitIndex == cluster[leader].commitIndex)
            #expect(cluster[spare].deadline == nil)
        }
        // Two learners are no majority with the leader.
        cluster.reaches = { from, to in
            [from, to].allSatisfy { $0 == leader || $0 >= 3 }
        }
        let before = cluster[leader].commitIndex
        cluster.request(SteppedNode.write(1, [1]), of: leader)
        #expect(cluster[leader].commitIndex == before && cluster.answers.isEmpty)
    }

    @Test func `6: a change of voters goes through the joint membership, and ends by itself`()
        throws
    {
        var (cluster, leader) = try grown()
        cluster.ask(.change(to: try membership([leader, 3, 4]), token: 2), of: leader)
        cluster.pass(SteppedNode.settings.heartbeat * 4)
        let told = cluster.events[Int(leader)].compactMap { event -> QuorumMembership? in
            if case .membership(let membership, _) = event { membership } else { nil }
        }
        let (last, before) = (try #require(told.last), try #require(told.dropLast().last))
        #expect(before.isJoint && before.voters == last.voters && before.outgoing.count == 3)
        #expect(last == (try membership([leader, 3, 4])))
        // The new majority decides without the old nodes.
        cluster.reaches = { from, to in [from, to].allSatisfy { $0 == leader || $0 >= 3 } }
        cluster.request(SteppedNode.write(1, [1]), of: leader)
        #expect(cluster.answers.count == 1)
    }

    @Test func `6: while a change is under way both majorities are needed`() throws {
        var (cluster, leader) = try grown()
        // The old nodes beside the leader are away: a majority of the new voters is not enough.
        cluster.reaches = { from, to in [from, to].allSatisfy { $0 == leader || $0 >= 3 } }
        let before = cluster[leader].commitIndex
        cluster.ask(.change(to: try membership([leader, 3, 4]), token: 2), of: leader)
        #expect(cluster[leader].membership.isJoint)
        #expect(cluster[leader].commitIndex == before)
        cluster.reaches = { _, _ in true }
        cluster.pass(SteppedNode.settings.heartbeat * 4)
        #expect(!cluster[leader].membership.isJoint)
    }

    @Test func `6: a leader that is taken out steps down when that is committed`() throws {
        var (cluster, leader) = try grown()
        let rest = [0, 1, 2].filter { $0 != leader } as [UInt32]
        cluster.ask(.change(to: try membership(rest + [3]), token: 2), of: leader)
        cluster.pass(.milliseconds(1))
        #expect(cluster[leader].role == .follower && cluster[leader].deadline == nil)
        let next = cluster.elect()
        #expect(next != leader)
        cluster.request(SteppedNode.write(1, [1]), of: next)
        #expect(cluster.answers.count == 1)
    }

    @Test
    func `4.2.2: one that is taken out still leads where nobody else can, and is not counted`()
        throws
    {
        let (old, new) = (try membership([0, 1]), try membership([1, 2]))
        let entries = [old.joint(with: new), new].map { QuorumEntry(term: 1, .configuration($0)) }
        var node = try SteppedNode(recovered: [
            .born(incarnation: 0, old), .promise(term: 1, vote: nil),
            .append(first: 1, entries),
        ])
        node.now = node.now + .seconds(1)
        node.wake()
        #expect(node.node.role == .preCandidate)
        func answer(from voter: UInt32, pre: Bool) {
            node.receive(
                .ballot(.init(isGranted: true, isPreVote: pre)), from: voter, term: 2)
        }
        answer(from: 1, pre: true)
        #expect(node.node.role == .preCandidate)
        answer(from: 2, pre: true)
        node.sync()
        answer(from: 1, pre: false)
        #expect(node.node.role == .candidate)
        answer(from: 2, pre: false)
        #expect(node.node.role == .leader)
        node.sync()
        node.receive(.appended(matched: 3, round: 1), from: 1, term: 2)
        #expect(node.node.commitIndex == 0)
        node.receive(.appended(matched: 3, round: 1), from: 2, term: 2)
        #expect(node.node.commitIndex == 3 && node.node.role == .follower)
        #expect(node.node.deadline == nil)
    }

    @Test func `6: a node that was taken out disturbs nobody`() throws {
        var (cluster, leader) = try grown()
        let rest = [0, 1, 2].filter { $0 != leader } as [UInt32]
        // It does not hear that it was taken out.
        cluster.reaches = { from, to in from != rest[0] && to != rest[0] }
        cluster.ask(.change(to: try membership([leader, rest[1], 3]), token: 2), of: leader)
        cluster.pass(SteppedNode.settings.electionTimeout * 2)
        #expect(cluster[rest[0]].membership.isVoter(member(rest[0])))
        let term = cluster[leader].term
        cluster.reaches = { _, _ in true }
        cluster.pass(SteppedNode.settings.electionTimeout * 10)
        #expect(cluster[leader].role == .leader && cluster[leader].term == term)
    }

    @Test func `one change at a time, and none to voters that have not caught up`() throws {
        var settings = SteppedNode.settings
        settings.promotionLag = 3
        var cluster = try SteppedQuorum(3, spares: 1, settings: settings)
        let leader = cluster.elect()
        cluster.ask(.change(to: try membership([0, 1, 2, 3]), token: 1), of: leader)
        #expect(cluster.events[Int(leader)].last == .refused(token: 1, .behind(member(3))))
        cluster.reaches = { from, to in from < 3 && to < 3 }
        cluster.ask(.change(to: try membership([0, 1, 2], learners: [3]), token: 2), of: leader)
        for token in 3...8 as ClosedRange<UInt64> {
            cluster.ask(.propose([1], token: token), of: leader)
        }
        cluster.ask(.change(to: try membership([0, 1, 2, 3]), token: 9), of: leader)
        #expect(cluster.events[Int(leader)].last == .refused(token: 9, .behind(member(3))))
        cluster.reaches = { _, _ in false }
        cluster.ask(.change(to: try membership([0, 1, 2]), token: 10), of: leader)
        cluster.ask(.change(to: try membership([0, 1, 2], learners: [3]), token: 11), of: leader)
        #expect(cluster.events[Int(leader)].last == .refused(token: 11, .changing))
    }

    @Test func `a membership that another leader takes back is in force no more`() throws {
        var cluster = try SteppedQuorum(3)
        let first = cluster.elect()
        cluster.reaches = { from, to in from != first && to != first }
        cluster.ask(.change(to: try membership([0, 1, 2], learners: [4]), token: 1), of: first)
        #expect(cluster[first].membership.learners == [member(4)])
        cluster.pass(SteppedNode.settings.electionTimeout * 4)
        let second = try #require(cluster.leader)
        #expect(second != first)
        cluster.reaches = { _, _ in true }
        cluster.pass(SteppedNode.settings.heartbeat * 6)
        #expect(cluster[first].membership == (try membership([0, 1, 2])))
    }

    @Test func `a node that lost its disk is another member: it is not heard as the old one`()
        throws
    {
        var cluster = try SteppedQuorum(3)
        let leader = cluster.elect()
        let lost = (leader + 1) % 3
        let rest = [0, 1, 2].filter { $0 != lost } as [UInt32]
        _ = cluster.crash(lost)
        try cluster.restart(lost, with: [], incarnation: 9)
        cluster.pass(SteppedNode.settings.electionTimeout * 3)
        #expect(cluster[lost].lastIndex == 0 && cluster[lost].term == 0)
        #expect(cluster[lost].ignored.otherIncarnation > 0)
        let fresh = member(lost, incarnation: 9)
        let learning = try QuorumMembership(voters: rest.map { member($0) }, learners: [fresh])
        cluster.ask(.change(to: learning, token: 1), of: leader)
        cluster.pass(SteppedNode.settings.heartbeat * 4)
        #expect(cluster[lost].commitIndex == cluster[leader].commitIndex)
        let voting = try QuorumMembership(voters: rest.map { member($0) } + [fresh])
        cluster.ask(.change(to: voting, token: 2), of: leader)
        cluster.pass(SteppedNode.settings.heartbeat * 4)
        #expect(cluster[leader].membership == voting && cluster[lost].mayStand)
    }

    @Test func `3.10: leadership goes to whom it is handed, in less than a timeout`() throws {
        var cluster = try SteppedQuorum(3)
        let first = cluster.elect()
        let next = (first + 2) % 3
        cluster.ask(.transfer(to: NodeID(next)), of: first)
        cluster.pass(.milliseconds(1))
        #expect(cluster.leader == next && cluster[first].role == .follower)
        #expect(cluster.events[Int(first)].contains(.transferEnded(isDone: true)))
    }

    @Test func `3.10: a hand-over waits for the log, takes no requests meanwhile, and is given up`()
        throws
    {
        var cluster = try SteppedQuorum(3)
        let leader = cluster.elect()
        let slow = (leader + 1) % 3
        cluster.reaches = { _, to in to != slow }
        cluster.ask(.propose([1], token: 1), of: leader)
        cluster.ask(.transfer(to: NodeID(slow)), of: leader)
        cluster.ask(.propose([2], token: 2), of: leader)
        #expect(cluster.events[Int(leader)].last == .refused(token: 2, .transferring))
        cluster.pass(SteppedNode.settings.electionTimeout)
        #expect(cluster.events[Int(leader)].contains(.transferEnded(isDone: false)))
        cluster.ask(.propose([2], token: 3), of: leader)
        #expect(cluster.committed(at: leader).last == .opaque([2]))
        cluster.ask(.transfer(to: NodeID(7)), of: leader)
        #expect(cluster.events[Int(leader)].last == .ignored(.notAVoter(NodeID(7))))
    }
}
