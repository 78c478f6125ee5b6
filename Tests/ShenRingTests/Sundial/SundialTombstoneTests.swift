import StateMachines
import Testing

@testable import ShenRing

@Suite struct SundialTombstoneTests {
    private func mourner(members: Int = 4) -> LoneNode {
        LoneNode(members: members) {
            $0.detection = .none
            $0.tombstoneLifetime = .seconds(100)
        }
    }

    @Test func `old gossip does not bring the dead back`() {
        var node = mourner()
        node.hear(.dead, 3, of: 1, from: 2)
        for incarnation in UInt32(1)...3 {
            node.hear(.alive, incarnation, of: 1, from: 2)
            node.hear(.suspect, incarnation, of: 1, from: 2)
        }
        #expect(node.state(of: 1) == dead(3))
        node.hear(.alive, 4, of: 1, from: 2)
        #expect(node.state(of: 1) == alive(4))
    }

    @Test(arguments: [MemberStatus.dead, .left])
    func `who is gone is forgotten when the lifetime is over`(status: MemberStatus) {
        var node = mourner()
        node.hear(status, 1, of: 1, from: 2)
        node.wait(.milliseconds(99_999))
        #expect(node.state(of: 1).status == status)
        node.wait(.milliseconds(1))
        #expect(node.state(of: 1) == .unknown)
        #expect(node.told.last == .changed(NodeID(1), .unknown))
        #expect(node.machine.knownCount == 3)
    }

    @Test func `a tombstone that is handed on keeps its age`() {
        var node = mourner()
        node.hear(.dead, 1, of: 1, from: 2, detail: 60_000)
        node.hear(.ping(sequence: 1), from: 3)
        let told = node.takeSent().flatMap(\.message.updates).first { $0.member == NodeID(1) }
        #expect(told?.detail == 60_000)
        node.wait(.milliseconds(39_000))
        #expect(node.state(of: 1) == dead(1))
        node.wait(.milliseconds(1_000))
        #expect(node.state(of: 1) == .unknown)
    }

    @Test
    func `who did not know a dead node hears of it, a period older each time, and not for ever`() {
        var node = mourner()
        node.hear(.dead, 1, of: 9, from: 2, detail: 99_000)
        #expect(node.state(of: 9) == .unknown)
        node.hear(.dead, 1, of: 9, from: 2, detail: 98_000)
        #expect(node.state(of: 9) == dead(1))
        node.wait(.milliseconds(999))
        #expect(node.state(of: 9) == dead(1))
        node.wait(.milliseconds(1))
        #expect(node.state(of: 9) == .unknown)
        // A member that it holds for alive it lets go, however long that is ago.
        node.hear(.dead, 1, of: 1, from: 2, detail: 500_000)
        #expect(!node.machine.isAlive(NodeID(1)))
    }

    @Test
    func `a node that was away for half the lifetime forgets, and begins in a new incarnation`() {
        var node = mourner(members: 6)
        node.wait(.milliseconds(500))
        // It last did something as it began.
        node.sleep(.milliseconds(49_400))
        node.wake()
        #expect(node.machine.knownCount == 6, "half the lifetime is not over yet")
        node.wait(.seconds(2))
        node.sleep(.milliseconds(50_100))
        _ = node.takeSent()
        node.hear(.alive, 1, of: 5, from: 4)
        #expect(node.machine.knownCount == 1)
        #expect(node.machine.ownState == alive(2))
        #expect(node.told.contains(.startedOver))
        // What lies unread is as old as what it knew.
        node.hear(.alive, 1, of: 5, from: 4)
        #expect(node.machine.knownCount == 1)
        let asked = node.takeSent()
        #expect(asked.count == 1 && asked[0].receiver != NodeID(0))
        if case .join = asked[0].message.body {} else { Issue.record("\(asked)") }
        node.wait(.seconds(1))
        node.hear(.alive, 1, of: 5, from: 4)
        #expect(node.machine.isAlive(NodeID(5)) && node.machine.isAlive(NodeID(4)))
    }

    @Test func `the dead are talked to now and then, and those that left are not`() {
        var node = mourner(members: 3)
        node.hear(.dead, 1, of: 1, from: 2)
        node.hear(.left, 1, of: 2, from: 1)
        _ = node.takeSent()
        node.wait(.seconds(60))
        let receivers = Set(node.takeSent().map(\.receiver))
        #expect(receivers == [NodeID(1)])
    }

    @Test func `contacts that are not members are tried for ever`() {
        var node = LoneNode(members: 0) {
            $0.contacts = [NodeID(7)]
            $0.tombstoneLifetime = .seconds(10)
        }
        #expect(node.takeSent().map(\.receiver) == [NodeID(7)], "at once")
        node.wait(.seconds(100))
        #expect(node.takeSent().count >= 100)
        node.hear(.alive, 1, of: 3, from: 2)
        node.wait(.seconds(100))
        #expect(node.takeSent().contains { $0.receiver == NodeID(7) })
    }
}
