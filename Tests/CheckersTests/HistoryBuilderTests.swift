import Checkers
import StateMachines
import Testing

@Suite struct HistoryBuilderTests {
    private let first = OperationID(client: NodeID(1), number: 1)
    private let second = OperationID(client: NodeID(2), number: 1)

    private func at(_ nanoseconds: Int64) -> Moment { Moment(nanoseconds: nanoseconds) }

    @Test func `events of one moment stand in the order in which they were told`() throws {
        var builder = HistoryBuilder<Register>()
        try builder.invoke(first, key: 0, .write([1]), at: at(5))
        try builder.answer(first, .written, at: at(5))
        try builder.invoke(second, key: 0, .read, at: at(5))
        #expect(builder.outstanding == 1 && builder.count == 2)
        try builder.answer(second, .value(nil), at: at(5))
        let told = builder.history()
        #expect(told.precedes(0, 1) && !told.precedes(1, 0))
        #expect(LinearizabilityChecker(Register()).check(told).violation != nil)
        // By their moments alone the two overlap.
        let timed = try History(told.operations)
        #expect(!timed.precedes(0, 1))
        #expect(LinearizabilityChecker(Register()).check(timed).isLinearizable)
    }

    @Test func `a history is without what was refused, and with what was not answered`() throws {
        var builder = HistoryBuilder<Register>()
        try builder.invoke(first, key: 0, .write([1]), at: at(0))
        try builder.invoke(second, key: 7, .write([2]), at: at(1))
        try builder.refuse(first, at: at(2))
        let history = builder.history()
        #expect(history.operations.map(\.id) == [second])
        #expect(history.unansweredCount == 1 && history.operations[0].returned == nil)
    }

    @Test func `what is no history is refused with its reason`() throws {
        var builder = HistoryBuilder<Register>()
        #expect(throws: HistoryProblem.answerWithoutInvocation(first, at: at(1))) {
            try builder.answer(first, .written, at: at(1))
        }
        try builder.invoke(first, key: 0, .read, at: at(3))
        #expect(throws: HistoryProblem.invokedTwice(first, at: at(4))) {
            try builder.invoke(first, key: 1, .read, at: at(4))
        }
        #expect(throws: HistoryProblem.timeWentBack(first, from: at(3), to: at(2))) {
            try builder.answer(first, .value(nil), at: at(2))
        }
        try builder.answer(first, .value(nil), at: at(4))
        #expect(throws: HistoryProblem.answeredTwice(first, at: at(5))) {
            try builder.refuse(first, at: at(5))
        }
        #expect(throws: HistoryProblem.timeWentBack(second, from: at(4), to: at(0))) {
            try builder.invoke(second, key: 1, .read, at: at(0))
        }
        #expect(builder.history().count == 1, "what is refused changes nothing")
    }

    @Test func `operations by their times are checked as well`() {
        let backwards = HistoryOperation<Register>(
            first, key: 0, .read, invoked: at(5), answered: .value(nil), at: at(4))
        #expect(
            throws: HistoryProblem.answeredBeforeInvocation(
                first, invoked: at(5), answered: at(4))
        ) { try History([backwards]) }
        let once = HistoryOperation<Register>(first, key: 0, .read, invoked: at(5))
        #expect(throws: HistoryProblem.invokedTwice(first, at: at(5))) {
            try History([once, once])
        }
    }

    @Test func `an explanation has to fit the history`() throws {
        var scribe = Scribe(Register())
        scribe.did(0, .write([1]), 0...1, .written)
        scribe.did(1, .read, 2...3, .value([1]))
        scribe.asked(2, .write([9]), 4)
        let history = try History(scribe.operations)
        guard case .linearizable(let order) = LinearizabilityChecker(Register()).check(history)
        else {
            Issue.record("no order")
            return
        }
        #expect(order.map(\.place) == [0, 1] && order.map(\.moment) == [at(0), at(2)])
        #expect(history.isExplained(by: order, model: Register()))
        #expect(!history.isExplained(by: order.reversed(), model: Register()), "real time")
        #expect(!history.isExplained(by: [order[0]], model: Register()), "not all")
        #expect(!history.isExplained(by: [order[0], order[0]], model: Register()), "twice")
    }
}
