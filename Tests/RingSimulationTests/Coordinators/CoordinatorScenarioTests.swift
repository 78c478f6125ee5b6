import Randomness
import RingSimulation
import ShenRing
import StateMachines
import TestSupport
import Testing

@Suite struct CoordinatorScenarioTests {
    @Test func `coordinators under faults give nothing out twice, seed after seed`() {
        var (operations, faults) = (Int.max, Int.max)
        for round in 0..<testRounds(300) {
            let seed = testSeed.derived(for: round)
            let report = CoordinatorScenario.run(seed: seed, planted: nil)
            #expect(report.violations.isEmpty, "seed \(seed), \(replay)")
            operations = min(operations, report.operations)
            faults = min(faults, report.faults)
        }
        #expect(operations >= 300, "\(replay)")
        #expect(faults >= 10, "\(replay)")
    }

    @Test func `one seed gives one run`() {
        let first = CoordinatorScenario.run(seed: testSeed, planted: nil)
        let second = CoordinatorScenario.run(seed: testSeed, planted: nil)
        #expect(first.trace == second.trace, "\(replay)")
        #expect(first.operations == second.operations, "\(replay)")
    }

    #if PLANTED_DEFECTS
        @Test(arguments: CoordinatorMistake.allCases)
        func `a planted mistake is found`(_ mistake: CoordinatorMistake) {
            let found = (0..<300).contains { round in
                let seed = testSeed.derived(for: round)
                return !CoordinatorScenario.run(seed: seed, planted: mistake).violations.isEmpty
            }
            #expect(found, "\(mistake), \(replay)")
        }
    #endif
}
