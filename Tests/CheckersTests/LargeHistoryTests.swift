import Checkers
import Randomness
import TestSupport
import Testing

@Suite struct LargeHistoryTests {
    @Test(arguments: GeneratedHistories.shapes.indices)
    func `histories of 500 operations of registers that work have an explanation`(
        _ shape: Int
    ) throws {
        var generator = testSeed.derived(for: "large").derived(for: shape).generator()
        let rounds = testRounds(60)
        var unknown = 0
        for round in 0..<rounds {
            let history = try GeneratedHistories.shapes[shape].next(from: &generator)
            switch LinearizabilityChecker(Register()).check(history) {
            case .linearizable(let order):
                #expect(history.isExplained(by: order, model: Register()), "\(replay)")
            case .violation(let violation):
                Issue.record("\(replay), shape \(shape), round \(round): \(violation)")
            case .unknown: unknown += 1
            }
        }
        #expect(unknown * 100 <= rounds, "\(replay), shape \(shape): \(unknown) of \(rounds)")
    }
}
