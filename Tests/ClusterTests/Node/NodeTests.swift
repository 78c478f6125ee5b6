import Network
import Shen
import ShenRing
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Cluster

/// A node between sockets, journals and clocks, by a machine that tells all that happens to it.
@Suite struct NodeTests {
    @Test func `what a node says to itself comes back in order`() throws {
        let bird = try Bird(0)
        bird.say(1...3, to: bird.id)
        try bird.await(.heard(3, from: bird.id))
        #expect(bird.events.first == .started)
        #expect(bird.heard(from: bird.id) == [1, 2, 3])
        #expect(bird.node.statistics.sent == 0)
        try bird.stop()
    }

    @Test func `what a turn says to a peer leaves in one frame and comes in order`() throws {
        let (one, other) = (try Bird(0), try Bird(1))
        try one.meet(other)
        one.say(1...100, bytes: 100, to: other.id)
        try other.await(.heard(100, from: one.id))
        #expect(other.heard(from: one.id) == Array(1...100))
        try one.awaitStatistics { $0.sent == 100 }
        #expect(one.node.statistics.framesSent == 1)
        try one.stop()
        try other.stop()
    }

    @Test func `what is longer than a frame leaves in several, and too long a message never`()
        throws
    {
        let one = try Bird(0) { options in
            options.maximumFrame = 4_096
            options.maximumUnsent = 1 << 20
        }
        let other = try Bird(1) { $0.maximumFrame = 4_096 }
        try one.meet(other)
        one.say(1...50, bytes: 1_000, to: other.id)
        one.say(51...51, bytes: 4_090, to: other.id)
        one.say(52...52, to: other.id)
        try other.await(.heard(52, from: one.id))
        #expect(other.heard(from: one.id) == Array(1...50) + [52])
        try one.awaitStatistics { $0.sent == 51 }
        #expect(one.node.statistics.tooLong == 1)
        #expect(one.node.statistics.framesSent >= 13)
        try one.stop()
        try other.stop()
    }

    @Test func `what is for nobody is dropped and counted`() throws {
        let bird = try Bird(0)
        bird.say(1...5, to: NodeID(7))
        try bird.awaitStatistics { $0.unreachable == 5 }
        try bird.stop()
    }

    @Test func `who has called is answered, though nobody knows where it is`() throws {
        let (one, other) = (try Bird(0), try Bird(1))
        try one.meet(other)
        try other.await("the caller to be reachable") { $0.reachable.contains(one.id) }
        other.say(7...7, to: one.id)
        try one.await(.heard(7, from: other.id))
        try one.stop()
        try other.await("the caller to be gone") { $0.reachable.isEmpty }
        other.say(8...8, to: one.id)
        try other.awaitStatistics { $0.unreachable == 1 }
        try other.stop()
    }

    @Test func `who calls again is answered on the later connection`() throws {
        let (one, other) = (try Bird(0), try Bird(1))
        try one.meet(other)
        try other.await("the caller to be reachable") { $0.reachable.contains(one.id) }
        // As after a power cut at the caller: the earlier connection is open here still.
        let again = try Bird(0)
        try again.meet(other)
        try other.await("the caller again") { $0.meetings[one.id] ?? 0 >= 2 }
        other.say(7...7, to: one.id)
        try again.await(.heard(7, from: other.id))
        for bird in [again, one, other] { try bird.stop() }
    }

    @Test func `a peer that comes back at the same address is called again`() throws {
        let one = try Bird(0) { options in
            options.backoff = Backoff(first: .milliseconds(1), most: .milliseconds(20))
        }
        let other = try Bird(1)
        try one.meet(other)
        let address = other.address
        try other.stop()
        try one.await("the peer to be gone") { !$0.reachable.contains(other.id) }
        let again = try Bird(1, listening: address)
        try one.meet(again, time: 2)
        one.say(2...2, to: again.id)
        try again.await(.heard(2, from: one.id))
        try one.stop()
        try again.stop()
    }

