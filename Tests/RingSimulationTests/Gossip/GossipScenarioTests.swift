import Randomness
import RingSimulation
import ShenRing
import TestSupport
import Testing

@Suite struct GossipScenarioTests {
    @Test func `a cluster that gossips keeps its promises through whatever befalls it`() {
        for round in 0..<testRounds(300) {
            let seed = testSeed.derived(for: round)
            let report = GossipScenario.run(seed: seed, planted: nil)
            #expect(report.violations.isEmpty, "seed \(seed): \(report.violations), \(replay)")
            #expect(report.operations >= 300, "seed \(seed), \(replay)")
            #expect(report.faults >= 10, "seed \(seed), \(replay)")
        }
    }

    @Test func `a seed gives the same run each time, and another one another`() {
        let seed = testSeed.derived(for: "trace")
        let first = GossipScenario.run(seed: seed, planted: nil)
        #expect(first.trace == GossipScenario.run(seed: seed, planted: nil).trace, "\(replay)")
        let other = GossipScenario.run(seed: seed.derived(for: 1), planted: nil)
        #expect(first.trace != other.trace, "\(replay)")
    }

    #if PLANTED_DEFECTS
        @Test(arguments: SundialMistake.allCases)
        func `a planted mistake is caught within a few hundred seeds`(mistake: SundialMistake) {
            let caught = (0..<400).first { round in
                let seed = testSeed.derived(for: "zoo").derived(for: round)
                return !GossipScenario.run(seed: seed, planted: mistake).violations.isEmpty
            }
            #expect(caught != nil, "\(mistake) is not noticed, \(replay)")
        }
    #endif
}
