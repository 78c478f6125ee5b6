import Randomness
import StateMachines

/// Histories of registers that take effect at one moment each, with time-outs, as a correct store would
/// give them: what checkers are tried and timed on.
package struct GeneratedHistories: Sendable {
    /// How many operations a history has.
    package var operations = 500
    /// How many clients invoke them, each one at a time.
    package var clients: UInt64 = 8
    /// How many registers there are.
    package var keys: UInt64 = 5
    /// How many of a thousand operations are not answered.
    package var unanswered: UInt64 = 30
    /// How many different values are written; nil for each its own.
    package var values: UInt64?
    /// How long an operation takes at most, where a client waits as long between two.
    package var span: UInt64 = 100
    /// How many of a hundred operations read.
    package var reads: UInt64 = 50
    /// How many of a hundred operations compare; the others write.
    package var comparisons: UInt64 = 15

    /// Histories of this shape.
    package init(
        operations: Int = 500, clients: UInt64 = 8, keys: UInt64 = 5, unanswered: UInt64 = 30,
        values: UInt64? = nil, reads: UInt64 = 50
    ) {
        self.operations = operations
        self.clients = clients
        self.keys = keys
        self.unanswered = unanswered
        self.values = values
        self.reads = reads
    }

    /// As stores are tested: several keys and clients, and shapes that are harder on a search.
    package static let shapes: [GeneratedHistories] = [
        GeneratedHistories(),
        GeneratedHistories(clients: 20, keys: 3, unanswered: 100),
        GeneratedHistories(keys: 1, values: 5),
        GeneratedHistories(clients: 12, keys: 2, unanswered: 60, values: 4, reads: 30),
    ]

    /// An operation that has been thought of, and when it takes effect; nil for never.
    private struct Plan {
        let id: OperationID
        let key: UInt64
        let choice: UInt64
        let invoked: Int64
        /// Nil where it is not answered.
        let returned: Int64?
        let effect: Int64?
    }

    /// One more history, drawn from the generator.
    package func next(
        from generator: inout Xoshiro256StarStar
    ) throws(HistoryProblem) -> History<Register> {
        let plans = plans(from: &generator)
        var held: [UInt64: [UInt8]] = [:]
        var told: [(operation: Register.Operation, answer: Register.Answer)?] =
            plans.map { _ in nil }
        var written: UInt64 = 0
        let byEffect = plans.indices.sorted {
            (plans[$0].effect ?? .max, $0) < (plans[$1].effect ?? .max, $1)
        }
        for place in byEffect {
            let plan = plans[place]
            written += 1
            let value = values.map { generator.next(below: $0) } ?? written
            let operation = operation(plan, value: bytes(value), held: held[plan.key], &generator)
            let happens = plan.effect != nil
            told[place] = (operation, happens ? held.answer(operation, key: plan.key) : .written)
        }
        return try History(
            zip(plans, told).compactMap { plan, told in
                told.map { operation(plan, $0.operation, $0.answer) }
            })
    }

    private func plans(from generator: inout Xoshiro256StarStar) -> [Plan] {
        var free = Array(repeating: Int64(0), count: Int(clients))
        return (0..<operations).map { number in
            let client = free.indices.min { (free[$0], $0) < (free[$1], $1) } ?? 0
            let invoked = free[client] + Int64(generator.next(below: span))
            let returned = invoked + Int64(generator.next(below: span)) + 1
            free[client] = returned + 1
            let isUnanswered = generator.next(below: 1_000) < unanswered
            var effect: Int64? =
                invoked + Int64(generator.next(below: UInt64(returned - invoked + 1)))
            if isUnanswered {
                // A third never happens, a third in time, and a third late.
                switch generator.next(below: 3) {
                case 0: effect = nil
                case 1: effect = invoked + Int64(generator.next(below: span * 20))
                default: break
                }
            }
            return Plan(
                id: OperationID(client: NodeID(place: client), number: UInt64(number)),
                key: generator.next(below: keys), choice: generator.next(below: 100),
                invoked: invoked, returned: isUnanswered ? nil : returned, effect: effect)
        }
    }

    private func bytes(_ value: UInt64) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }

    /// A comparison expects what is there, every other time.
    private func operation(
        _ plan: Plan, value: [UInt8], held: [UInt8]?, _ generator: inout Xoshiro256StarStar
    ) -> Register.Operation {
        if plan.choice < reads { return .read }
        if plan.choice >= reads + comparisons { return .write(value) }
        let expected = generator.next(below: 2) == 0 ? held : bytes(generator.next(below: 8))
        return .compareAndSet(expected: expected, value: value)
    }

    private func operation(
        _ plan: Plan, _ operation: Register.Operation, _ answer: Register.Answer
    ) -> HistoryOperation<Register> {
        let invoked = Moment(nanoseconds: plan.invoked)
        guard let returned = plan.returned else {
            return HistoryOperation(plan.id, key: plan.key, operation, invoked: invoked)
        }
        return HistoryOperation(
            plan.id, key: plan.key, operation, invoked: invoked, answered: answer,
            at: Moment(nanoseconds: returned))
    }
}

extension [UInt64: [UInt8]] {
    /// Does an operation at once, on registers by key.
    package mutating func answer(_ operation: Register.Operation, key: UInt64) -> Register.Answer {
        switch operation {
        case .read: return .value(self[key])
        case .write(let value):
            self[key] = value
            return .written
        case .compareAndSet(let expected, let value):
            guard self[key] == expected else { return .mismatch(self[key]) }
            self[key] = value
            return .written
        }
    }
}
