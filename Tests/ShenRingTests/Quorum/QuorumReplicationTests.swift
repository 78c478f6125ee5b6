import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

/// Rules of the paper's §5.3 and §5.4.2, of the thesis's §10.2, and of what is durable when.
@Suite struct QuorumReplicationTests {
    private func bodies(_ sent: [Effects<QuorumNode>.Outgoing]) -> [QuorumMessage.Body] {
        sent.map(\.message.body)
    }

    private func append(
        after index: UInt64, _ term: UInt64, _ terms: [UInt64], commit: UInt64 = 0,
        round: UInt64 = 1
    ) -> QuorumMessage.Body {
        .append(
            .init(
                previousIndex: index, previousTerm: term,
                entries: terms.map { QuorumEntry(term: $0, .opaque([UInt8($0)])) }, commit: commit,
                round: round))
    }

    /// A follower whose entries have these terms, all durable.
    private func follower(
        _ terms: [UInt64], in term: UInt64, id: UInt32 = 0
    ) throws -> SteppedNode {
        let members = (0..<3).map { QuorumMember(NodeID(place: $0)) }
        return try SteppedNode(
            id,
            recovered: [
                .born(incarnation: 0, try QuorumMembership(voters: members)),
                .promise(term: term, vote: nil),
                .append(first: 1, terms.map { QuorumEntry(term: $0, .noop) }),
            ])
    }

    /// The terms of a node's log.
    private func terms(_ node: SteppedNode) -> [UInt64] {
        (0..<node.node.lastIndex).compactMap { node.node.term(at: $0 + 1) }
    }

    @Test func `a leader's first entry is of its term, and asks for nothing`() throws {
        var node = try SteppedNode()
        let sent = node.elect()
        #expect(node.node.lastIndex == 1 && node.node.term(at: 1) == 1)
        #expect(node.records.last == .append(first: 1, [QuorumEntry(term: 1, .noop)]))
        #expect(sent.count == 2)
    }

    @Test func `requests that come together take one record, and one message to each follower`()
        throws
    {
        var node = try SteppedNode()
        node.elect()
        for follower in UInt32(1)...2 {
            node.receive(.appended(matched: 1, round: 1), from: follower, term: 1)
        }
        let stored = node.records.count
        let sent = node.step { machine, now, effects in
            for number in UInt64(1)...4 {
                let request = QuorumMessage.request(
                    SteppedNode.write(number, [UInt8(number)]), cluster: SteppedNode.cluster)
                machine.absorb(request, from: NodeID(90), at: now, into: &effects)
            }
            #expect(effects.isEmpty)
            machine.settle(at: now, into: &effects)
        }
        #expect(node.records.count == stored + 1)
        guard case .append(first: 2, let entries)? = node.records.last else {
            Issue.record("stored \(String(describing: node.records.last))")
            return
        }
        #expect(entries.count == 4 && sent.map(\.receiver) == [NodeID(1), NodeID(2)])
        for body in bodies(sent) {
            guard case .append(let append) = body else {
                Issue.record("sent \(body)")
                continue
            }
            #expect(append.entries == entries && append.previousIndex == 1)
        }
        #expect(node.step { $0.settle(at: $1, into: &$2) }.isEmpty)
    }

    @Test func `5.3: an entry is committed when a majority has it, the leader's own disk included`()
        throws
    {
        var node = try SteppedNode(of: 5)
        node.elect()
        node.receive(.appended(matched: 1, round: 1), from: 1, term: 1)
        #expect(node.node.commitIndex == 0)
        node.receive(.appended(matched: 1, round: 1), from: 2, term: 1)
        // Two followers have it, and the leader, whose disk does not.
        #expect(node.node.commitIndex == 0)
        node.sync()
        #expect(node.node.commitIndex == 1)
        #expect(node.events.contains(.committed(index: 1, QuorumEntry(term: 1, .noop))))
    }

    @Test func `5.4.2: an entry of an earlier term is not committed by counting, figure 8`() throws
    {
        var node = try SteppedNode(recovered: [
            .born(
                incarnation: 0,
                try QuorumMembership(voters: (0..<3).map { QuorumMember(NodeID(place: $0)) })),
            .promise(term: 2, vote: nil),
            .append(first: 1, [QuorumEntry(term: 1, .noop), QuorumEntry(term: 2, .noop)]),
        ])
        node.now = node.now + .seconds(1)
        node.elect()
        node.sync()
        #expect(node.node.role == .leader && node.node.term == 3)
        node.receive(.appended(matched: 2, round: 1), from: 1, term: 3)
        #expect(node.node.commitIndex == 0)
        node.receive(.appended(matched: 3, round: 1), from: 1, term: 3)
        #expect(node.node.commitIndex == 3)
    }

