import Randomness
import RingSimulation
import ShenRing
import TestSupport
import Testing

@Suite struct RingScenarioTests {
    @Test func `a ring under faults keeps its promises, seed after seed`() {
        var (operations, faults) = (Int.max, Int.max)
        for round in 0..<testRounds(300) {
            let seed = testSeed.derived(for: round)
            let report = RingScenario.run(seed: seed, planted: nil)
            #expect(report.violations.isEmpty, "seed \(seed), \(replay)")
            operations = min(operations, report.operations)
            faults = min(faults, report.faults)
        }
        #expect(operations >= 300, "\(replay)")
        #expect(faults >= 10, "\(replay)")
    }

    @Test func `one seed gives one run`() {
        let first = RingScenario.run(seed: testSeed, planted: nil)
        let second = RingScenario.run(seed: testSeed, planted: nil)
        #expect(first.trace == second.trace, "\(replay)")
        #expect(first.operations == second.operations, "\(replay)")
        #expect(first.faults == second.faults, "\(replay)")
        #expect(first.trace != RingScenario.run(seed: testSeed.derived(for: 1), planted: nil).trace)
    }

    #if PLANTED_DEFECTS
        @Test(arguments: AnkhMistake.allCases)
        func `a planted mistake is found`(_ mistake: AnkhMistake) {
            let found = (0..<300).contains { round in
                let seed = testSeed.derived(for: round)
                return !RingScenario.run(seed: seed, planted: mistake).violations.isEmpty
            }
            #expect(found, "\(mistake), \(replay)")
        }
    #endif
}
