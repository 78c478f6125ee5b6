import StateMachines
import Testing

@testable import ShenRing

/// Reads of the thesis's §6.4.
@Suite struct QuorumReadTests {
    private func readers(_ events: [QuorumEvent]) -> [UInt64] {
        events.compactMap { if case .readable(let token, _) = $0 { token } else { nil } }
    }

    /// A leader of three whose first entry is committed.
    private func leader(_ settings: QuorumSettings = SteppedNode.settings) throws -> SteppedNode {
        var node = try SteppedNode(settings: settings)
        node.elect()
        node.sync()
        node.receive(.appended(matched: 1, round: 1), from: 1, term: 1)
        return node
    }

    @Test func `6.4: a leader that has committed nothing in its term does not know what to read`()
        throws
    {
        var node = try SteppedNode()
        node.elect()
        node.sync()
        node.ask(.read(token: 1))
        // A majority follows, and still the read waits.
        node.receive(.appended(matched: 0, round: 1), from: 1, term: 1)
        #expect(readers(node.events).isEmpty)
        let sent = node.receive(.appended(matched: 1, round: 1), from: 1, term: 1)
        #expect(node.node.commitIndex == 1 && readers(node.events).isEmpty)
        #expect(!sent.isEmpty)
        node.receive(.appended(matched: 1, round: 2), from: 2, term: 1)
        #expect(readers(node.events) == [1])
    }

    @Test func `6.4: a read waits for a majority's answer to what was sent after it came`() throws {
        var node = try leader()
        node.ask(.read(token: 1))
        // An answer to an earlier message says nothing about now, and one to a later one is a lie.
        node.receive(.appended(matched: 1, round: 9), from: 2, term: 1)
        node.receive(.appended(matched: 1, round: 1), from: 2, term: 1)
        #expect(readers(node.events).isEmpty)
        node.receive(.appended(matched: 1, round: 2), from: 2, term: 1)
        #expect(node.events == [.readable(token: 1, index: 1)])
    }

    @Test func `reads that come while a round is out share the next one`() throws {
        var node = try leader()
        #expect(node.ask(.read(token: 1)).count == 2)
        for token in 2...9 as ClosedRange<UInt64> { #expect(node.ask(.read(token: token)).isEmpty) }
        let sent = node.receive(.appended(matched: 1, round: 2), from: 1, term: 1)
        #expect(readers(node.events) == [1] && sent.count == 2)
        node.receive(.appended(matched: 1, round: 3), from: 1, term: 1)
        #expect(readers(node.events) == Array(2...9))
    }

    @Test func `a deposed leader refuses the reads that wait`() throws {
        var node = try leader()
        node.ask(.read(token: 1))
        node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 4)
        #expect(node.events.contains(.refused(token: 1, .notLeading(NodeID(2)))))
    }

    @Test func `6.4.1: a lease lasts from when a round began, shorter by the drift either way`()
        throws
    {
        var settings = SteppedNode.settings
        settings.reads = .lease
        settings.driftBound = 0.1
        #expect(settings.leaseSpan == Span(nanoseconds: 81_818_182))
        var node = try leader(settings)
        while node.node.deadline.map({ $0 <= node.now }) ?? false { node.wake() }
        node.wake()
        let begun = node.now
        node.now = node.now + .milliseconds(10)
        node.receive(.appended(matched: 1, round: 2), from: 1, term: 1)
        node.now = begun + settings.leaseSpan - Span(nanoseconds: 1)
        #expect(node.ask(.read(token: 1)).isEmpty && readers(node.events) == [1])
        node.now = begun + settings.leaseSpan
        #expect(node.ask(.read(token: 2)).count == 2 && readers(node.events).isEmpty)
    }

    @Test func `6.4.1: there is no lease any more once the leader has asked another one to stand`()
        throws
    {
        var settings = SteppedNode.settings
        settings.reads = .lease
        var node = try leader(settings)
        node.ask(.read(token: 1))
        #expect(readers(node.events) == [1])
        let sent = node.ask(.transfer(to: NodeID(1)))
        #expect(sent.map(\.message.body) == [.campaignNow])
        node.ask(.read(token: 2))
        #expect(readers(node.events).isEmpty)
        // The transfer is given up, and may still happen: the message may be late.
        node.now = node.now + .milliseconds(101)
        node.step { $0.wake(at: $1, into: &$2) }.forEach { _ in }
        #expect(node.events.contains(.transferEnded(isDone: false)))
    }

    @Test
    func `6.4: a follower reads at an index that its leader gives, once it has applied that far`()
        throws
    {
        var node = try SteppedNode()
        node.sync()
        node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 1)
        node.sync()
        let asked = node.ask(.read(token: 1))
        #expect(asked.map(\.message.body) == [.readIndex(ticket: 1)])
        node.receive(.readIndexReply(ticket: 1, index: 2), from: 2, term: 1)
        #expect(readers(node.events).isEmpty)
        let entries = [QuorumEntry(term: 1, .noop), QuorumEntry(term: 1, .noop)]
        node.receive(
            .append(
                .init(previousIndex: 0, previousTerm: 0, entries: entries, commit: 1, round: 1)),
            from: 2, term: 1)
        #expect(readers(node.events).isEmpty)
        node.receive(.heartbeat(commit: 2, round: 2), from: 2, term: 1)
        #expect(node.events.last == .readable(token: 1, index: 2))
    }

    @Test
    func `a follower's reads go away with its leader, and an unanswered ticket is asked again`()
        throws
    {
        var node = try SteppedNode()
        node.sync()
        node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 1)
        node.sync()
        node.ask(.read(token: 1))
        #expect(node.ask(.read(token: 2)).isEmpty)
        node.now = node.now + .milliseconds(60)
        node.receive(.heartbeat(commit: 0, round: 2), from: 2, term: 1)
        node.now = node.now + .milliseconds(40)
        let again = node.step { $0.wake(at: $1, into: &$2) }
        #expect(again.map(\.message.body) == [.readIndex(ticket: 2)])
        node.receive(.readIndexReply(ticket: 1, index: 0), from: 2, term: 1)
        #expect(readers(node.events).isEmpty)
        node.receive(.readIndexReply(ticket: 2, index: nil), from: 2, term: 1)
        #expect(
            node.events == [
                .refused(token: 1, .notLeading(NodeID(2))),
                .refused(token: 2, .notLeading(NodeID(2))),
            ])
    }

    @Test func `clients read at every node what was written before`() throws {
        var cluster = try SteppedQuorum(5)
        let leader = cluster.elect()
        cluster.request(SteppedNode.write(1, [7]), of: leader)
        for node in 0..<5 as Range<UInt32> {
            cluster.request(SteppedNode.read(UInt64(node) + 2), of: node)
        }
        #expect(
            cluster.answers.dropFirst().map(\.outcome) == Array(repeating: .value([7]), count: 5))
    }

    @Test func `a cluster that reads at the leader only sends clients there`() throws {
        var settings = SteppedNode.settings
        settings.servesFollowerReads = false
        var cluster = try SteppedQuorum(3, settings: settings)
        let leader = cluster.elect()
        cluster.request(SteppedNode.read(1), of: (leader + 1) % 3)
        #expect(cluster.answers.map(\.outcome) == [.redirected(NodeID(leader))])
    }
}
