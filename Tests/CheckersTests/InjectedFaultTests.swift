import Checkers
import Randomness
import StateMachines
import TestSupport
import Testing

/// Faults put into histories of stores that work. Values are written once each, so that every one of
/// these is a violation for certain.
@Suite struct InjectedFaultTests {
    private enum Fault: CaseIterable {
        case staleRead, lostWrite, readBeforeWrite, doubleSwap
    }

    private func didWrite(_ operation: HistoryOperation<Register>) -> [UInt8]? {
        guard operation.answer == .written else { return nil }
        switch operation.operation {
        case .write(let value), .compareAndSet(_, let value): return value
        case .read: return nil
        }
    }

    private func isRead(_ operation: HistoryOperation<Register>) -> Bool {
        if case .value? = operation.answer { true } else { false }
    }

    /// The operation, with another answer.
    private func answering(
        _ operation: HistoryOperation<Register>, _ answer: Register.Answer
    ) -> HistoryOperation<Register> {
        guard let returned = operation.returned else { return operation }
        return HistoryOperation(
            operation.id, key: operation.key, operation.operation, invoked: operation.invoked,
            answered: answer, at: returned)
    }

    /// The history with a fault in it; nil where it has no place for one.
    private func inject(
        _ fault: Fault, into history: History<Register>, _ generator: inout Xoshiro256StarStar
    ) throws -> History<Register>? {
        var operations = history.operations
        let reads = operations.indices.filter { isRead(operations[$0]) }
            .shuffled(by: &generator)
        for read in reads {
            let key = operations[read].key
            let before = operations.indices.filter {
                operations[$0].key == key && history.precedes($0, read)
                    && didWrite(operations[$0]) != nil
            }
            switch fault {
            case .staleRead:
                // Two writes that follow each other, both over before the read: the first is stale.
                let pair = before.flatMap { first in before.map { (first, $0) } }
                    .first { history.precedes($0, $1) }
                guard let pair else { continue }
                operations[read] = answering(
                    operations[read], .value(didWrite(operations[pair.0])))
            case .lostWrite:
                guard case .value(let value?)? = operations[read].answer,
                    let write = operations.indices.first(where: {
                        operations[$0].key == key && operations[$0].operation == .write(value)
                    })
                else { continue }
                operations.remove(at: write)
            case .readBeforeWrite:
                let later = operations.indices.first {
                    operations[$0].key == key && history.precedes(read, $0)
                        && didWrite(operations[$0]) != nil
                }
                guard let later else { continue }
                operations[read] = answering(
                    operations[read], .value(didWrite(operations[later])))
            case .doubleSwap:
                // Two reads that follow each other see two writes the wrong way round. What the first one
                // saw was written before it: else that could have come between the two.
                guard case .value(let value?)? = operations[read].answer,
                    before.contains(where: { didWrite(operations[$0]) == value }),
                    let other = reads.first(where: {
                        operations[$0].key == key && history.precedes(read, $0)
                            && operations[$0].answer != operations[read].answer
                    })
                else { continue }
                let answers = (operations[read].answer, operations[other].answer)
                guard let first = answers.0, let second = answers.1 else { continue }
                operations[read] = answering(operations[read], second)
                operations[other] = answering(operations[other], first)
            }
            return try History(operations)
        }
        return nil
    }

    @Test
    func `each fault that is put into a history is found, and what it is said to be is small`()
        throws
    {
        var generator = testSeed.derived(for: "injected").generator()
        for round in 0..<testRounds(40) {
            let history = try GeneratedHistories(operations: 120).next(from: &generator)
            for fault in Fault.allCases {
                guard let faulty = try inject(fault, into: history, &generator) else { continue }
                let context = "\(replay), round \(round), \(fault)"
                let violation = LinearizabilityChecker(Register()).check(faulty).violation
                guard let violation else {
                    Issue.record("\(context): not found in\n\(faulty.text)")
                    continue
                }
                #expect(violation.core.count <= 12, "\(context): \(violation)")
            }
        }
    }
}
