import Randomness
import StateMachines
import Testing

@testable import ShenRing

/// Rules of the paper's §5.1, §5.2 and §5.4.1, and of the thesis's §9.6 and §4.2.3.
@Suite struct QuorumElectionTests {
    private func bodies(_ sent: [Effects<QuorumNode>.Outgoing]) -> [QuorumMessage.Body] {
        sent.map(\.message.body)
    }

    private func candidacy(
        _ index: UInt64 = 0, _ term: UInt64 = 0, isTransfer: Bool = false
    ) -> QuorumMessage.Candidacy {
        QuorumMessage.Candidacy(lastIndex: index, lastTerm: term, isTransfer: isTransfer)
    }

    private func ballot(_ isGranted: Bool, pre: Bool = false) -> QuorumMessage.Body {
        .ballot(.init(isGranted: isGranted, isPreVote: pre))
    }

    @Test func `5.2: a node starts as a follower, and waits one to two timeouts, each its own`()
        throws
    {
        var waits: Set<Int64> = []
        for seed in 0..<20 as Range<UInt64> {
            let node = try SteppedNode(seed: .init(seed))
            #expect(node.node.role == .follower && node.node.term == 0)
            let wait = try #require(node.node.deadline) - node.now
            #expect(wait >= .milliseconds(100) && wait < .milliseconds(200))
            waits.insert(wait.nanoseconds)
        }
        #expect(waits.count == 20)
    }

    @Test func `a candidate whose votes do not come in time gives the next ones more`() throws {
        var node = try SteppedNode()
        node.sync()
        /// The timeout of a candidacy whose votes never come.
        func stand() throws -> Double {
            node.wake()
            node.receive(ballot(true, pre: true), from: 1, term: node.node.term + 1)
            node.sync()
            #expect(node.node.role == .candidate)
            let wait = try #require(node.node.deadline) - node.now
            let timeout = SteppedNode.settings.electionTimeout
            return Double(wait.nanoseconds) / Double(timeout.nanoseconds)
        }
        // The second one is as short as the first, and none is longer than 64 to 128 timeouts.
        for least in [1, 1, 2, 4, 8, 16, 32, 64, 64] as [Double] {
            let wait = try stand()
            #expect(least <= wait && wait < 2 * least)
        }
        // Where there is a leader, the next candidate begins anew.
        node.receive(.heartbeat(commit: 0, round: 1), from: 1, term: node.node.term)
        #expect(node.node.role == .follower)
        #expect((1..<2).contains(try stand()))
    }

