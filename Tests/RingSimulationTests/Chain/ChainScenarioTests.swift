import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import RingSimulation

@Suite struct ChainScenarioTests {
    @Test func `a chain keeps its promises whatever befalls it`() {
        var unknown = 0
        let rounds = testRounds(40)
        for round in 0..<rounds {
            let seed = testSeed.derived(for: "chain").derived(for: round)
            let report = ChainScenario.run(seed: seed, planted: nil)
            #expect(report.violations.isEmpty, "seed \(seed), \(replay)")
            #expect(report.operations >= 300 && report.faults >= 10, "seed \(seed), \(replay)")
            if report.unknown { unknown += 1 }
        }
        #expect(unknown * 100 <= rounds, "\(unknown) of \(rounds) histories were not decided")
    }

    @Test func `a seed gives the same steps again, and another one others`() {
        let first = ChainScenario.run(seed: Seed(5), planted: nil)
        let again = ChainScenario.run(seed: Seed(5), planted: nil)
        let other = ChainScenario.run(seed: Seed(6), planted: nil)
        #expect(first.trace == again.trace && first.operations == again.operations)
        #expect(first.trace != other.trace)
    }

    #if PLANTED_DEFECTS
        @Test(arguments: OuroborosMistake.allCases)
        func `every planted mistake is found`(mistake: OuroborosMistake) {
            let found = (1...600 as ClosedRange<UInt64>).contains { seed in
                !ChainScenario.run(seed: Seed(seed), planted: mistake).violations.isEmpty
            }
            #expect(found, "\(mistake.rawValue) was not found by seeds 1 to 600")
        }
    #endif
}
