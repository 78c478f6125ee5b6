import StateMachines
import Testing

@testable import ShenRing

/// The source document's way: every period to 3 random peers, the whole table, and a timeout of 10.
@Suite struct SundialHeartbeatTests {
    private func node(_ place: Int = 0, members: Int = 3, silence: Int = 10) -> LoneNode {
        LoneNode(place, members: members) {
            $0.detection = .heartbeats(silence: silence)
            $0.direction = .push
            $0.suspicion = SuspicionSettings(patience: 5, stretch: 1, confirmations: 0)
        }
    }

    private func table(_ states: [MemberState], _ heartbeats: [UInt32]) -> SundialMessage.Body {
        .table(states: states, heartbeats: heartbeats, asks: false)
    }

    private let allAlive = [alive(1), alive(1), alive(1)]

    @Test func `a merge keeps the higher heartbeat of each, in any order and any number of times`()
    {
        let tables: [[UInt32]] = [[0, 5, 9], [0, 7, 2], [0, 6, 8]]
        for order in [[0, 1, 2], [2, 1, 0], [1, 1, 0, 2, 0]] {
            var node = node()
            for place in order { node.hear(table(allAlive, tables[place]), from: 1) }
            #expect(node.machine.heartbeats?.counts == [0, 7, 9])
        }
    }

    @Test func `a heartbeat that stands still for the timeout makes a suspect, then a dead one`() {
        var node = node()
        for beat in 1...5 {
            node.wait(.seconds(1))
            node.hear(table(allAlive, [0, UInt32(beat), UInt32(beat)]), from: 1)
        }
        for beat in 6...14 {
            node.wait(.seconds(1))
            node.hear(table(allAlive, [0, UInt32(beat), 5]), from: 1)
        }
        #expect(node.state(of: 2) == alive(1))
        node.wait(.seconds(2))
        #expect(node.state(of: 2) == suspect(1), "ten periods and one after the fifth")
        #expect(node.state(of: 1) == alive(1))
        node.wait(.seconds(5))
        #expect(node.state(of: 2) == dead(1))
    }

    @Test func `a heartbeat that others relay again is no sign of life`() {
        var node = node()
        for _ in 0..<12 {
            node.hear(table(allAlive, [0, 3, 3]), from: 1)
            node.wait(.seconds(1))
        }
        #expect(node.state(of: 2) == suspect(1))
    }

    @Test func `a node that stood still suspects nobody for that`() {
        var node = node()
        node.wait(.seconds(2))
        node.sleep(.seconds(1_000))
        node.wake()
        #expect(node.machine.memberCount == 3)
    }

    @Test func `a new incarnation counts from nothing, whatever the former one had counted`() {
        var node = node()
        node.hear(table(allAlive, [0, 900, 1]), from: 1)
        node.hear(table([alive(1), alive(2), alive(1)], [0, 4, 1]), from: 1, saying: alive(2))
        #expect(node.state(of: 1) == alive(2))
        #expect(node.machine.heartbeats?.counts == [0, 4, 1])
        node.hear(table(allAlive, [0, 950, 1]), from: 2)
        #expect(node.machine.heartbeats?.counts == [0, 4, 1], "of the former incarnation")
    }

    @Test func `a node that begins again and hears its own old heartbeat takes a new incarnation`()
    {
        var node = node()
        node.wait(.seconds(2))
        node.hear(table(allAlive, [900, 1, 1]), from: 1)
        #expect(node.machine.ownState == alive(2))
        #expect(node.machine.heartbeats?.counts[0] == 2, "its own count goes on")
    }

    @Test func `every round the whole table goes to as many as the fan-out`() {
        var node = LoneNode(members: 50) {
            $0.detection = .heartbeats(silence: 10)
            $0.fanout = 3
        }
        node.wait(.seconds(1))
        let sent = node.takeSent()
        #expect(Set(sent.map(\.receiver)).count == 3)
        for outgoing in sent {
            // 16 of header, 5 of the table's own, and 8 for each node: this is what makes it O(n).
            #expect(outgoing.message.byteCount == 16 + 5 + 8 * 50)
            guard case .table(let states, let heartbeats, let asks) = outgoing.message.body else {
                Issue.record("\(outgoing)")
                continue
            }
            #expect(states.count == 50 && heartbeats[0] == 1 && asks)
        }
    }

    @Test func `who asks with a table gets one, and the dead go with their ages`() {
        var node = node()
        node.hear(table(allAlive, [0, 1, 1]), from: 1)
        node.hear(.correction, from: 1, [MemberUpdate(NodeID(2), dead(1), detail: 4_000)])
        node.hear(.table(states: allAlive, heartbeats: [0, 2, 1], asks: true), from: 1)
        let sent = node.takeSent()
        #expect(sent.count == 1)
        #expect(sent.first?.message.updates == [MemberUpdate(NodeID(2), dead(1), detail: 4_000)])
    }
}
