import StateMachines
import Testing

@testable import ShenRing

@Suite struct SundialSuspicionTests {
    private let period = Span.seconds(1)

    @Test func `timeouts are Lifeguard's, section IV-B`() {
        let settings = SuspicionSettings(patience: 5, stretch: 6, confirmations: 3)
        // α·log₁₀(1000)·1 s = 15 s at least, and six times that at most; by hand for C of K = 3:
        // 90 − 75·ln(C+1)/ln 4.
        let seconds = (0...4).map {
            settings.timeout(confirmed: $0, nodes: 1_000, period: period).inSeconds
        }
        for (found, expected) in zip(seconds, [90, 52.5, 30.5640, 15, 15]) {
            #expect(abs(found - expected) < 0.001, "\(seconds)")
        }
        // Fewer than ten nodes count as ten.
        #expect(settings.timeout(confirmed: 0, nodes: 8, period: period) == .seconds(30))
        // Where nobody is there to confirm, there is nothing to wait for.
        #expect(settings.timeout(confirmed: 0, nodes: 4, period: period) == .seconds(5))
        let fixed = SuspicionSettings(patience: 5, stretch: 6, confirmations: 0)
        #expect(fixed.timeout(confirmed: 0, nodes: 1_000, period: period) == .seconds(15))
    }

    @Test func `who is suspected is dead when its time is over, and not before`() {
        var node = LoneNode(members: 4) {
            $0.detection = .none
            $0.suspicion = SuspicionSettings(patience: 5, stretch: 6, confirmations: 0)
        }
        node.hear(.suspect, 1, of: 1, from: 2)
        node.wait(.milliseconds(4_999))
        #expect(node.state(of: 1) == suspect(1))
        node.wait(.milliseconds(1))
        #expect(node.state(of: 1) == dead(1))
        #expect(
            node.told.suffix(2) == [
                .changed(NodeID(1), suspect(1)), .changed(NodeID(1), dead(1)),
            ])
    }

    @Test func `each further accuser shortens the time, one that repeats itself does not`() {
        // Of ten nodes: 30 s, less with each of three that confirm, and 5 s with all.
        var node = LoneNode(members: 10) { $0.detection = .none }
        node.hear(.suspect, 1, of: 1, from: 2)
        for _ in 0..<5 { node.hear(.suspect, 1, of: 1, from: 2) }
        node.hear(.suspect, 1, of: 1, from: 5, detail: 2)
        node.wait(.milliseconds(17_400))
        #expect(node.state(of: 1) == suspect(1), "one accuser, whoever relays it")
        node.hear(.suspect, 1, of: 1, from: 3)
        #expect(node.state(of: 1) == suspect(1))
        // 30 − 25·ln 2/ln 4 = 17.5 s with one confirmation.
        node.wait(.milliseconds(100))
        #expect(node.state(of: 1) == dead(1))
    }

    @Test func `an accusation by a further node is passed on, and one that is known is not`() {
        var node = LoneNode(members: 10) {
            $0.detection = .none
            $0.retransmissions = 0.1
        }
        node.hear(.suspect, 1, of: 1, from: 2)
        _ = node.takeSent()
        func accusers(_ node: inout LoneNode) -> [UInt32] {
            node.hear(.ping(sequence: 1), from: 4)
            return node.takeSent().flatMap(\.message.updates)
                .filter { $0.member == NodeID(1) }.map(\.detail)
        }
        #expect(accusers(&node) == [2])
        #expect(accusers(&node).isEmpty)
        node.hear(.suspect, 1, of: 1, from: 3)
        #expect(accusers(&node) == [3])
        node.hear(.suspect, 1, of: 1, from: 3)
        #expect(accusers(&node).isEmpty)
    }

    @Test func `a suspicion ends with a greater incarnation and with nothing else`() {
        var node = LoneNode(members: 5) { $0.detection = .none }
        node.hear(.suspect, 3, of: 1, from: 2)
        node.hear(.alive, 3, of: 1, from: 2)
        node.hear(.suspect, 2, of: 1, from: 4)
        #expect(node.state(of: 1) == suspect(3))
        node.hear(.alive, 4, of: 1, from: 2)
        #expect(node.state(of: 1) == alive(4))
        node.wait(.seconds(200))
        #expect(node.state(of: 1) == alive(4), "no death of an old suspicion")
    }

    @Test func `a node that stood still gives suspects as much more time`() {
        var node = LoneNode(members: 4) {
            $0.detection = .none
            $0.suspicion = SuspicionSettings(patience: 5, stretch: 1, confirmations: 0)
        }
        node.hear(.suspect, 1, of: 1, from: 2)
        node.wait(.milliseconds(2_500))
        node.sleep(.seconds(60))
        // It did something last half a second before it fell asleep: three of the five seconds are left.
        node.wake()
        node.wait(.milliseconds(2_900))
        #expect(node.state(of: 1) == suspect(1))
        node.wait(.milliseconds(200))
        #expect(node.state(of: 1) == dead(1))
    }
}
