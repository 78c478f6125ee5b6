import Checkers
import StateMachines
import Testing

@Suite struct UniquenessCheckerTests {
    private let one = NodeID(1)
    private let two = NodeID(2)

    private func at(_ nanoseconds: Int64) -> Moment { Moment(nanoseconds: nanoseconds) }

    @Test func `what comes twice is found, with who had it first`() {
        var checker = UniquenessChecker()
        for id in 10...20 as ClosedRange<UInt64> {
            checker.gaveOut(id, by: one, asked: at(0), received: at(1))
        }
        for id in [0, .max, 63, 64, 21] as [UInt64] {
            checker.gaveOut(id, by: two, asked: at(0), received: at(1))
        }
        #expect(checker.findings.isEmpty)
        checker.gaveOut(15, by: two, asked: at(2), received: at(3))
        checker.gaveOut(.max, by: two, asked: at(2), received: at(4))
        #expect(
            checker.findings.first == [
                .repeated(15, first: one, again: two, at: at(3)),
                .repeated(.max, first: two, again: two, at: at(4)),
            ])
        #expect(checker.count == 18)
    }

    @Test func `each source rises where that is promised`() {
        for order in [.none, .bySource, .realTime] as [UniquenessChecker.Order] {
            var checker = UniquenessChecker(order: order)
            checker.gaveOut(5, by: one, asked: at(0), received: at(9))
            checker.gaveOut(3, by: two, asked: at(0), received: at(9))
            checker.gaveOut(4, by: one, asked: at(0), received: at(9))
            #expect(
                checker.findings.first
                    == (order == .none
                        ? [] : [.sourceWentBack(one, from: 5, to: 4, at: at(9))]))
        }
    }

    @Test func `who asks after another was answered gets more, where that is promised`() {
        for order in [.bySource, .realTime] as [UniquenessChecker.Order] {
            var checker = UniquenessChecker(order: order)
            checker.gaveOut(5, by: one, asked: at(0), received: at(4))
            checker.gaveOut(3, by: two, asked: at(4), received: at(6))
            #expect(checker.findings.isEmpty, "they overlap")
            checker.gaveOut(9, by: one, asked: at(5), received: at(7))
            checker.gaveOut(7, by: two, asked: at(8), received: at(9))
            #expect(
                checker.findings.first
                    == (order == .bySource
                        ? []
                        : [.behindRealTime(7, from: two, asked: at(8), known: 9, since: at(7))]))
        }
    }
}
