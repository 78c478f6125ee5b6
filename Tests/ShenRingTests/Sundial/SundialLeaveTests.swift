import StateMachines
import Testing

@testable import ShenRing

@Suite struct SundialLeaveTests {
    private func leaver() -> LoneNode {
        LoneNode(members: 4) {
            $0.detection = .none
            $0.fanout = 2
        }
    }

    @Test func `who leaves says so for some rounds, then falls silent`() {
        var node = leaver()
        node.ask(.leave)
        #expect(node.machine.ownState == left(1) && node.machine.hasLeft)
        node.wait(.seconds(1))
        let farewell = node.takeSent()
        #expect(farewell.count == 2)
        #expect(farewell.allSatisfy { $0.message.sender == left(1) && $0.state(of: 0) == left(1) })
        node.wait(.seconds(60))
        #expect(node.told.last == .departed)
        #expect(node.machine.deadline == nil)
        // log₂ 5 rounds, rounded up, and one more.
        #expect(node.takeSent().count == 2 * 3)
    }

    @Test func `who left answers who asks, and takes nothing in`() {
        var node = leaver()
        node.ask(.leave)
        node.wait(.seconds(60))
        _ = node.takeSent()
        node.hear(.dead, 1, of: 1, from: 2)
        node.hear(.correction, from: 2)
        #expect(node.takeSent().isEmpty && node.state(of: 1) == alive(1))
        node.hear(.ping(sequence: 1), from: 2)
        let answer = node.takeSent()
        #expect(answer.count == 1 && answer[0].isCorrection)
        #expect(answer.first?.message.sender == left(1))
    }

    @Test func `who left is no member, and is neither probed nor suspected`() {
        var node = LoneNode(members: 3)
        node.hear(.gossip(fingerprint: nil), from: 1, saying: left(1))
        #expect(!node.machine.isAlive(NodeID(1)) && node.state(of: 1) == left(1))
        node.hear(.suspect, 1, of: 1, from: 2)
        node.hear(.dead, 1, of: 1, from: 2)
        #expect(node.state(of: 1) == left(1))
        node.wait(.seconds(20))
        #expect(node.takeSent().allSatisfy { $0.receiver != NodeID(1) })
    }

    @Test func `who comes back has a greater incarnation and asks who is there`() {
        var node = leaver()
        node.ask(.leave)
        node.wait(.seconds(60))
        _ = node.takeSent()
        node.ask(.rejoin)
        #expect(node.machine.ownState == alive(2) && !node.machine.hasLeft)
        #expect(node.machine.knownCount == 1)
        let asked = node.takeSent()
        #expect(asked.count == 1)
        if case .join = asked[0].message.body {} else { Issue.record("\(asked)") }

        var other = LoneNode(members: 3) { $0.detection = .none }
        other.hear(.left, 1, of: 1, from: 2)
        other.hear(.join, from: 1, saying: alive(2))
        #expect(other.machine.isAlive(NodeID(1)))
    }

    @Test func `who leaves before it heard of its former life leaves that too`() {
        var node = leaver()
        node.ask(.leave)
        node.hear(.dead, 6, of: 0, from: 1)
        #expect(node.machine.ownState == left(6))
        node.ask(.rejoin)
        #expect(node.machine.ownState == alive(7))
    }

    @Test func `requests that do not fit change nothing`() {
        var node = leaver()
        node.ask(.rejoin)
        #expect(node.machine.ownState == alive(1))
        node.ask(.leave)
        node.ask(.leave)
        node.ask(.renew)
        #expect(node.machine.ownState == left(1))
        var renewed = leaver()
        renewed.ask(.renew)
        #expect(renewed.machine.ownState == alive(2))
    }

    @Test func `a joiner is told of all, in messages of bounded size, and passes none of it on`() {
        var node = LoneNode(members: 200) { $0.detection = .none }
        node.hear(.join, from: 300)
        let welcome = node.takeSent()
        #expect(welcome.count == 4)
        #expect(welcome.allSatisfy { $0.message.updates.count <= SundialMessage.mostUpdates })
        #expect(Set(welcome.flatMap(\.message.updates).map(\.member.place)).count == 201)

        var joiner = LoneNode(300, members: 0) {
            $0.detection = .none
            $0.fanout = 3
            $0.contacts = [NodeID(0)]
        }
        for piece in welcome { joiner.hear(.welcome, from: 0, piece.message.updates) }
        #expect(joiner.machine.memberCount == 201)
        _ = joiner.takeSent()
        joiner.wait(.seconds(1))
        let told = Set(joiner.takeSent().flatMap(\.message.updates).map(\.member))
        #expect(told == [NodeID(0), NodeID(300)], "whom it heard itself, and itself")
    }
}
