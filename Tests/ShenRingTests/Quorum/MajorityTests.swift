import Randomness
import StateMachines
import TestSupport
import Testing

@testable import ShenRing

/// Counting, against counting done dumbly, as etcd's `quorum/quick_test.go` does it.
@Suite struct MajorityTests {
    /// The greatest of all numbers that so many reach, looked for from the top.
    private func dumb(_ voters: [QuorumMember], _ numbers: [QuorumMember: UInt64]) -> UInt64 {
        guard !voters.isEmpty else { return .max }
        for candidate in (0...20 as ClosedRange<UInt64>).reversed() {
            let count = voters.count { numbers[$0] ?? 0 >= candidate }
            if count * 2 > voters.count { return candidate }
        }
        return 0
    }

    private func randomMembers(
        _ most: UInt64, _ generator: inout Xoshiro256StarStar
    ) -> [QuorumMember] {
        let all = (0..<9).map { QuorumMember(NodeID(place: $0)) }
        return Array(all.shuffled(by: &generator).prefix(Int(generator.next(below: most + 1))))
    }

    @Test func `what a majority has reached is what counting from the top finds`() {
        var generator = testSeed.derived(for: "majorities").generator()
        for _ in 0..<20_000 {
            let voters = randomMembers(9, &generator)
            let outgoing = randomMembers(9, &generator)
            var numbers: [QuorumMember: UInt64] = [:]
            for place in 0..<9 where generator.next(below: 4) > 0 {
                numbers[QuorumMember(NodeID(place: place))] = generator.next(below: 20)
            }
            let number = { (member: QuorumMember) in numbers[member] ?? 0 }
            #expect(Majority.reached(by: voters, number) == dumb(voters, numbers), "\(replay)")
            let joint = QuorumMembership(voters: voters, outgoing: outgoing, learners: [])
            let expected =
                voters.isEmpty ? 0 : min(dumb(voters, numbers), dumb(outgoing, numbers))
            #expect(joint.reached(number) == expected, "\(replay)")
        }
    }

    @Test func `a vote is won, lost or open as all ways to complete it are`() {
        var generator = testSeed.derived(for: "votes").generator()
        for _ in 0..<2_000 {
            let voters = randomMembers(5, &generator)
            let outgoing = randomMembers(5, &generator)
            guard !voters.isEmpty else { continue }
            var ballots: [QuorumMember: Bool] = [:]
            for voter in Set(voters + outgoing).sorted() where generator.next(below: 2) == 0 {
                ballots[voter] = generator.next(below: 2) == 0
            }
            let silent = Set(voters + outgoing).sorted().filter { ballots[$0] == nil }
            var (canWin, canLose) = (false, false)
            for completion in 0..<(1 << silent.count) {
                let granted = { (voter: QuorumMember) in
                    ballots[voter]
                        ?? (completion >> (silent.firstIndex(of: voter) ?? 0) & 1 == 1)
                }
                let wins = [voters, outgoing].allSatisfy {
                    $0.isEmpty || $0.count(where: granted) * 2 > $0.count
                }
                if wins { canWin = true } else { canLose = true }
            }
            let expected: VoteOutcome = canWin ? (canLose ? .open : .won) : .lost
            let joint = QuorumMembership(voters: voters, outgoing: outgoing, learners: [])
            #expect(joint.outcome { ballots[$0] } == expected, "\(replay)")
        }
    }

    @Test func `any two majorities share a member, through a change as well`() {
        let all = (0..<6).map { QuorumMember(NodeID(place: $0)) }
        let (old, new) = (Array(all[..<3]), Array(all[1...5]))
        let joint = QuorumMembership(voters: new, outgoing: old, learners: [])
        for first in 0..<64 {
            let wins = { (membership: QuorumMembership, set: Int) in
                membership.outcome { set >> $0.node.place & 1 == 1 } == .won
            }
            guard wins(joint, first) else { continue }
            for second in 0..<64 where first & second == 0 {
                #expect(!wins(joint, second))
                #expect(!wins(QuorumMembership(voters: old, outgoing: [], learners: []), second))
                #expect(!wins(joint.settled, second))
            }
        }
    }

    @Test func `nobody decides anything where nobody votes`() {
        #expect(QuorumMembership.none.reached { _ in 7 } == 0)
        #expect(QuorumMembership.none.outcome { _ in true } == .open)
        #expect(throws: QuorumError.noVoters) { _ = try QuorumMembership(voters: []) }
        let twice = QuorumMember(NodeID(1))
        #expect(throws: QuorumError.duplicateMember(twice)) {
            _ = try QuorumMembership(voters: [twice], learners: [twice])
        }
    }
}
