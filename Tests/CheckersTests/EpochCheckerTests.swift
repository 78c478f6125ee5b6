import Checkers
import StateMachines
import Testing

@Suite struct EpochCheckerTests {
    private let one = NodeID(1)
    private let two = NodeID(2)

    private func at(_ nanoseconds: Int64) -> Moment { Moment(nanoseconds: nanoseconds) }

    @Test func `a term has one leader, whoever says so`() {
        var checker = LeaderChecker()
        checker.chose(one, in: 3, by: one, at: at(1))
        checker.chose(one, in: 3, by: two, at: at(2))
        checker.chose(two, in: 4, by: two, at: at(3))
        #expect(checker.findings.isEmpty && checker.count == 2)
        #expect(checker.choice(in: 3) == one && checker.choice(in: 5) == nil)
        checker.chose(two, in: 3, by: two, at: at(4))
        #expect(checker.findings.lines == ["epoch 3 has n1 (n1 at 1 ns) and n2 (n2 at 4 ns)"])
    }

    @Test func `a node does not go back to an epoch that it has left`() {
        var checker = ConfigurationChecker()
        checker.entered(1, choosing: [one, two], by: one, at: at(1))
        checker.entered(2, choosing: [two], by: one, at: at(2))
        checker.entered(2, choosing: [two], by: one, at: at(3))
        checker.entered(1, choosing: [one, two], by: two, at: at(4))
        #expect(checker.findings.isEmpty)
        checker.entered(1, choosing: [one, two], by: one, at: at(5))
        checker.entered(2, choosing: [one], by: two, at: at(6))
        #expect(checker.findings.count == 2)
        guard case .wentBack(from: 2, to: 1, let witness) = checker.findings.first[0],
            case .twoChoices(epoch: 2, let first, let second) = checker.findings.first[1]
        else {
            Issue.record("\(checker.findings.first)")
            return
        }
        #expect(witness.node == one && witness.moment == at(5))
        #expect(first.choice == [two] && second.choice == [one])
    }
}
