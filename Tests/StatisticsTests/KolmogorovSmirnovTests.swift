import Foundation
import Randomness
import Testing

@testable import Statistics

@Suite struct KolmogorovSmirnovTests {
    @Test func `the significance is SciPy's, exactly for small samples`() {
        // scipy.stats.kstwo.sf of SciPy 1.17.1.
        let rows: [(Double, Int, Double)] = [
            (0.5, 3, 0.3333333333), (0.274, 10, 0.3715203845), (0.9, 4, 0.0002),
            (0.0936, 50, 0.7381402931), (0.16, 100, 0.01054350672), (0.12, 100, 0.103303749),
            (0.05, 1000, 0.01301207478), (0.0429, 1000, 0.048948411),
            (0.02, 1000, 0.8108971657), (0.03, 400, 0.8534115454), (0.08, 101, 0.5119735631),
            (0.01, 20000, 0.03638603905),
        ]
        for (statistic, count, expected) in rows {
            let found = KolmogorovSmirnov(statistic: statistic, count: count).significance
            let tolerance = count <= 100 ? 1e-9 : 0.0002
            #expect(abs(found - expected) < tolerance, "\(statistic), \(count): \(found)")
        }
    }

    @Test func `the statistic is the largest distance on either side of a step`() {
        // scipy.stats.kstest of the same values against the uniform distribution.
        let test = KolmogorovSmirnov([0.7, 0.1, 0.25, 0.95, 0.4, 0.41, 0.99]) { $0 }
        #expect(abs(test.statistic - 0.23571428571428565) < 1e-15)
        #expect(abs(test.significance - 0.7541555551980896) < 1e-9)
        // A lone value: the distance is below the step here, above it there.
        #expect(KolmogorovSmirnov([0.9]) { $0 }.statistic == 0.9)
        #expect(KolmogorovSmirnov([0.1]) { $0 }.statistic == 0.9)
    }

    @Test func `the ends are certain`() {
        #expect(KolmogorovSmirnov(statistic: 1, count: 5).significance == 0)
        #expect(KolmogorovSmirnov(statistic: 0.1, count: 5).significance == 1)
        #expect(KolmogorovSmirnov(statistic: 0.0005, count: 1000).significance == 1)
    }

    /// How many of 100 samples of 500 are not rejected at 5 %.
    private func accepted(
        _ name: String, _ cumulative: (Double) -> Double,
        _ draw: (inout Xoshiro256StarStar) -> Double
    ) -> Int {
        (0..<100).count { index in
            var generator = testSeed.derived(for: name).derived(for: index).generator()
            let samples = (0..<500).map { _ in draw(&generator) }
            return KolmogorovSmirnov(samples, against: cumulative).significance >= 0.05
        }
    }

    @Test func `variates follow the distributions they are named after`() {
        // Of 100 true ones 95 are expected, and fewer than 86 once in 10 000.
        #expect(
            accepted("exponential", { 1 - exp(-$0 / 40) }) { $0.nextExponential(mean: 40) } >= 86,
            "\(seedNote)")
        #expect(
            accepted("normal", StandardNormal.cumulative) { $0.nextNormal() } >= 86, "\(seedNote)")
        #expect(
            accepted("log-normal", { StandardNormal.cumulative(log($0 / 512) / 0.7) }) {
                $0.nextLogNormal(median: 512, sigma: 0.7)
            } >= 86, "\(seedNote)")
    }

    @Test func `what is a tenth off is found out`() {
        #expect(accepted("off", { 1 - exp(-$0) }) { $0.nextExponential(mean: 1.15) } < 40)
    }
}
