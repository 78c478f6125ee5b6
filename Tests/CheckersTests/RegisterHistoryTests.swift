import Checkers
import StateMachines
import Testing

/// A register's history, by hand: clients are numbers, moments are whole nanoseconds.
struct Scribe {
    private(set) var operations: [HistoryOperation<Register>] = []

    mutating func did(
        _ client: Int, _ operation: Register.Operation, _ span: ClosedRange<Int64>,
        _ answer: Register.Answer, key: UInt64 = 0
    ) {
        operations.append(
            HistoryOperation(
                nextName(of: client), key: key, operation,
                invoked: Moment(nanoseconds: span.lowerBound), answered: answer,
                at: Moment(nanoseconds: span.upperBound)))
    }

    private func nextName(of client: Int) -> OperationID {
        let number = operations.count { $0.id.client == NodeID(place: client) }
        return OperationID(client: NodeID(place: client), number: UInt64(number + 1))
    }
}

@Suite struct RegisterHistoryTests {
    @Test func `a read of what was overwritten before it was invoked has no explanation`() throws {
        var scribe = Scribe()
        scribe.did(0, .write([1]), 0...1, .written)
        scribe.did(0, .write([2]), 2...3, .written)
        scribe.did(1, .read, 4...5, .value([1]))
        let history = try History(scribe.operations)
        let violation = LinearizabilityChecker(Register()).check(history).violation
        let found = try #require(violation)
        #expect(found.blocked == 2)
        #expect(found.core == [0, 1, 2])
    }
}
