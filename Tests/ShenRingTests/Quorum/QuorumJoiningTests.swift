import StateMachines
import Testing

@testable import ShenRing

/// Nodes that ask to be let in: as learners first, as voters once they have caught up.
@Suite struct QuorumJoiningTests {
    private static func settings(
        admitted: [UInt32], contacts: [UInt32] = [0, 1, 2, 3]
    ) -> QuorumSettings {
        var settings = SteppedNode.settings
        settings.admitted = admitted.map(NodeID.init(_:))
        settings.contacts = contacts.map(NodeID.init(_:))
        return settings
    }

    private func isVoter(_ node: UInt32, in cluster: SteppedQuorum, by other: UInt32) -> Bool {
        cluster[other].membership.voters.contains(QuorumMember(NodeID(node), incarnation: 1))
    }

    @Test func `one that asks is a learner first, then a voter, and asks no more`() throws {
        var cluster = try SteppedQuorum(3, spares: 1, settings: Self.settings(admitted: [3]))
        let leader = cluster.elect()
        for number in 1...50 {
            cluster.request(SteppedNode.write(UInt64(number), [1]), of: leader)
        }
        cluster.pass(SteppedNode.settings.heartbeat * 10)
        let told = cluster.events[Int(leader)].compactMap { event -> QuorumMembership? in
            if case .membership(let membership, _) = event { membership } else { nil }
        }
        let asking = QuorumMember(NodeID(3), incarnation: 1)
        let learning = try #require(told.firstIndex { $0.learners.contains(asking) })
        let joint = try #require(told.firstIndex { $0.isJoint && $0.voters.contains(asking) })
        #expect(learning < joint)
        for node in 0..<4 as Range<UInt32> {
            #expect(isVoter(3, in: cluster, by: node))
            #expect(!cluster[node].membership.isJoint)
        }
        #expect(cluster[3].commitIndex == cluster[leader].commitIndex)
        #expect(cluster[3].joinDeadline == nil)
        // It counts: with one founder it is no majority, with two it is.
        let others = [0, 1, 2].filter { $0 != leader } as [UInt32]
        cluster.reaches = { from, to in [from, to].allSatisfy { $0 == leader || $0 == 3 } }
        let before = cluster[leader].commitIndex
        cluster.request(SteppedNode.write(51, [1]), of: leader)
        #expect(cluster[leader].commitIndex == before)
        cluster.reaches = { from, to in [from, to].allSatisfy { $0 != others[0] } }
        cluster.pass(SteppedNode.settings.heartbeat * 2)
        #expect(cluster[leader].commitIndex > before)
    }

    @Test func `several that ask are let in, one after the other`() throws {
        let settings = Self.settings(admitted: [3, 4], contacts: [0, 1, 2, 3, 4])
        var cluster = try SteppedQuorum(3, spares: 2, settings: settings)
        let leader = cluster.elect()
        cluster.pass(settings.heartbeat * 20)
        #expect([3, 4].allSatisfy { isVoter($0, in: cluster, by: leader) })
        #expect(cluster[leader].membership.learners.isEmpty)
    }

    @Test func `who is not to be let in is not, and is counted`() throws {
        var node = try SteppedNode(settings: Self.settings(admitted: [3]))
        node.elect()
        node.sync()
        let before = node.node.lastIndex
        let message = QuorumMessage(cluster: SteppedNode.cluster, from: 1, term: 0, .join)
        node.receive(message, from: 4)
        node.receive(message, from: 0)
        #expect(node.node.ignored.unknownSender == 2 && node.node.lastIndex == before)
    }

    @Test func `a voter is not replaced by another disk of the same node that asks`() throws {
        var cluster = try SteppedQuorum(3, spares: 1, settings: Self.settings(admitted: [3]))
        let leader = cluster.elect()
        cluster.pass(SteppedNode.settings.heartbeat * 10)
        let before = cluster[leader].membership
        #expect(isVoter(3, in: cluster, by: leader))
        let message = QuorumMessage(cluster: SteppedNode.cluster, from: 2, term: 0, .join)
        cluster.step(leader) { $0.receive(message, from: 3) }
        #expect(cluster[leader].membership == before)
        #expect(cluster[leader].ignored.unknownSender == 0)
    }

    @Test func `a learner that lost its disk is let in anew, in its own place`() throws {
        var settings = Self.settings(admitted: [3])
        settings.promotionLag = 0
        var cluster = try SteppedQuorum(3, spares: 1, settings: settings)
        // Its asking is heard and it hears nothing: it cannot catch up.
        cluster.reaches = { _, to in to != 3 }
        let leader = cluster.elect()
        cluster.request(SteppedNode.write(1, [1]), of: leader)
        cluster.pass(settings.heartbeat * 4)
        let first = QuorumMember(NodeID(3), incarnation: 1)
        #expect(cluster[leader].membership.learners == [first])
        let message = QuorumMessage(cluster: SteppedNode.cluster, from: 2, term: 0, .join)
        cluster.step(leader) { $0.receive(message, from: 3) }
        cluster.settle()
        #expect(
            cluster[leader].membership.learners == [QuorumMember(NodeID(3), incarnation: 2)])
    }

    @Test func `nobody is asked before the disk has the member's name`() throws {
        var node = try SteppedNode(
            3, settings: Self.settings(admitted: [3]), origin: .joining(incarnation: 1))
        func asked(_ sent: [Effects<QuorumNode>.Outgoing]) -> [UInt32] {
            sent.filter { if case .join = $0.message.body { true } else { false } }
                .map(\.receiver.rawValue)
        }
        #expect(asked(node.wake()).isEmpty)
        node.sync()
        #expect(asked(node.wake()) == [0, 1, 2])
    }

    @Test func `one that waits for the application asks nobody`() throws {
        let node = try SteppedNode(3, origin: .joining(incarnation: 1))
        #expect(node.node.deadline == nil)
    }
}