    @Test func `9.6: a pre-vote changes nothing at the one who asks or the one who answers`() throws
    {
        var node = try SteppedNode()
        node.sync()
        let stored = node.records.count
        #expect(
            bodies(node.wake())
                == [.preVote(candidacy()), .preVote(candidacy())])
        #expect(node.node.term == 0 && node.records.count == stored)
        var voter = try SteppedNode(1)
        voter.sync()
        let answer = voter.receive(.preVote(candidacy()), from: 0, term: 1)
        #expect(bodies(answer) == [ballot(true, pre: true)])
        #expect(answer[0].message.term == 1)
        #expect(voter.node.term == 0 && voter.records.count == 1)
    }

    @Test func `5.2: a candidate votes for itself, and asks for votes once that is on its disk`()
        throws
    {
        var node = try SteppedNode()
        node.sync()
        node.wake()
        #expect(node.receive(ballot(true, pre: true), from: 1, term: 1).isEmpty)
        #expect(node.node.role == .candidate && node.node.term == 1)
        #expect(node.records.last == .promise(term: 1, vote: QuorumMember(NodeID(0))))
        let sent = node.sync()
        #expect(bodies(sent) == [.vote(candidacy()), .vote(candidacy())])
    }

    @Test(arguments: [
        (3, [true], QuorumRole.leader), (3, [false], .candidate), (3, [false, false], .follower),
        (5, [true], .candidate), (5, [true, true], .leader), (5, [false, false], .candidate),
        (5, [true, false, false, false], .follower), (5, [false, true, true], .leader),
    ])
    func `5.2: a majority of votes elects, a majority of refusals ends it`(
        size: Int, ballots: [Bool], role: QuorumRole
    ) throws {
        var node = try SteppedNode(of: size)
        node.sync()
        node.wake()
        for voter in 1..<UInt32(size) where node.node.role == .preCandidate {
            node.receive(ballot(true, pre: true), from: voter, term: 1)
        }
        node.sync()
        for (place, isGranted) in ballots.enumerated() {
            node.receive(ballot(isGranted), from: UInt32(place) + 1, term: 1)
        }
        #expect(node.node.role == role)
    }

    @Test func `5.2: votes of one voter count once, and pre-votes are no votes`() throws {
        var node = try SteppedNode(of: 5)
        node.sync()
        node.wake()
        node.receive(ballot(true, pre: true), from: 1, term: 1)
        node.receive(ballot(true, pre: true), from: 1, term: 1)
        #expect(node.node.role == .preCandidate)
        node.receive(ballot(true, pre: true), from: 2, term: 1)
        node.sync()
        node.receive(ballot(true, pre: true), from: 3, term: 1)
        node.receive(ballot(true), from: 1, term: 1)
        node.receive(ballot(true), from: 1, term: 1)
        #expect(node.node.role == .candidate)
        node.receive(ballot(true), from: 4, term: 1)
        #expect(node.node.role == .leader)
    }

    @Test func `5.2: one vote a term, first come first served, and it leaves once it is durable`()
        throws
    {
        var node = try SteppedNode()
        node.sync()
        #expect(node.receive(.vote(candidacy()), from: 1, term: 1).isEmpty)
        #expect(bodies(node.sync()) == [ballot(true)])
        #expect(bodies(node.receive(.vote(candidacy(9, 1)), from: 2, term: 1)) == [ballot(false)])
        // The same candidate asks again: its first answer may have been lost.
        #expect(bodies(node.receive(.vote(candidacy()), from: 1, term: 1)) == [ballot(true)])
    }

    @Test func `5.2: a vote is remembered over a restart`() throws {
        var node = try SteppedNode()
        node.sync()
        node.receive(.vote(candidacy()), from: 1, term: 1)
        node.sync()
        var again = try SteppedNode(recovered: node.disk)
        again.now = again.now + .seconds(1)
        #expect(again.node.term == 1)
        #expect(bodies(again.receive(.vote(candidacy()), from: 2, term: 1)) == [ballot(false)])
        #expect(bodies(again.receive(.vote(candidacy()), from: 1, term: 1)) == [ballot(true)])
    }

    @Test(
        arguments: [
            (2, 3, true), (3, 3, true), (1, 3, false), (1, 4, true), (9, 2, false),
        ] as [(UInt64, UInt64, Bool)])
    func `5.4.1: a vote goes to those only whose log is at least as far`(
        lastIndex: UInt64, lastTerm: UInt64, isGranted: Bool
    ) throws {
        let disk: [QuorumRecord] = [
            .born(
                incarnation: 0,
                try QuorumMembership(voters: (0..<3).map { QuorumMember(NodeID(place: $0)) })),
            .promise(term: 3, vote: nil),
            .append(first: 1, [QuorumEntry(term: 1, .noop), QuorumEntry(term: 3, .noop)]),
        ]
        var node = try SteppedNode(recovered: disk)
        node.now = node.now + .seconds(1)
        let candidacy = candidacy(lastIndex, lastTerm)
        #expect(
            bodies(node.receive(.preVote(candidacy), from: 1, term: 5))
                == [ballot(isGranted, pre: true)])
        node.receive(.vote(candidacy), from: 1, term: 5)
        #expect(bodies(node.sync()) == [ballot(isGranted)])
    }

    @Test
    func `5.1: a later term makes a follower of anybody, and is durable before it is answered`()
        throws
    {
        var node = try SteppedNode()
        node.elect()
        #expect(node.node.role == .leader && node.node.term == 1)
        #expect(node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 7).isEmpty)
        #expect(node.node.role == .follower && node.node.term == 7)
        #expect(node.node.leader == NodeID(2))
        #expect(bodies(node.sync()) == [.appended(matched: 0, round: 1)])
    }

    @Test func `5.1: what comes of an earlier term is refused, and leaders of it are told`() throws
    {
        var node = try SteppedNode()
        node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 7)
        node.sync()
        let told = node.receive(.heartbeat(commit: 0, round: 9), from: 1, term: 6)
        #expect(bodies(told) == [.outdated] && told[0].message.term == 7)
        #expect(node.node.leader == NodeID(2))
        #expect(bodies(node.receive(.vote(candidacy()), from: 1, term: 6)) == [ballot(false)])
        #expect(node.receive(.appended(matched: 3, round: 1), from: 1, term: 6).isEmpty)
        #expect(node.node.ignored.staleTerm == 1)
    }

    @Test func `4.2.3: nobody votes who has heard a leader within the least timeout`() throws {
        var node = try SteppedNode()
        node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 1)
        node.sync()
        node.now = node.now + .milliseconds(99)
        #expect(node.receive(.vote(candidacy(9, 1)), from: 1, term: 5).isEmpty)
        #expect(node.node.term == 1 && node.node.ignored.disruptive == 1)
        #expect(
            bodies(node.receive(.preVote(candidacy(9, 1)), from: 1, term: 5))
                == [ballot(false, pre: true)])
        node.now = node.now + .milliseconds(1)
        #expect(
            bodies(node.receive(.preVote(candidacy(9, 1)), from: 1, term: 5))
                == [ballot(true, pre: true)])
    }

    @Test func `3.10: one whom the leader asked to stand is voted for at once`() throws {
        var node = try SteppedNode()
        node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 1)
        node.sync()
        node.receive(.vote(candidacy(9, 1, isTransfer: true)), from: 1, term: 2)
        #expect(bodies(node.sync()) == [ballot(true)])
    }

    @Test func `6.4.1: a node that restarts keeps for a timeout the promise it may have made`()
        throws
    {
        var node = try SteppedNode()
        node.sync()
        var again = try SteppedNode(recovered: node.disk)
        again.now = again.now + .milliseconds(99)
        #expect(again.receive(.vote(candidacy()), from: 1, term: 1).isEmpty)
        again.now = again.now + .milliseconds(1)
        again.receive(.vote(candidacy()), from: 1, term: 1)
        #expect(bodies(again.sync()) == [ballot(true)])
    }

    @Test func `a later term does not end the promise to the leader of the one before`() throws {
        var node = try SteppedNode(of: 5)
        node.receive(.heartbeat(commit: 0, round: 1), from: 2, term: 1)
        node.sync()
        node.now = node.now + .milliseconds(10)
        node.receive(.readIndex(ticket: 1), from: 1, term: 2)
        #expect(node.node.term == 2 && node.node.leader == nil)
        node.sync()
        #expect(bodies(node.receive(.vote(candidacy()), from: 1, term: 2)) == [ballot(false)])
    }

    @Test
    func `6.2: a leader that no majority answers steps down within a timeout and a heartbeat`()
        throws
    {
        var node = try SteppedNode()
        node.elect()
        let begin = node.now
        while node.node.role == .leader { node.wake() }
        #expect(node.now - begin > .milliseconds(100))
        #expect(node.now - begin <= .milliseconds(140))
        #expect(node.node.term == 1)
    }

    @Test(arguments: [1, 2, 3, 5]) func `a cluster of any size elects a leader and serves`(
        size: Int
    ) throws {
        var cluster = try SteppedQuorum(size)
        let leader = cluster.elect()
        cluster.request(SteppedNode.write(1, [1]), of: leader)
        #expect(cluster.answers == [ClientAnswer(SteppedNode.write(1, [1]).id, .written(at: 2))])
    }
}
