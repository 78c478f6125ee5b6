import Checkers
import Randomness
import StateMachines

/// Small histories of a queue at random, with answers that a queue gives at a moment in the operation's
/// span, some of them made up.
struct SmallQueueHistories {
    /// How many operations out of eight are not answered.
    var unanswered: UInt64 = 2
    /// How many answers out of eight are made up.
    var invented: UInt64 = 1

    private struct Plan {
        let id: OperationID
        let operation: FIFOQueue.Operation
        let invoked: Moment
        let returned: Moment
        let effect: Int64
    }

    func next(
        from generator: inout Xoshiro256StarStar
    ) throws(HistoryProblem) -> History<FIFOQueue> {
        let plans = plans(from: &generator)
        var queue: [Int] = []
        var operations: [HistoryOperation<FIFOQueue>] = []
        for plan in plans.sorted(by: { ($0.effect, $0.id) < ($1.effect, $1.id) }) {
            let isHeard = generator.next(below: 8) >= unanswered
            var answer = FIFOQueue.Answer.enqueued
            if isHeard || generator.next(below: 2) == 0 {
                answer = plan.operation.answer(on: &queue)
            }
            if generator.next(below: 8) < invented, plan.operation == .dequeue {
                answer = .dequeued(generator.next(below: 2) == 0 ? nil : 1)
            }
            operations.append(
                isHeard
                    ? HistoryOperation(
                        plan.id, key: 0, plan.operation, invoked: plan.invoked, answered: answer,
                        at: plan.returned)
                    : HistoryOperation(plan.id, key: 0, plan.operation, invoked: plan.invoked))
        }
        return try History(operations)
    }

    private func plans(from generator: inout Xoshiro256StarStar) -> [Plan] {
        (0..<generator.next(below: 6) + 1).map { number in
            let invoked = Int64(generator.next(below: 12))
            let length = generator.next(below: 6)
            let element = Int(generator.next(below: 2) + 1)
            return Plan(
                id: OperationID(client: NodeID(0), number: number),
                operation: generator.next(below: 2) == 0 ? .enqueue(element) : .dequeue,
                invoked: Moment(nanoseconds: invoked),
                returned: Moment(nanoseconds: invoked + Int64(length)),
                effect: invoked + Int64(generator.next(below: length + 1)))
        }
    }
}

extension FIFOQueue.Operation {
    /// Does it at once.
    fileprivate func answer(on queue: inout [Int]) -> FIFOQueue.Answer {
        switch self {
        case .enqueue(let element):
            queue.append(element)
            return .enqueued
        case .dequeue: return .dequeued(queue.isEmpty ? nil : queue.removeFirst())
        }
    }
}
