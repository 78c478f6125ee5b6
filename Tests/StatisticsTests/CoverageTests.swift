import Randomness
import Testing

@testable import Statistics

/// Intervals hold the truth as often as they say, in seeded simulation.
struct CoverageTests {
    /// The share of `trials` intervals that hold `truth`.
    private func coverage(
        _ trials: Int, of truth: Double, _ interval: (Int) -> ConfidenceInterval?
    ) -> Double {
        var held = 0
        for trial in 0..<trials where interval(trial)?.contains(truth) == true { held += 1 }
        return Double(held) / Double(trials)
    }

    @Test(arguments: [2, 3, 5])
    func `Student over few forks covers at its nominal rate`(forks: Int) {
        var generator = testSeed.derived(for: "student").derived(for: forks).generator()
        let estimator = Estimator(seed: testSeed)
        let share = coverage(500, of: 11) { _ in
            let samples = simulatedForks(forks, samples: 15, forkSpread: 0.5, by: &generator)
            return estimator.estimate(.median, of: samples).interval
        }
        // Three standard errors of 500 trials at 0.95 are 0.029; skew costs up to 0.01.
        #expect(share > 0.91 && share <= 0.99, "\(share) \(seedNote)")
    }

    @Test func `the expanded bootstrap over six forks covers where the plain one falls short`() {
        var generator = testSeed.derived(for: "expanded").generator()
        var held = (plain: 0, expanded: 0)
        let trials = 200
        for trial in 0..<trials {
            let forks = simulatedForks(6, samples: 10, forkSpread: 1, by: &generator)
            var estimator = Estimator(seed: testSeed.derived(for: trial), resamples: 200)
            if estimator.estimate(.median, of: forks).interval?.contains(11.06) == true {
                held.expanded += 1
            }
            estimator.method = .percentile
            if estimator.estimate(.median, of: forks).interval?.contains(11.06) == true {
                held.plain += 1
            }
        }
        #expect(Double(held.expanded) / Double(trials) > 0.89, "\(held) \(seedNote)")
        #expect(held.expanded > held.plain, "\(held) \(seedNote)")
    }

    @Test func `order statistic intervals cover at least as often as they say`() {
        var generator = testSeed.derived(for: "orders").generator()
        for (probability, count) in [(0.5, 25), (0.9, 60), (0.99, 320)] {
            let share = coverage(600, of: probability) { _ in
                let samples = SampleDistribution((0..<count).map { _ in generator.nextUnit() })
                return Quantile.interval(of: samples, at: probability)
            }
            #expect(share > 0.925, "\(probability): \(share) \(seedNote)")
        }
    }

    @Test func `ratios of independent sets cover at their nominal rate`() {
        var generator = testSeed.derived(for: "ratios").generator()
        let estimator = Estimator(seed: testSeed)
        let share = coverage(500, of: 1.05) { _ in
            let slow = simulatedForks(
                4, samples: 12, forkSpread: 0.4, scale: 1.05, by: &generator)
            let fast = simulatedForks(4, samples: 12, forkSpread: 0.4, by: &generator)
            return estimator.ratio(of: slow, to: fast)?.interval
        }
        #expect(share > 0.915 && share <= 0.99, "\(share) \(seedNote)")
    }

    @Test(arguments: [4, 9])
    func `paired ratios cover at their nominal rate`(rounds: Int) {
        var generator = testSeed.derived(for: "pairs").derived(for: rounds).generator()
        let estimator = Estimator(seed: testSeed)
        let share = coverage(500, of: 1.05) { _ in
            let slow = simulatedForks(
                rounds, samples: 7, forkSpread: 0.4, scale: 1.05, by: &generator)
            let fast = simulatedForks(rounds, samples: 7, forkSpread: 0.4, by: &generator)
            return estimator.pairedRatio(of: slow, to: fast)?.interval
        }
        #expect(share > 0.915, "\(share) \(seedNote)")
    }
}
