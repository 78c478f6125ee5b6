import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

@Suite struct SundialMergeTests {
    @Test func `a state holds against those before it in the order of SWIM, section 4 2`() {
        let order = [
            MemberState.unknown, alive(1), suspect(1), dead(1), left(1), alive(2), suspect(2),
            dead(2),
        ]
        for (place, state) in order.enumerated() {
            for (other, later) in order.enumerated() {
                #expect((state < later) == (place < other), "\(state) and \(later)")
            }
        }
        #expect(suspect(7).incarnation == 7 && suspect(7).status == .suspect)
        #expect(suspect(7).isRunning && !suspect(7).isAlive && !dead(7).isRunning)
        #expect(!MemberState.unknown.isRunning && MemberState.unknown.status == nil)
        #expect("\(dead(3)) \(MemberState.unknown)" == "dead(3) unknown")
    }

    @Test func `views are the same whatever the order of news and however often it comes`() {
        var generator = testSeed.derived(for: "merge").generator()
        for round in 0..<testRounds(200) {
            let news = (0..<40).map { _ in randomUpdate(by: &generator) }
            // The dumb reference: the greatest state that was heard of each.
            var reference: [NodeID: MemberState] = [:]
            for update in news {
                reference[update.member] = max(reference[update.member] ?? .unknown, update.state)
            }
            let views = (0..<3).map { _ in
                view(after: (news + news.prefix(15)).shuffled(by: &generator), by: &generator)
            }
            for view in views {
                for member in 1..<8 {
                    let node = NodeID(place: member)
                    #expect(
                        view.state(of: member) == reference[node] ?? .unknown,
                        "\(node) in round \(round), \(replay)")
                }
                #expect(view.machine.fingerprint == views[0].machine.fingerprint, "\(replay)")
            }
        }
    }

    @Test func `merging two views, either way and with themselves, gives one`() {
        var generator = testSeed.derived(for: "merging views").generator()
        for _ in 0..<testRounds(100) {
            let first = (0..<12).map { _ in randomUpdate(by: &generator) }
            let second = (0..<12).map { _ in randomUpdate(by: &generator) }
            var one = view(after: first, by: &generator)
            var other = view(after: second, by: &generator)
            let (fromOne, fromOther) = (all(of: one), all(of: other))
            one.hear(.gossip(fingerprint: nil), from: 9, fromOther)
            other.hear(.gossip(fingerprint: nil), from: 9, fromOne)
            #expect(one.machine.fingerprint == other.machine.fingerprint, "\(replay)")
            let before = one.machine.fingerprint
            one.hear(.gossip(fingerprint: nil), from: 9, all(of: one))
            #expect(one.machine.fingerprint == before, "\(replay)")
        }
    }

    @Test func `counts of members and fingerprints are those of a table that is counted anew`() {
        var generator = testSeed.derived(for: "counts").generator()
        var table = MembershipTable(members: 5)
        for _ in 0..<testRounds(2_000) {
            let update = randomUpdate(by: &generator)
            let isForgotten = generator.next(below: 5) == 0
            table.set(isForgotten ? .unknown : update.state, of: update.member)
            let states = (0..<table.places).map { table[NodeID(place: $0)] }
            #expect(table.running == states.count(where: \.isRunning), "\(replay)")
            #expect(table.alive == states.count(where: \.isAlive), "\(replay)")
            #expect(table.dead == states.count { $0.status == .dead }, "\(replay)")
            #expect(table.known == states.count(where: \.isKnown), "\(replay)")
            #expect(table.fingerprint == table.fingerprint(of: 0..<table.places), "\(replay)")
        }
    }

    @Test func `a liveness lookup knows members, suspects included, and nobody else`() {
        var node = LoneNode(members: 4)
        node.hear(.suspect, 1, of: 1, from: 3)
        node.hear(.dead, 1, of: 2, from: 3)
        let answers = [0, 1, 2, 3, 4, 60_000].map { node.machine.isAlive(NodeID(place: $0)) }
        #expect(answers == [true, true, false, true, false, false])
    }

    /// Of 1 to 7; the senders are others, so that nothing is said by a member of itself.
    private func randomUpdate(by generator: inout Xoshiro256StarStar) -> MemberUpdate {
        let status = MemberStatus.allCases[Int(generator.next(below: 4))]
        return MemberUpdate(
            NodeID(place: 1 + Int(generator.next(below: 7))),
            MemberState(status, incarnation: 1 + UInt32(generator.next(below: 4))),
            detail: status == .suspect ? UInt32(generator.next(below: 8)) : 0)
    }

    /// A node that has heard news, some in messages of their own and some together.
    private func view(
        after news: [MemberUpdate], by generator: inout Xoshiro256StarStar
    ) -> LoneNode {
        var node = LoneNode(members: 0) { $0.capacity = 16 }
        var rest = news[...]
        while !rest.isEmpty {
            let count = 1 + Int(generator.next(below: 6))
            node.hear(.gossip(fingerprint: nil), from: 9, Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return node
    }

    private func all(of node: LoneNode) -> [MemberUpdate] {
        node.machine.members.filter { $0.node != node.machine.node }
            .map { MemberUpdate($0.node, $0.state) }
    }
}
