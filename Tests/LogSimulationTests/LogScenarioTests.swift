import Randomness
import RingSimulation
import TestSupport
import Testing

@testable import LogSimulation

/// The log over both replications.
@Suite struct LogScenarioTests {
    @Test func `a replicated log keeps its rules, whatever the seed`() async {
        let report = await Swarm<LogScenario>(first: Seed(1), runs: 10).run()
        #expect(report.runs == 10)
        #expect(report.shortcomings == [], "\(report)")
    }

    @Test func `over a quorum, replicas that were away copy the records from others`() {
        var restored = 0
        for round in 0..<testRounds(4) {
            var world = LogScenario.quorum(testSeed.derived(for: round))
            let report = world.run()
            #expect(report.violations == [], "round \(round), \(replay)")
            restored += world.restored
        }
        #expect(restored > 0, "\(replay)")
    }

    @Test func `over a chain, replicas have the same log, each answered append once`() {
        for round in 0..<testRounds(4) {
            var world = LogScenario.chain(testSeed.derived(for: round))
            let report = world.run()
            #expect(report.violations == [], "round \(round), \(replay)")
            #expect(report.operations >= 300 && report.faults >= 10, "round \(round), \(replay)")
        }
    }

    @Test func `a seed alone determines a run`() {
        let first = LogScenario.run(seed: testSeed, planted: nil)
        let second = LogScenario.run(seed: testSeed, planted: nil)
        #expect(first.trace == second.trace, "\(replay)")
        #expect(first.operations == second.operations, "\(replay)")
        let other = LogScenario.run(seed: testSeed.derived(for: 1), planted: nil)
        #expect(first.trace != other.trace, "\(replay)")
    }
}
