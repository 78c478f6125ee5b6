import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct SundialComparisonTests {
    /// A node that holds some members and tells no news.
    private func node(_ place: Int, knowing states: [Int: MemberState]) -> LoneNode {
        var node = LoneNode(place, members: 0) {
            $0.detection = .none
            $0.retransmissions = 0.01
            $0.contacts = [NodeID(9_000)]
        }
        let updates = states.sorted { $0.key < $1.key }.map {
            MemberUpdate(NodeID(place: $0.key), $0.value)
        }
        for start in stride(from: 0, to: updates.count, by: 60) {
            node.hear(.welcome, from: 8_000, Array(updates[start...].prefix(60)))
        }
        _ = node.takeSent()
        return node
    }

    /// Carries messages between two nodes until there are none, and says how many there were and how
    /// many bytes the greatest had.
    private func talk(_ one: inout LoneNode, _ other: inout LoneNode) -> (count: Int, most: Int) {
        var (count, most) = (0, 0)
        while true {
            let toOther = one.takeSent().filter { $0.receiver == other.machine.node }
            let toOne = other.takeSent().filter { $0.receiver == one.machine.node }
            if toOther.isEmpty, toOne.isEmpty { return (count, most) }
            for outgoing in toOther {
                other.hear(
                    outgoing.message.body, from: one.machine.node.place,
                    saying: outgoing.message.sender, outgoing.message.updates)
            }
            for outgoing in toOne {
                one.hear(
                    outgoing.message.body, from: other.machine.node.place,
                    saying: outgoing.message.sender, outgoing.message.updates)
            }
            count += toOther.count + toOne.count
            most = max(most, (toOther + toOne).map(\.message.byteCount).max() ?? 0)
            if count > 5_000 {
                Issue.record("they never stop")
                return (count, most)
            }
        }
    }

    @Test func `two tables become one, and no message is large`() {
        var generator = testSeed.derived(for: "comparison").generator()
        for _ in 0..<testRounds(20) {
            let common = (2..<1_200).filter { _ in generator.next(below: 4) > 0 }
            var (first, second) = ([Int: MemberState](), [Int: MemberState]())
            for place in common {
                first[place] = alive(3)
                second[place] = alive(3)
            }
            for _ in 0..<generator.next(below: 40) {
                let place = 2 + Int(generator.next(below: 1_500))
                let status = MemberStatus.allCases[Int(generator.next(below: 4))]
                let state = MemberState(status, incarnation: 1 + UInt32(generator.next(below: 5)))
                if generator.next(below: 2) == 0 {
                    first[place] = state
                } else {
                    second[place] = state
                }
            }
            var one = node(0, knowing: first)
            var other = node(1, knowing: second)
            one.hear(.digest(TableDigest(of: other.machine.table)), from: 1)
            let talk = talk(&one, &other)
            #expect(one.machine.fingerprint == other.machine.fingerprint, "\(replay)")
            #expect(talk.most < 400, "\(replay)")
            let expected = first.merging(second) { max($0, $1) }
            for (place, state) in expected {
                #expect(one.state(of: place) == state, "\(place), \(replay)")
            }
        }
    }

    @Test func `equal tables are compared in one message, and one difference takes few`() {
        var states = [Int: MemberState]()
        for place in 2..<10_000 { states[place] = alive(1) }
        states[0] = alive(1)
        states[1] = alive(1)
        var one = node(0, knowing: states)
        var other = node(1, knowing: states)
        one.hear(.digest(TableDigest(of: other.machine.table)), from: 1)
        #expect(one.takeSent().isEmpty)
        other.hear(.welcome, from: 8_000, [MemberUpdate(NodeID(5_000), alive(2))])
        one.hear(.digest(TableDigest(of: other.machine.table)), from: 1)
        let talk = talk(&one, &other)
        #expect(one.state(of: 5_000) == alive(2))
        // Down the tree of 16 384 places by sixteenths, then one part and what is better.
        #expect(talk.count <= 6 && talk.most <= 250, "\(talk)")
    }

    @Test func `nodes take turns to compare, and choose a member each time`() {
        var node = LoneNode(3, members: 5) {
            $0.detection = .none
            $0.comparison = 4
            $0.direction = .push
        }
        node.wait(.seconds(40))
        let digests = node.takeSent().filter {
            if case .digest = $0.message.body { true } else { false }
        }
        #expect(digests.count == 10)
        #expect(Set(digests.map(\.receiver)).count > 1)
    }
}
