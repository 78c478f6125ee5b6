#if PLANTED_DEFECTS
    import Randomness
    import StateMachines
    import TestSupport
    import Testing

    @testable import Checkers

    /// The checker with a mistake in it: the same tests that the right one passes must notice each.
    @Suite struct PlantedMistakeTests {
        /// Whether what a checker says of a history is wrong.
        private func isWrong(
            _ checker: LinearizabilityChecker<Register>, of history: History<Register>
        ) -> Bool {
            switch checker.check(history) {
            case .linearizable(let order): !history.isExplained(by: order, model: Register())
            case .violation: ReferenceChecker(Register(), history).isLinearizable
            case .unknown: true
            }
        }

        /// Those of the comparison with all orders, and wider ones that have an explanation for certain.
        private static let shapes =
            ReferenceTests.shapes + [
                SmallHistories(
                    operations: 10, clients: 6, keys: 1, values: 2, unanswered: 0, invented: 0),
                SmallHistories(
                    operations: 10, clients: 6, keys: 1, values: 2, unanswered: 1, invented: 0,
                    tellsMismatch: false),
            ]

        @Test(arguments: CheckerMistake.allCases)
        func `a mistake in the checker shows in small histories`(_ mistake: CheckerMistake) throws {
            var generator = testSeed.derived(for: mistake.rawValue).generator()
            var checker = LinearizabilityChecker(Register())
            checker.planted = Planted(mistake)
            let right = LinearizabilityChecker(Register())
            for round in 0..<200_000 {
                let history = try Self.shapes[round % Self.shapes.count].next(from: &generator)
                guard isWrong(checker, of: history) else { continue }
                #expect(!isWrong(right, of: history), "\(replay)")
                Attachment.record("noticed after \(round + 1) histories", named: "\(mistake)")
                return
            }
            Issue.record("\(mistake) was not noticed: \(replay)")
        }
    }
#endif
