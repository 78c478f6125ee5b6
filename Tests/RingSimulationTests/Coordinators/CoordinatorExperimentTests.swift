import Randomness
import RingSimulation
import ShenRing
import StateMachines
import TestSupport
import Testing

@Suite struct CoordinatorExperimentTests {
    private func experiment(_ coordinators: Int) -> CoordinatorExperiment {
        var experiment = CoordinatorExperiment()
        (experiment.coordinators, experiment.clients) = (coordinators, 6)
        (experiment.rate, experiment.duration) = (100, .seconds(2))
        return experiment
    }

    @Test
    func `one coordinator's timestamps are in order, those of several are not where clocks differ`()
        throws
    {
        var one = experiment(1)
        one.skew = .milliseconds(20)
        let alone = try one.run(seed: testSeed)
        #expect(alone.answered > 500, "\(replay)")
        #expect(alone.order.inversions == 0, "\(replay)")
        var many = experiment(8)
        many.skew = .milliseconds(20)
        let together = try many.run(seed: testSeed)
        #expect(together.order.inversions > 0, "\(replay)")
        // No further apart than the clocks and a millisecond; drift is none in so short a time.
        #expect(together.order.worst <= 41, "\(replay)")
        #expect(alone.duplicates == 0 && together.duplicates == 0, "\(replay)")
    }

    @Test func `a crash costs each client one time-out, and then nothing`() throws {
        var experiment = experiment(6)
        experiment.crashes = 1
        let outcome = try experiment.run(seed: testSeed)
        #expect(outcome.failed == 0, "\(replay)")
        #expect(outcome.duplicates == 0, "\(replay)")
        #expect(outcome.wrongTimeouts == 0, "\(replay)")
        #expect(!outcome.outages.isEmpty && outcome.outages.count <= 6, "\(replay)")
        for outage in outcome.outages {
            #expect(outage >= experiment.timeout, "\(replay)")
            #expect(outage <= experiment.timeout + .milliseconds(5), "\(replay)")
        }
    }

    @Test func `in a cut a request is served if one that it prefers is on its side`() throws {
        var experiment = experiment(16)
        (experiment.isCut, experiment.preferences) = (true, 1)
        let narrow = try experiment.run(seed: testSeed)
        experiment.preferences = 16
        let wide = try experiment.run(seed: testSeed)
        #expect(narrow.answeredInCut < narrow.madeInCut * 3 / 4, "\(replay)")
        #expect(wide.answeredInCut > narrow.answeredInCut, "\(replay)")
        #expect(wide.duplicates == 0 && narrow.duplicates == 0, "\(replay)")
    }

    @Test
    func `the same seed gives the same outcome, and more coordinators than numbers are refused`()
        throws
    {
        let first = try experiment(4).run(seed: testSeed)
        let second = try experiment(4).run(seed: testSeed)
        #expect(first.trace == second.trace && first.latencies == second.latencies, "\(replay)")
        #expect(throws: CoordinatorError.tooMany(1_025, machines: 1_024)) {
            _ = try experiment(1_025).run(seed: testSeed)
        }
        #expect(throws: CoordinatorError.none) { _ = try experiment(0).run(seed: testSeed) }
    }
}