    @Test func `a peer that has moved is called at its new address`() throws {
        let (one, other, moved) = (try Bird(0), try Bird(1), try Bird(1))
        try one.meet(other)
        try one.meet(moved, time: 2)
        one.say(3...3, to: moved.id)
        try moved.await(.heard(3, from: one.id))
        for bird in [one, other, moved] { try bird.stop() }
    }

    @Test func `a machine is woken when its deadline has come, and not before`() throws {
        let bird = try Bird(0)
        for count in 1...5 {
            bird.node.ask(.sleep(.milliseconds(3)))
            try bird.await("waking \(count)") { self.delays(in: $0.events).count == count }
        }
        #expect(delays(in: bird.events).allSatisfy { $0 >= .zero })
        try bird.stop()
    }

    private func delays(in events: [Parrot.Event]) -> [StateMachines.Span] {
        events.compactMap { if case .woke(let late) = $0 { late } else { nil } }
    }

    @Test func `records are told to be stored when the journal says so`() throws {
        let contents = Signal(ScriptedDisk.Contents(permitted: 0))
        let bird = try Bird(0, journal: scripted(contents))
        for record in 1...3 as ClosedRange<UInt64> { bird.node.ask(.store(record)) }
        try contents.wait("a sync") { $0.isSyncing }
        #expect(!bird.events.contains { if case .stored = $0 { true } else { false } })
        contents.change { $0.permitted = nil }
        try bird.await(.stored(3))
        contents.change { #expect($0.durable == [1, 2, 3]) }
        try bird.stop()
        contents.change { #expect($0.isClosed) }
    }

    @Test func `what was asked before an orderly end is done and stored`() throws {
        let contents = Signal(ScriptedDisk.Contents())
        let bird = try Bird(0, journal: scripted(contents))
        for record in 1...20 as ClosedRange<UInt64> { bird.node.ask(.store(record)) }
        try bird.stop()
        contents.change { #expect($0.durable == Array(1...20)) }
    }

    @Test func `without a journal records count as stored at once`() throws {
        let bird = try Bird(0)
        bird.node.ask(.store(1))
        try bird.await(.stored(1))
        try bird.stop()
    }

    @Test func `a sync that fails ends the node, and nothing is told to be stored`() throws {
        let contents = Signal(ScriptedDisk.Contents(fails: true))
        let bird = try Bird(0, journal: scripted(contents))
        bird.node.ask(.store(1))
        do throws(NodeFailure) {
            try bird.node.wait()
            Issue.record("it ended in order")
        } catch {
            guard case .journal(ScriptedDisk.failure) = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(bird.events == [.started])
    }

    private func scripted(_ contents: Signal<ScriptedDisk.Contents>) -> JournalPlan<UInt64> {
        JournalPlan { (recovered, wake) throws(LogError) in
            try JournalWriter(
                ScriptedDisk(contents: contents), recovered: [], durability: .group, wake: wake)
        }
    }

    @Test func `a node whose machine cannot be made does not begin`() throws {
        struct Unmakeable: Error {}
        let plan = NodePlan<Parrot>(
            options: NodeOptions(id: NodeID(0), cluster: Bird.cluster), seed: testSeed,
            make: { _ in throw Unmakeable() })
        do throws(NodeFailure) {
            _ = try RunningNode(plan, application: EventSink())
            Issue.record("it began")
        } catch {
            guard case .machine(let cause) = error, cause is Unmakeable else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `a node whose address is taken does not begin`() throws {
        let bird = try Bird(0)
        do throws(NodeFailure) {
            _ = try RunningNode(
                NodePlan<Parrot>(
                    options: NodeOptions(
                        id: NodeID(1), cluster: Bird.cluster, listening: bird.address),
                    seed: testSeed, make: { _ in Parrot() }),
                application: EventSink())
            Issue.record("it began")
        } catch {
            guard case .network(.listen(bird.address, _)) = error else {
                Issue.record("\(error)")
                return
            }
        }
        try bird.stop()
    }
}
