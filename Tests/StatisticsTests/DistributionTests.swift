import Randomness
import Testing

@testable import Statistics

struct DistributionTests {
    @Test func `special functions agree with SciPy`() throws {
        let fixture = try SciPyFixture.load().distributions
        for row in fixture.beta {
            #expect(agree(incompleteBeta(row.x, row.a, row.b), row.value, within: 1e-11), "\(row)")
        }
        for row in fixture.logGamma {
            let slack = 1e-14 * max(1, abs(row.value))
            #expect(abs(logGamma(row.x) - row.value) < slack, "\(row)")
        }
        for row in fixture.binomial {
            let law = Binomial(trials: row.trials, probability: row.probability)
            #expect(agree(law.cumulative(row.successes), row.value, within: 1e-11), "\(row)")
        }
    }

    @Test func `quantiles of Student and normal agree with SciPy`() throws {
        let fixture = try SciPyFixture.load().distributions
        for row in fixture.t {
            let t = StudentT(degreesOfFreedom: row.freedom).quantile(row.probability)
            #expect(agree(t, row.value, within: 1e-11), "\(row)")
        }
        for row in fixture.normal {
            let z = StandardNormal.quantile(row.probability)
            #expect(agree(z, row.value, within: 1e-13), "\(row)")
        }
    }

    @Test func `a binomial quantile is the smallest count that reaches the share`() {
        for trials in [1, 7, 40] {
            for probability in [0.03, 0.5, 0.9] {
                let law = Binomial(trials: trials, probability: probability)
                for share in [0.001, 0.025, 0.5, 0.975, 0.9999] {
                    let first = (0...trials).first { law.cumulative($0) >= share }
                    #expect(law.quantile(share) == first)
                }
            }
        }
    }

    /// Both branches of the sampler, and both sides of one half.
    @Test(arguments: [(12, 0.3), (900, 0.005), (50, 0.5), (400, 0.1), (400, 0.93), (100_000, 0.4)])
    func `binomial numbers follow their law`(trials: Int, probability: Double) {
        let law = Binomial(trials: trials, probability: probability)
        let cuts = (1..<10).map { law.quantile(Double($0) / 10) }
        var generator = testSeed.derived(for: "binomial").derived(for: trials).generator()
        let draws = 20_000
        var observed = Array(repeating: 0, count: 10)
        for _ in 0..<draws {
            let value = generator.nextBinomial(trials: trials, probability: probability)
            observed[cuts.firstIndex { value <= $0 } ?? 9] += 1
        }
        var square = 0.0
        var below = 0.0
        for (index, count) in observed.enumerated() {
            let upTo = index < 9 ? law.cumulative(cuts[index]) : 1
            let expected = (upTo - below) * Double(draws)
            below = upTo
            if expected > 0 {
                square += (Double(count) - expected) * (Double(count) - expected) / expected
            }
        }
        // χ² with 9 degrees of freedom exceeds 33.7 once in 10 000.
        #expect(square < 33.7, "\(seedNote)")
    }

    @Test func `gamma and normal numbers have their moments`() {
        var generator = testSeed.derived(for: "gamma").generator()
        let count = 40_000
        for shape in [4.0, 900] {
            let draws = (0..<count).map { _ in generator.nextGamma(shape: shape) }
            let mean = Moments.mean(of: draws)
            // Five standard errors.
            #expect(abs(mean - shape) < 5 * (shape / Double(count)).squareRoot(), "\(seedNote)")
            let variance = Moments.variance(of: draws) ?? .nan
            #expect(abs(variance / shape - 1) < 5 * 2.6 / Double(count).squareRoot(), "\(seedNote)")
        }
        let normals = (0..<count).map { _ in generator.nextNormal() }
        #expect(abs(Moments.mean(of: normals)) < 5 / Double(count).squareRoot(), "\(seedNote)")
        let within = normals.filter { abs($0) < 1 }.count
        #expect(abs(Double(within) / Double(count) - 0.6827) < 0.012, "\(seedNote)")
    }
}
