import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

/// Snapshots (paper §7) and what a restart makes of a disk.
@Suite struct QuorumSnapshotTests {
    private var settings: QuorumSettings {
        var settings = SteppedNode.settings
        settings.snapshotPartBytes = 100
        settings.compaction = CompactionRule(entries: 10, keeping: 2)
        return settings
    }

    @Test
    func `7: one who is too far behind gets the snapshot in parts, and then the entries after it`()
        throws
    {
        var cluster = try SteppedQuorum(3, settings: settings)
        let leader = cluster.elect()
        let away = (leader + 1) % 3
        cluster.reaches = { from, to in from != away && to != away }
        for number in 1...25 as ClosedRange<UInt64> {
            cluster.request(
                SteppedNode.write(number, key: number % 7, [UInt8(number)]), of: leader)
        }
        cluster.reaches = { _, _ in true }
        cluster.pass(settings.heartbeat * 30)
        #expect(cluster[away].commitIndex == cluster[leader].commitIndex)
        #expect(cluster[away].state == cluster[leader].state)
        let installed = cluster.events[Int(away)].compactMap { event -> UInt64? in
            if case .installed(let snapshot) = event { snapshot.index } else { nil }
        }
        #expect(installed.count == 1)
        // What the sessions say came with it.
        let id = SteppedNode.write(3, [0]).id
        #expect(cluster[away].state.outcome(of: id) == .written(at: 4))
    }

    @Test func `7: a snapshot that is not news changes nothing, however late it comes`() throws {
        var node = try SteppedNode(settings: settings)
        node.sync()
        let entries = (0..<20).map { _ in QuorumEntry(term: 1, .noop) }
        node.receive(
            .append(
                .init(previousIndex: 0, previousTerm: 0, entries: entries, commit: 20, round: 1)),
            from: 1, term: 1)
        node.sync()
        #expect(node.node.commitIndex == 20)
        var state = KeyedState()
        state.skip(to: 5)
        let late = QuorumSnapshot(
            index: 5, term: 1, membership: node.node.membership, state: state.image)
        let part = QuorumMessage.SnapshotPart(
            index: 5, term: 1, total: late.image.count, offset: 0, bytes: late.image, round: 1)
        let answer = node.receive(.snapshot(part), from: 1, term: 1)
        #expect(node.node.commitIndex == 20 && node.node.lastIndex == 20)
        #expect(answer.map(\.message.body) == [.appended(matched: 20, round: 1)])
    }

    @Test func `parts that are doubled, out of order or broken do no harm`() throws {
        var node = try SteppedNode(settings: settings)
        node.sync()
        var state = KeyedState()
        state.skip(to: 5)
        let snapshot = QuorumSnapshot(
            index: 5, term: 1, membership: node.node.membership, state: state.image)
        let image = snapshot.image
        func part(_ range: Range<Int>, spoiled: Bool = false) -> QuorumMessage.Body {
            var bytes = Array(image[range])
            if spoiled { bytes[0] ^= 1 }
            return .snapshot(
                .init(
                    index: 5, term: 1, total: image.count, offset: range.lowerBound, bytes: bytes,
                    round: 1))
        }
        node.receive(part(0..<50), from: 1, term: 1)
        node.sync()
        let again = node.receive(part(0..<50), from: 1, term: 1)
        #expect(
            again.map(\.message.body) == [.snapshotReceived(index: 5, count: 50, round: 1)])
        let early = node.receive(part(80..<image.count), from: 1, term: 1)
        #expect(
            early.map(\.message.body) == [.snapshotReceived(index: 5, count: 50, round: 1)])
        node.receive(part(50..<image.count), from: 1, term: 1)
        #expect(node.node.commitIndex == 5 && node.events.contains(.installed(snapshot)))
        #expect(node.sync().map(\.message.body) == [.appended(matched: 5, round: 1)])
        var other = try SteppedNode(settings: settings)
        other.sync()
        other.receive(part(0..<image.count, spoiled: true), from: 1, term: 1)
        #expect(other.node.ignored.impossible == 1 && other.node.commitIndex == 0)
        let huge = QuorumMessage.SnapshotPart(
            index: 9, term: 1, total: .max, offset: 0, bytes: [1], round: 1)
        other.receive(.snapshot(huge), from: 1, term: 1)
        #expect(other.node.commitIndex == 0)
    }

    @Test func `a node recovers the same from its records and from fewer that say the same`() throws
    {
        var cluster = try SteppedQuorum(3, settings: settings)
        let leader = cluster.elect()
        for number in 1...34 as ClosedRange<UInt64> {
            cluster.request(SteppedNode.write(number, key: number % 5, [1]), of: leader)
        }
        let disk = cluster.crash(leader)
        let fewer = try QuorumNode.compacted(disk)
        #expect(fewer.count < disk.count / 2)
        let (whole, short) = (
            try SteppedNode(leader, settings: settings, recovered: disk).node,
            try SteppedNode(leader, settings: settings, recovered: fewer).node
        )
        #expect(whole.term == short.term && whole.lastIndex == short.lastIndex)
        #expect(whole.state == short.state && whole.commitIndex == short.commitIndex)
        #expect(whole.commitIndex >= 30 && whole.membership == short.membership)
        #expect(try QuorumNode.compacted(fewer) == fewer)
    }

    @Test func `the application's bytes stand for its entries, and go with the snapshot`() throws {
        var settings = settings
        settings.compaction = nil
        var cluster = try SteppedQuorum(3, settings: settings)
        let leader = cluster.elect()
        let away = (leader + 1) % 3
        cluster.reaches = { from, to in from != away && to != away }
        for token in 1...5 as ClosedRange<UInt64> {
            cluster.ask(.propose([UInt8(token)], token: token), of: leader)
        }
        cluster.ask(.compact(through: 3, application: [9]), of: leader)
        #expect(cluster.events[Int(leader)].last == .ignored(.notApplied(6)))
        cluster.ask(.compact(through: 6, application: [9, 9]), of: leader)
        #expect(cluster.events[Int(leader)].last == .compacted(through: 6))
        cluster.reaches = { _, _ in true }
        cluster.pass(settings.heartbeat * 10)
        let applications = cluster.events[Int(away)].compactMap { event -> [UInt8]? in
            if case .installed(let snapshot) = event { snapshot.application } else { nil }
        }
        #expect(applications == [[9, 9]])
    }

    @Test func `one whose log differs where the leader's begins gets a snapshot`() throws {
        let members = try QuorumMembership(voters: (0..<3).map { QuorumMember(NodeID(place: $0)) })
        var state = KeyedState()
        state.skip(to: 4)
        var leader = try SteppedNode(
            settings: settings,
            recovered: [
                .born(incarnation: 0, members), .promise(term: 5, vote: nil),
                .snapshot(
                    QuorumSnapshot(index: 4, term: 5, membership: members, state: state.image)),
            ])
        leader.now = leader.now + .seconds(1)
        leader.elect()
        // The follower's entry at the base is of an earlier term than the leader's there.
        let sent = leader.receive(
            .unmatched(.init(previousIndex: 4, hintIndex: 4, hintTerm: 3, round: 1)), from: 1,
            term: leader.node.term)
        let isSnapshot = sent.contains {
            if case .snapshot = $0.message.body { true } else { false }
        }
        #expect(isSnapshot)
    }
}
