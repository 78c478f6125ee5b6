import Randomness
import RingSimulation
import ShenRing
import StateMachines
import TestSupport
import Testing

@Suite struct TokenScenarioTests {
    @Test func `a token ring keeps its rules under faults, whatever the seed`() {
        for round in 0..<testRounds(300) {
            let seed = testSeed.derived(for: round)
            let report = TokenScenario.run(seed: seed, planted: nil)
            #expect(report.violations.isEmpty, "\(seed), \(replay)")
            #expect(!report.unknown)
            #expect(report.operations >= 300, "\(seed), \(replay)")
            #expect(report.faults >= 10, "\(seed), \(replay)")
        }
    }
}
