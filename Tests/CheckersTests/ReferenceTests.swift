import Checkers
import Randomness
import StateMachines
import TestSupport
import Testing

/// The search held against all orders there are.
@Suite struct ReferenceTests {
    static let shapes: [SmallHistories] = [
        SmallHistories(),
        SmallHistories(keys: 1, values: 2),
        SmallHistories(clients: 5, keys: 1, values: 2, unanswered: 4),
        SmallHistories(clients: 6, keys: 1, values: 1, unanswered: 3, invented: 3),
        SmallHistories(clients: 2, keys: 1, values: 3, unanswered: 0, invented: 2),
        SmallHistories(clients: 6, keys: 1, values: 2, tellsMismatch: false),
        SmallHistories(operations: 7, clients: 4, keys: 1, values: 3, unanswered: 3),
    ]

    @Test(arguments: shapes.indices)
    func `the checker agrees with all orders tried out`(_ shape: Int) throws {
        var generator = testSeed.derived(for: "reference").derived(for: shape).generator()
        var linearizable = 0
        let rounds = testRounds(2_000)
        for round in 0..<rounds {
            let history = try Self.shapes[shape].next(from: &generator)
            let expected = ReferenceChecker(Register(), history).isLinearizable
            let verdict = LinearizabilityChecker(Register()).check(history)
            let context = "\(replay), shape \(shape), round \(round): \(history.operations)"
            #expect(!verdict.isUnknown, "\(context)")
            #expect(verdict.isLinearizable == expected, "\(context)")
            if case .linearizable(let order) = verdict {
                #expect(history.isExplained(by: order, model: Register()), "\(context)")
                linearizable += 1
            }
            guard verdict.isLinearizable == expected else { return }
        }
        // Neither answer is rare, or agreement would say little.
        #expect(
            linearizable * 20 > rounds && (rounds - linearizable) * 50 > rounds,
            "\(replay): \(linearizable) of \(rounds)")
    }

    @Test func `of queues as well, whose effects are not known beforehand`() throws {
        var generator = testSeed.derived(for: "queues").generator()
        var linearizable = 0
        let rounds = testRounds(4_000)
        for round in 0..<rounds {
            let shape = SmallQueueHistories(unanswered: UInt64(round % 4))
            let history = try shape.next(from: &generator)
            let verdict = LinearizabilityChecker(FIFOQueue()).check(history)
            let context = "\(replay), round \(round): \(history.operations)"
            #expect(
                verdict.isLinearizable == ReferenceChecker(FIFOQueue(), history).isLinearizable,
                "\(context)")
            if case .linearizable(let order) = verdict {
                #expect(history.isExplained(by: order, model: FIFOQueue()), "\(context)")
                linearizable += 1
            }
        }
        #expect(linearizable * 20 > rounds && (rounds - linearizable) * 20 > rounds, "\(replay)")
    }
}
