import Checkers
import Randomness
import StateMachines

/// Small histories of a register, at random: few clients, keys and values, so that half of them have no
/// explanation.
struct SmallHistories {
    var operations: UInt64 = 6
    var clients: UInt64 = 3
    var keys: UInt64 = 2
    var values: UInt64 = 3
    /// How many operations out of eight are not answered.
    var unanswered: UInt64 = 2
    /// How many answers out of eight are made up; the others are what a register would say at a moment
    /// in the operation's span.
    var invented: UInt64 = 1
    /// Whether a comparison that failed is told of the value that was there.
    var tellsMismatch = true

    func next(
        from generator: inout Xoshiro256StarStar
    ) throws(HistoryProblem) -> History<Register> {
        var free = Array(repeating: Int64(0), count: Int(clients))
        var plans: [Plan] = []
        let count = generator.next(below: operations) + 1
        for number in 0..<count {
            let client = Int(generator.next(below: clients))
            let invoked = free[client] + Int64(generator.next(below: 4))
            let returned = invoked + Int64(generator.next(below: 6))
            free[client] = returned + 1
            plans.append(
                Plan(
                    id: OperationID(client: NodeID(place: client), number: number),
                    key: generator.next(below: keys), operation: operation(from: &generator),
                    invoked: invoked, returned: returned,
                    effect: invoked
                        + Int64(generator.next(below: UInt64(returned - invoked + 1))),
                    isUnanswered: generator.next(below: 8) < unanswered))
        }
        let answers = answers(to: plans, from: &generator)
        return try History(zip(plans, answers).map { $0.operation(answered: $1) })
    }

    private struct Plan {
        let id: OperationID
        let key: UInt64
        let operation: Register.Operation
        let invoked: Int64
        let returned: Int64
        let effect: Int64
        let isUnanswered: Bool

        func operation(answered answer: Register.Answer) -> HistoryOperation<Register> {
            let from = Moment(nanoseconds: invoked)
            guard !isUnanswered else {
                return HistoryOperation(id, key: key, operation, invoked: from)
            }
            return HistoryOperation(
                id, key: key, operation, invoked: from, answered: answer,
                at: Moment(nanoseconds: returned))
        }
    }

    private func value(from generator: inout Xoshiro256StarStar) -> [UInt8]? {
        let value = generator.next(below: values + 1)
        return value == 0 ? nil : [UInt8(value)]
    }

    private func operation(from generator: inout Xoshiro256StarStar) -> Register.Operation {
        let written = [UInt8(generator.next(below: values) + 1)]
        switch generator.next(below: 4) {
        case 0: return .write(written)
        case 1: return .compareAndSet(expected: value(from: &generator), value: written)
        default: return .read
        }
    }

    private func answers(
        to plans: [Plan], from generator: inout Xoshiro256StarStar
    ) -> [Register.Answer] {
        var answers: [Register.Answer] = plans.map { _ in .written }
        var held: [UInt64: [UInt8]] = [:]
        for place in plans.indices.sorted(by: { (plans[$0].effect, $0) < (plans[$1].effect, $1) }) {
            let plan = plans[place]
            let happens = !plan.isUnanswered || generator.next(below: 2) == 0
            guard happens else { continue }
            answers[place] = held.answer(plan.operation, key: plan.key)
        }
        for place in plans.indices where generator.next(below: 8) < invented {
            answers[place] = inventedAnswer(to: plans[place].operation, from: &generator)
        }
        guard !tellsMismatch else { return answers }
        return answers.map { if case .mismatch = $0 { .differs } else { $0 } }
    }

    private func inventedAnswer(
        to operation: Register.Operation, from generator: inout Xoshiro256StarStar
    ) -> Register.Answer {
        switch operation {
        case .read: return .value(value(from: &generator))
        case .write: return .written
        case .compareAndSet:
            switch generator.next(below: 3) {
            case 0: return .written
            case 1: return .differs
            default: return .mismatch(value(from: &generator))
            }
        }
    }
}
