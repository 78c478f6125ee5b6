import StateMachines
import Testing

@testable import ShenRing

@Suite struct SundialRefutationTests {
    @Test(arguments: [MemberStatus.suspect, .dead, .left])
    func `a node that hears that it is not alive takes a greater incarnation and says so`(
        status: MemberStatus
    ) {
        var node = LoneNode(members: 3) { $0.detection = .none }
        node.hear(status, 1, of: 0, from: 1)
        #expect(node.machine.ownState == alive(2))
        #expect(node.told == [.announced(incarnation: 1), .announced(incarnation: 2)])
        #expect(node.machine.counts.refutations == 1)
        node.hear(.ping(sequence: 5), from: 2)
        let answer = node.takeSent().last
        #expect(answer?.message.sender == alive(2))
        #expect(answer?.state(of: 0) == alive(2), "as news for others, too")
    }

    @Test func `what is said of a former incarnation is not refuted`() {
        var node = LoneNode(members: 3) { $0.detection = .none }
        node.hear(.dead, 4, of: 0, from: 1)
        #expect(node.machine.ownState == alive(5))
        node.hear(.dead, 4, of: 0, from: 2)
        node.hear(.suspect, 3, of: 0, from: 2)
        node.hear(.alive, 5, of: 0, from: 2)
        #expect(node.machine.ownState == alive(5))
        #expect(node.machine.counts.refutations == 1)
    }

    @Test func `a node that begins without a disk goes above its former life`() {
        var node = LoneNode(members: 3) { $0.detection = .none }
        node.hear(.alive, 9, of: 0, from: 1)
        #expect(node.machine.ownState == alive(10))
    }

    @Test func `a node begins above what its disk knows, and silent until that is durable`() {
        var node = LoneNode(
            members: 3, recovered: [.incarnation(1), .incarnation(7), .incarnation(6)]
        ) { $0.isDurable = true }
        #expect(node.records == [.incarnation(8)])
        node.hear(.ping(sequence: 1), from: 1)
        node.wait(.seconds(10))
        #expect(node.sent.isEmpty && node.told.isEmpty && node.machine.deadline == nil)
        node.sync()
        #expect(node.machine.ownState == alive(8))
        node.wait(.seconds(1))
        #expect(!node.sent.isEmpty)
    }

    @Test func `a refutation waits for its record, and is stored once`() {
        var node = LoneNode(members: 3) {
            $0.isDurable = true
            $0.detection = .none
        }
        node.sync()
        node.hear(.suspect, 1, of: 0, from: 1)
        node.hear(.suspect, 1, of: 0, from: 2)
        #expect(node.records == [.incarnation(1), .incarnation(2)])
        #expect(node.machine.ownState == alive(1))
        node.hear(.ping(sequence: 1), from: 1)
        #expect(node.takeSent().last?.message.sender == alive(1))
        node.sync()
        #expect(node.machine.ownState == alive(2))
    }

    @Test func `a sender that does not know what is known of it is told`() {
        var node = LoneNode(members: 3) { $0.detection = .none }
        node.hear(.alive, 5, of: 1, from: 2)
        _ = node.takeSent()
        node.hear(.gossip(fingerprint: nil), from: 1, saying: alive(1))
        let correction = node.takeSent()
        #expect(correction.count == 1 && correction[0].isCorrection)
        #expect(correction.first?.state(of: 1) == alive(5))
        node.hear(.correction, from: 1, saying: alive(1))
        #expect(node.takeSent().isEmpty, "corrections are not corrected")
    }

    @Test func `a suspect hears of it from whoever answers it, Lifeguard, section IV-C`() {
        var node = LoneNode(members: 3) {
            $0.detection = .none
            $0.retransmissions = 0.01
        }
        node.hear(.suspect, 1, of: 1, from: 2)
        // The news itself was told as often as it is.
        node.hear(.ping(sequence: 1), from: 2)
        _ = node.takeSent()
        for sequence in 2...4 {
            node.hear(.ping(sequence: UInt32(sequence)), from: 1)
            let answer = node.takeSent()
            #expect(answer.count == 1)
            #expect(answer.first?.state(of: 1) == suspect(1))
        }
    }

    @Test func `a dead node that speaks up in a new incarnation is alive again`() {
        var node = LoneNode(members: 3) { $0.detection = .none }
        node.hear(.dead, 1, of: 1, from: 2)
        #expect(!node.machine.isAlive(NodeID(1)))
        node.hear(.ping(sequence: 1), from: 1, saying: alive(1))
        #expect(!node.machine.isAlive(NodeID(1)), "not on the word of its dead incarnation")
        node.hear(.ping(sequence: 2), from: 1, saying: alive(2))
        #expect(node.machine.isAlive(NodeID(1)))
    }
}
