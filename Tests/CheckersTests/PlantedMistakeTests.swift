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
            let seed = testSeed.derived(for: mistake.rawValue)
            var tries: [Int] = []
            for round in 0..<testSeries {
                let count = try #require(
                    try histories(untilNoticed: mistake, seed.derived(for: round)),
                    "\(mistake) was not noticed: \(replay)")
                tries.append(count)
            }
            Attachment.record("noticed after \(tries) histories", named: "\(mistake)")
            if let row = medianRow(of: tries, mistake.rawValue) { print(row) }
        }

        /// How many histories it takes until the mistake shows; nil where it does not.
        private func histories(untilNoticed mistake: CheckerMistake, _ seed: Seed) throws -> Int? {
            var generator = seed.generator()
            var checker = LinearizabilityChecker(Register())
            checker.planted = Planted(mistake)
            let right = LinearizabilityChecker(Register())
            for round in 0..<200_000 {
                let history = try Self.shapes[round % Self.shapes.count].next(from: &generator)
                guard isWrong(checker, of: history) else { continue }
                #expect(!isWrong(right, of: history), "\(replay)")
                return round + 1
            }
            return nil
        }
    }
#endif
