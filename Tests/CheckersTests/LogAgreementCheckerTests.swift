import StateMachines
import Testing

@testable import Checkers

@Suite struct LogAgreementCheckerTests {
    private let one = NodeID(1)
    private let two = NodeID(2)
    private let client = NodeID(9)

    private func at(_ nanoseconds: Int64) -> Moment { Moment(nanoseconds: nanoseconds) }

    private func claim(
        _ entry: String, _ node: NodeID, life: Int = 1, _ moment: Int64
    ) -> LogClaim<String> {
        LogClaim(entry: entry, witness: LogWitness(node: node, life: life, moment: at(moment)))
    }

    @Test func `logs that are prefixes of one break no rule`() {
        var checker = LogAgreementChecker<String>()
        checker.began(one, at: at(0))
        checker.began(two, at: at(0))
        checker.committed("a", at: 1, by: one, at: at(1))
        checker.committed("b", at: 2, by: one, at: at(2))
        checker.acknowledged("b", at: 2, to: client, at: at(3))
        checker.committed("a", at: 1, by: two, at: at(4))
        checker.began(one, after: 1, at: at(5))
        checker.committed("b", at: 2, by: one, at: at(6))
        checker.finish(live: [one, two])
        #expect(checker.findings.isEmpty && checker.length == 2)
        #expect(checker.entry(at: 2) == "b" && checker.entry(at: 3) == nil)
        #expect(checker.reach(of: one) == 2 && checker.reach(of: two) == 1)
    }

    @Test func `two entries at one index are found, also of two lives of one node`() {
        var checker = LogAgreementChecker<String>()
        checker.committed("a", at: 1, by: one, at: at(1))
        checker.committed("x", at: 1, by: two, at: at(2))
        checker.began(one, at: at(3))
        checker.committed("y", at: 1, by: one, at: at(4))
        #expect(
            checker.findings.first == [
                .disagreement(index: 1, first: claim("a", one, 1), second: claim("x", two, 2)),
                .disagreement(
                    index: 1, first: claim("a", one, 1), second: claim("y", one, life: 2, 4)),
            ])
        #expect(
            checker.findings.lines[0]
                == "entry 1 is a to n1 (life 1) at 1 ns, and x to n2 (life 1) at 2 ns")
    }

    @Test func `gaps, repetitions and lives that begin ahead are found`() {
        var checker = LogAgreementChecker<String>()
        checker.committed("a", at: 1, by: one, at: at(1))
        checker.committed("c", at: 3, by: one, at: at(2))
        checker.committed("a", at: 1, by: one, at: at(3))
        checker.committed("b", at: 2, by: one, at: at(4))
        checker.began(two, after: 5, at: at(5))
        checker.committed("z", at: 0, by: two, at: at(6))
        let moment = { LogWitness(node: one, life: 1, moment: at($0)) }
        #expect(
            checker.findings.first.prefix(3) == [
                .outOfOrder(expected: 2, committed: 3, by: moment(2)),
                .outOfOrder(expected: 4, committed: 1, by: moment(3)),
                .beganAhead(
                    after: 5, committed: 2, by: LogWitness(node: two, life: 1, moment: at(5))),
            ])
        #expect(checker.findings.count == 4 && checker.length == 2)
    }

    @Test func `what was acknowledged too early, as another, or is lost is found`() {
        var checker = LogAgreementChecker<String>()
        checker.acknowledged("a", at: 1, to: client, at: at(1))
        checker.committed("a", at: 1, by: one, at: at(2))
        checker.committed("b", at: 2, by: one, at: at(3))
        checker.acknowledged("x", at: 2, to: client, at: at(4))
        checker.committed("a", at: 1, by: two, at: at(5))
        checker.finish(live: [two])
        #expect(
            checker.findings.first == [
                .acknowledgedTooEarly(index: 1, claim("a", client, 1)),
                .acknowledgedAnother(
                    index: 2, acknowledged: claim("x", client, 4), committed: claim("b", one, 3)),
                .lost(index: 2, acknowledged: claim("x", client, 4), reached: 1),
            ])
    }

    @Test func `the first findings are kept and the others counted`() {
        var checker = LogAgreementChecker<Int>()
        for number in 0..<100 {
            checker.acknowledged(number, at: 7, to: client, at: at(Int64(number)))
        }
        #expect(checker.findings.count == 100 && checker.findings.first.count == 64)
        #expect(checker.findings.lines.last == "and 36 more")
    }
}
