import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct SundialNewsTests {
    @Test func `news is told so often and no more, what was told least first`() {
        var rumors = Rumors()
        func take(_ limit: Int) -> [Int] {
            var updates: [MemberUpdate] = []
            rumors.take(upTo: limit, times: 3, into: &updates) {
                MemberUpdate($0.member, $0.state)
            }
            return updates.map(\.member.place)
        }
        for member in 0..<3 {
            rumors.add(
                Rumors.Rumor(member: NodeID(place: member), state: alive(1), accuser: NodeID(0)))
        }
        #expect(take(2) == [0, 1])
        #expect(take(2) == [2, 0])
        rumors.add(Rumors.Rumor(member: NodeID(9), state: alive(1), accuser: NodeID(0)))
        #expect(take(2) == [9, 1])
        var told = [Int: Int]()
        while !rumors.isEmpty { for member in take(3) { told[member, default: 0] += 1 } }
        #expect(told == [0: 1, 1: 1, 2: 2, 9: 2])
    }

    @Test func `news that newer news has made void is not told`() {
        var node = LoneNode(members: 4) { $0.detection = .none }
        node.hear(.suspect, 1, of: 1, from: 2)
        node.hear(.alive, 2, of: 1, from: 2)
        node.hear(.ping(sequence: 1), from: 3)
        let told = node.takeSent().flatMap(\.message.updates).filter { $0.member == NodeID(1) }
        #expect(told.map(\.state) == [alive(2)])
    }

    @Test func `each node tells news λ log n times, and as much at a time as is allowed`() {
        var node = LoneNode(members: 100) {
            $0.detection = .none
            $0.newsPerMessage = 5
            $0.retransmissions = 2
        }
        for member in 1...20 { node.hear(.alive, 2, of: member, from: 50) }
        var told = [NodeID: Int]()
        for sequence in 0..<400 {
            node.hear(.ping(sequence: UInt32(sequence)), from: 60)
            let updates = node.takeSent().flatMap(\.message.updates)
            #expect(updates.count <= 5)
            for update in updates { told[update.member, default: 0] += 1 }
        }
        // 2·log₂ 100, rounded up: 7 doublings.
        #expect((1...20).allSatisfy { told[NodeID(place: $0)] == 14 })
    }

    @Test func `push calls nobody without news, and push-pull asks for theirs`() {
        var push = LoneNode(members: 10) {
            $0.detection = .none
            $0.fanout = 3
            $0.direction = .push
            $0.retransmissions = 0.01
        }
        push.wait(.seconds(1))
        #expect(push.takeSent().count == 1, "its own beginning, once")
        push.wait(.seconds(5))
        #expect(push.takeSent().isEmpty)

        var pull = LoneNode(members: 10) {
            $0.detection = .none
            $0.fanout = 3
        }
        pull.wait(.seconds(1))
        let calls = pull.takeSent()
        #expect(Set(calls.map(\.receiver)).count == 3)
        pull.hear(.gossip(fingerprint: pull.machine.fingerprint), from: 4)
        #expect(pull.takeSent().isEmpty, "who knows the same hears nothing")
        pull.hear(.gossip(fingerprint: 0), from: 4)
        #expect(pull.takeSent().map(\.receiver) == [NodeID(4)])
    }

    @Test func `whom a node calls is any other member alike`() {
        var node = LoneNode(members: 12) { $0.detection = .none }
        node.hear(.dead, 1, of: 5, from: 6)
        var called = [NodeID: Int]()
        for _ in 0..<6_000 {
            let chosen = node.machine.randomMembers(3)
            #expect(chosen.count == 3 && Set(chosen).count == 3)
            for member in chosen { called[member, default: 0] += 1 }
        }
        #expect(called[NodeID(0)] == nil && called[NodeID(5)] == nil && called.count == 10)
        // 1 800 each, with a deviation of 35.
        #expect(called.values.allSatisfy { abs($0 - 1_800) < 210 }, "\(called)")
        #expect(node.machine.randomMembers(50).count == 10)
        #expect(node.machine.randomMembers(50, except: NodeID(3)).count == 9)
    }

    @Test func `deadlines come in their order`() {
        var generator = testSeed.derived(for: "deadlines").generator()
        var queue = DeadlineQueue()
        var expected: [Int64] = []
        for _ in 0..<testRounds(500) {
            let moment = Int64(generator.next(below: 1_000))
            queue.insert(NodeID(UInt32(generator.next(below: 5))), at: Moment(nanoseconds: moment))
            expected.append(moment)
            guard generator.next(below: 3) == 0 else { continue }
            expected.sort()
            #expect(queue.first?.nanoseconds == expected[0], "\(replay)")
            #expect(queue.takeDue(at: Moment(nanoseconds: expected[0] - 1)) == nil)
            #expect(queue.takeDue(at: Moment(nanoseconds: expected[0])) != nil)
            expected.removeFirst()
        }
        expected.sort()
        #expect(queue.first?.nanoseconds == expected.first)
        queue.shift(by: Span(nanoseconds: 5))
        #expect(queue.first?.nanoseconds == expected.first.map { $0 + 5 })
    }
}