    @Test func `a follower acknowledges when its disk has the entries, once for all of a sync`()
        throws
    {
        var node = try SteppedNode()
        node.sync()
        #expect(node.receive(append(after: 0, 0, [1]), from: 1, term: 1).isEmpty)
        #expect(node.receive(append(after: 1, 1, [1, 1], round: 2), from: 1, term: 1).isEmpty)
        #expect(bodies(node.sync()) == [.appended(matched: 3, round: 2)])
        // A heartbeat meanwhile is answered at once, for what is durable.
        node.receive(append(after: 3, 1, [1]), from: 1, term: 1)
        #expect(
            bodies(node.receive(.heartbeat(commit: 0, round: 3), from: 1, term: 1))
                == [.appended(matched: 3, round: 3)])
        #expect(bodies(node.sync()) == [.appended(matched: 4, round: 3)])
    }

    @Test func `a restarted follower has what it acknowledged, and what it did not may be gone`()
        throws
    {
        var node = try SteppedNode()
        node.sync()
        node.receive(append(after: 0, 0, [1, 1]), from: 1, term: 1)
        node.sync()
        node.receive(append(after: 2, 1, [1]), from: 1, term: 1)
        let again = try SteppedNode(recovered: node.disk)
        #expect(again.node.lastIndex == 2 && again.node.term == 1)
    }

    /// The logs of figure 7, each given the leader's entries from where it agrees.
    @Test(
        arguments: [
            [1, 1, 1, 4, 4, 5, 5, 6, 6], [1, 1, 1, 4], [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
            [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], [1, 1, 1, 4, 4, 4, 4],
            [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
        ] as [[UInt64]])
    func `5.3: whatever a follower's log is, the leader makes it its own, figure 7`(
        log: [UInt64]
    ) throws {
        let leaderLog: [UInt64] = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
        var leader = try follower(leaderLog, in: 7)
        leader.now = leader.now + .seconds(1)
        var sent = leader.elect()
        var node = try follower(log, in: 7, id: 1)
        var rounds = 0
        while terms(node) != leaderLog + [8] {
            rounds += 1
            try #require(rounds < 6)
            var answers: [QuorumMessage] = []
            for outgoing in sent where outgoing.receiver == NodeID(1) {
                answers += node.receive(outgoing.message, from: 0).map(\.message)
            }
            answers += node.sync().map(\.message)
            sent = answers.flatMap { leader.receive($0, from: 1) }
        }
        let again = try SteppedNode(recovered: node.disk)
        #expect(again.node.lastIndex == 11 && terms(again) == leaderLog + [8])
    }

    @Test func `5.3: entries that agree are not taken back by a message that is late`() throws {
        var node = try SteppedNode()
        node.sync()
        node.receive(append(after: 0, 0, [1, 1, 1]), from: 1, term: 1)
        node.sync()
        let stored = node.records.count
        #expect(
            bodies(node.receive(append(after: 0, 0, [1]), from: 1, term: 1))
                == [.appended(matched: 3, round: 1)])
        #expect(node.node.lastIndex == 3 && node.records.count == stored)
    }

    @Test func `figure 2, rule 5: a follower commits only what it knows to be this leader's`()
        throws
    {
        var node = try follower([1, 1, 2], in: 2)
        node.receive(append(after: 1, 1, [], commit: 3), from: 1, term: 3)
        #expect(node.node.commitIndex == 1)
        node.receive(.heartbeat(commit: 3, round: 1), from: 1, term: 3)
        #expect(node.node.commitIndex == 1)
        node.receive(append(after: 1, 1, [3], commit: 3), from: 1, term: 3)
        #expect(node.node.commitIndex == 2 && node.node.lastIndex == 2)
    }

    @Test func `what contradicts committed entries changes nothing, and is counted`() throws {
        var node = try follower([1, 1], in: 1)
        node.receive(append(after: 2, 1, [], commit: 2), from: 1, term: 1)
        #expect(node.node.commitIndex == 2)
        node.receive(append(after: 1, 1, [2]), from: 2, term: 2)
        #expect(terms(node) == [1, 1] && node.node.ignored.impossible == 1)
    }

    @Test func `10.2.2: messages follow each other without waiting, up to the window`() throws {
        var settings = SteppedNode.settings
        settings.window = 3
        settings.batchBytes = 1
        var node = try SteppedNode(settings: settings)
        node.elect()
        node.sync()
        let probe = node.receive(.appended(matched: 1, round: 1), from: 1, term: 1)
        #expect(node.node.commitIndex == 1 && probe.count <= 1)
        var sent = 0
        for token in 0..<6 as Range<UInt64> {
            sent += node.ask(.propose([1], token: token)).count { $0.receiver == NodeID(1) }
        }
        #expect(sent == 3)
        let next = node.receive(.appended(matched: 3, round: 1), from: 1, term: 1)
        #expect(next.count { $0.receiver == NodeID(1) } == 2)
        // The other one has answered nothing yet: it is still being asked where its log agrees.
        #expect(!next.contains { $0.receiver == NodeID(2) })
    }

    @Test func `entries that wait for the window go in one message when it opens`() throws {
        var settings = SteppedNode.settings
        settings.window = 1
        var node = try SteppedNode(settings: settings)
        node.elect()
        node.sync()
        node.receive(.appended(matched: 1, round: 1), from: 1, term: 1)
        for token in 0..<10 as Range<UInt64> { node.ask(.propose([1], token: token)) }
        let next = node.receive(.appended(matched: 2, round: 1), from: 1, term: 1)
        let appends = next.compactMap { outgoing -> QuorumMessage.Append? in
            if case .append(let append) = outgoing.message.body { append } else { nil }
        }
        #expect(appends.count == 1 && appends[0].entries.count == 9)
    }

    @Test func `messages that overtake each other are put in order`() throws {
        var generator = testSeed.derived(for: "order").generator()
        for _ in 0..<50 {
            var node = try SteppedNode()
            node.sync()
            node.receive(append(after: 0, 0, [1]), from: 1, term: 1)
            let appends = (1..<12).map { append(after: UInt64($0), 1, [1]) }
            for body in appends.shuffled(by: &generator) {
                #expect(node.receive(body, from: 1, term: 1).isEmpty, "\(replay)")
            }
            #expect(
                bodies(node.sync()) == [.appended(matched: 12, round: 1)], "\(replay)")
        }
    }

    @Test func `a lost message is found out by a heartbeat, and sent again`() throws {
        var cluster = try SteppedQuorum(3)
        let leader = cluster.elect()
        let other = (leader + 1) % 3
        cluster.reaches = { _, receiver in receiver != other }
        for token in 0..<5 as Range<UInt64> {
            cluster.ask(.propose([UInt8(token)], token: token), of: leader)
        }
        #expect(cluster[other].lastIndex == 1 && cluster[leader].commitIndex == 6)
        cluster.reaches = { _, _ in true }
        cluster.pass(SteppedNode.settings.heartbeat * 4)
        #expect(cluster[leader].role == .leader)
        #expect(cluster[other].commitIndex == 6)
        #expect(cluster.committed(at: other) == cluster.committed(at: leader))
    }

    @Test func `a request that is sent again takes effect once, by whichever leader`() throws {
        var cluster = try SteppedQuorum(3)
        let first = cluster.elect()
        let request = SteppedNode.write(1, [1])
        cluster.request(request, of: first)
        cluster.request(request, of: first)
        _ = cluster.crash(first)
        let second = cluster.elect()
        cluster.request(SteppedNode.write(2, [2]), of: second)
        cluster.request(request, of: second)
        let answers = cluster.answers.filter { $0.id == request.id }
        #expect(answers.count == 3 && Set(answers).count == 1)
        #expect(cluster[second].state.value(of: 1)?.value == [2])
    }

    @Test func `who does not lead takes no write, and says who does`() throws {
        var cluster = try SteppedQuorum(3)
        let leader = cluster.elect()
        cluster.request(SteppedNode.write(1, [1]), of: (leader + 1) % 3)
        #expect(
            cluster.answers
                == [ClientAnswer(SteppedNode.write(1, [1]).id, .redirected(NodeID(leader)))])
        cluster.ask(.propose([1], token: 5), of: (leader + 1) % 3)
        #expect(
            cluster.events[Int((leader + 1) % 3)].last
                == .refused(token: 5, .notLeading(NodeID(leader))))
    }

    @Test func `a leader with too much that is not committed takes no more`() throws {
        var settings = SteppedNode.settings
        settings.uncommittedBytes = 100
        var node = try SteppedNode(settings: settings)
        node.elect()
        for token in 0..<5 as Range<UInt64> {
            node.ask(.propose(Array(repeating: 0, count: 24), token: token))
        }
        #expect(node.events == [.refused(token: 4, .overloaded)])
        node.receive(.appended(matched: 4, round: 1), from: 1, term: 1)
        node.sync()
        node.ask(.propose([1], token: 6))
        #expect(node.events == [.proposed(token: 6, index: 5, term: 1)])
    }
}
