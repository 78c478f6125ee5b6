import Foundation
import Randomness
import Testing

@testable import Statistics

struct EstimatorTests {
    let estimator = Estimator(seed: testSeed, resamples: 4_000)

    @Test func `bootstrap intervals agree with SciPy's`() throws {
        let fixture = try SciPyFixture.load()
        for row in fixture.bootstrap {
            var estimator = estimator
            estimator.method = row.method
            let statistic: Statistic = row.statistic == "mean" ? .mean : .median
            let interval = try #require(estimator.estimate(statistic, of: [row.samples]).interval)
            // 4 000 replicates place a limit within a few hundredths of the interval's width.
            let slack = 0.05 * (row.high - row.low)
            #expect(abs(interval.low - row.low) < slack, "\(row.method) \(seedNote)")
            #expect(abs(interval.high - row.high) < slack, "\(row.method) \(seedNote)")
        }
    }

    @Test func `the value is the statistic of the pooled samples`() {
        let forks = [[1.0, 2, 3, 4], [10, 20], [5, 6, 7, 8, 9]]
        let pooled = forks.flatMap { $0 }
        for p in [0, 0.1, 0.25, 0.5, 0.77, 1] {
            let value = estimator.estimate(.quantile(p), of: forks).value
            #expect(value == Quantile.of(pooled, at: p))
        }
        #expect(agree(estimator.estimate(.mean, of: forks).value, 75 / 11.0, within: 1e-15))
        let byClosure = estimator.estimate(of: forks) { $0.max() ?? 0 }
        #expect(byClosure.value == 20)
    }

    @Test func `quantile replicates follow the law of drawing every sample`() {
        var generator = testSeed.derived(for: "law").generator()
        let forks = [5, 9, 2, 30].map { size in
            (0..<size).map { _ in (generator.nextUnit() * 12).rounded() }
        }
        for probability in [0.5, 0.9] {
            var quick = QuantileResampler(
                forks.map { SampleDistribution($0) }, probability: probability)
            var plain = ClosureResampler(forks) { Quantile.of($0, at: probability) }
            var scratch = [0, 0, 0, 0]
            var (a, b): ([Double], [Double]) = ([], [])
            for _ in 0..<4_000 {
                a.append(quick.resample(scratch: &scratch, by: &generator))
                b.append(plain.resample(scratch: &scratch, by: &generator))
            }
            // Kolmogorov-Smirnov distance; 1.95·√(2/4000) is passed once in 1 000.
            #expect(largestGap(a, b) < 0.0436, "\(seedNote)")
        }
    }

    /// The table of shares is a short cut: the numbers drawn are those of a search that counts.
    @Test func `quantile replicates draw what a search that counts draws`() {
        var generator = testSeed.derived(for: "counting").generator()
        let forks = [40, 3, 700, 1].map { size in
            (0..<size).map { _ in (generator.nextUnit() * 60).rounded() }
        }
        for probability in [0, 0.3, 0.5, 0.99, 1] {
            var quick = QuantileResampler(
                forks.map { SampleDistribution($0) }, probability: probability)
            var other = generator
            for _ in 0..<300 {
                let multiplicities = (0..<4).map { _ in Int(generator.next(below: 3)) }
                for _ in 0..<4 { _ = other.next(below: 3) }
                guard multiplicities.contains(where: { $0 > 0 }) else { continue }
                #expect(
                    quick.replicate(multiplicities, by: &generator)
                        == counted(forks, multiplicities, probability, by: &other),
                    "\(multiplicities) \(seedNote)")
            }
        }
    }

    /// A replicate by a search over the distinct values that counts samples as it goes.
    private func counted(
        _ forks: [[Double]], _ multiplicities: [Int], _ probability: Double,
        by generator: inout Xoshiro256StarStar
    ) -> Double {
        let values = Set(forks.flatMap(\.self)).sorted()
        let draws = zip(forks, multiplicities).map { $0.count * $1 }
        let position = Quantile.Position(of: probability, among: draws.reduce(0, +))

        func search(_ rank: Int, _ low: Int, _ high: Int, _ draws: [Int], _ pair: Bool) -> Double {
            guard high - low > 1 else { return values[low] }
            let middle = (low + high) / 2
            let below = zip(forks, draws).map { fork, drawn in
                let inside = fork.filter { value in
                    value >= values[low] && (high == values.count || value < values[high])
                }
                let share = Double(inside.count { $0 < values[middle] }) / Double(inside.count)
                return drawn == 0
                    ? 0 : generator.nextBinomial(trials: drawn, probability: share)
            }
            let above = zip(draws, below).map { $0 - $1 }
            let sum = below.reduce(0, +)
            if pair, rank == sum - 1 {
                let lower = search(rank, low, middle, below, false)
                let upper = search(0, middle, high, above, false)
                return Quantile.interpolate(lower, upper, position.fraction)
            }
            return rank < sum
                ? search(rank, low, middle, below, pair)
                : search(rank - sum, middle, high, above, pair)
        }
        return search(position.rank, 0, values.count, draws, position.fraction > 0)
    }

    @Test func `modelled means follow the law of drawing every sample`() {
        var generator = testSeed.derived(for: "means").generator()
        // One far outlier: the mean's distribution is as skewed as it can be.
        let fork = (0..<300).map { $0 == 0 ? 500 : generator.nextUnit() }
        let padding = Array(repeating: 0.5, count: MeanResampler.exactLimit)
        var modelled = MeanResampler([SampleDistribution(fork), SampleDistribution(padding)])
        var exact = MeanResampler([SampleDistribution(fork)])
        var (a, b): ([Double], [Double]) = ([], [])
        for _ in 0..<4_000 {
            a.append(modelled.replicate([1, 0], by: &generator))
            b.append(exact.replicate([1], by: &generator))
        }
        let (meanA, meanB) = (Moments.mean(of: a), Moments.mean(of: b))
        let spreadA = Moments.standardDeviation(of: a) ?? .nan
        let spreadB = Moments.standardDeviation(of: b) ?? .nan
        #expect(abs(meanA - meanB) < 0.1 * spreadB, "\(seedNote)")
        #expect(agree(spreadA, spreadB, within: 0.1), "\(seedNote)")
        for p in [0.9, 0.975] {
            let gap = abs(Quantile.of(a, at: p) - Quantile.of(b, at: p))
            #expect(gap < 0.7 * spreadB, "\(p) \(seedNote)")
        }
    }

    @Test func `one fork is marked as within the process only`() throws {
        let samples = (0..<40).map { Double($0 % 17) + 1 }
        let median = estimator.estimate(.median, of: [samples])
        #expect(median.withinProcessOnly && median.method == .orderStatistics)
        let interval = try #require(median.interval)
        #expect(interval.contains(median.value))
        let mean = estimator.estimate(.mean, of: [samples])
        #expect(mean.withinProcessOnly && mean.method == .expandedPercentile)
        #expect(!estimator.estimate(.median, of: [samples, samples]).withinProcessOnly)
    }

    @Test func `the method follows from the number of forks`() {
        var generator = testSeed.derived(for: "forks").generator()
        let forks = simulatedForks(8, samples: 5, forkSpread: 0.1, by: &generator)
        for count in 2...8 {
            let estimate = estimator.estimate(.median, of: Array(forks[..<count]))
            #expect(estimate.method == (count < 6 ? .studentOverForks : .expandedPercentile))
            #expect(estimate.forkCount == count && estimate.sampleCount == 5 * count)
        }
    }

    @Test func `a tail without samples has a figure and a reason but no interval`() {
        let forks = [(0..<200).map { Double($0) }, (0..<200).map { Double($0) + 0.5 }]
        let tail = estimator.estimate(.quantile(0.999), of: forks)
        #expect(tail.interval == nil)
        #expect(tail.caveats == [.tooFewSamples(have: 400, need: 2_995)])
        #expect(estimator.estimate(.quantile(0.99), of: forks).interval != nil)
        let largest = estimator.estimate(.quantile(1), of: forks)
        #expect(largest.value == 199.5 && largest.caveats == [.extreme])
        let single = estimator.estimate(.median, of: [[4, 5]])
        #expect(single.caveats == [.withinProcessOnly, .tooFewSamples(have: 2, need: 6)])
    }

    @Test func `limits of positive figures stay positive`() throws {
        let interval = try #require(
            estimator.estimate(.median, of: [[55, 56, 57], [555, 560, 565]]).interval)
        #expect(interval.low > 0)
        let signed = try #require(
            estimator.estimate(.median, of: [[-1, 0, 1], [5, 6, 7]]).interval)
        #expect(signed.low < 0)
    }

    @Test func `equal samples give an interval of no width`() {
        let forks = Array(repeating: [25.0, 25, 25], count: 7)
        for method: IntervalMethod in [
            .studentOverForks, .percentile, .expandedPercentile, .biasCorrectedAccelerated,
        ] {
            var estimator = estimator
            estimator.method = method
            for statistic in [Statistic.median, .mean] {
                let interval = estimator.estimate(statistic, of: forks).interval
                #expect(agree(interval?.low ?? 0, 25, within: 1e-14))
                #expect(agree(interval?.high ?? 0, 25, within: 1e-14))
            }
        }
    }

    @Test func `the same seed gives the same interval and another seed another`() {
        var generator = testSeed.derived(for: "same").generator()
        let forks = simulatedForks(7, samples: 30, forkSpread: 0.3, by: &generator)
        let first = estimator.estimate(.mean, of: forks)
        #expect(first == estimator.estimate(.mean, of: forks))
        let other = Estimator(seed: testSeed.derived(for: 1), resamples: 4_000)
        #expect(first.interval != other.estimate(.mean, of: forks).interval)
    }

    @Test func `histograms of a billion samples are resampled like raw samples`() throws {
        let histograms = (0..<6).map { fork in
            SampleDistribution(
                counts: (0..<200).map { (value: Double($0 + fork), count: 1_000_000) })
        }
        let estimate = estimator.estimate(.quantile(0.99), of: histograms)
        let interval = try #require(estimate.interval)
        #expect(estimate.sampleCount == 1_200_000_000)
        #expect(interval.low >= 197 && interval.high <= 203)
    }

    @Test func `an estimate reads back as written and a damaged one is refused`() throws {
        for forks in [[[1.0, 2, 3], [2, 3, 4]], [[4, 5]]] {
            let estimate = estimator.estimate(.median, of: forks)
            let data = try JSONEncoder().encode(estimate)
            #expect(try JSONDecoder().decode(Estimate.self, from: data) == estimate)
        }
        let reversed = Data(#"{"low": 2, "high": 1, "confidence": 0.95}"#.utf8)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ConfidenceInterval.self, from: reversed)
        }
        let bare = Data(#"{"value": 2, "sampleCount": 1, "forkCount": 1, "caveats": []}"#.utf8)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Estimate.self, from: bare)
        }
    }

    @Test func `bad input traps`() async {
        await #expect(processExitsWith: .failure) {
            _ = Estimator(seed: Seed(1)).estimate(.median, of: [[1], []])
        }
        await #expect(processExitsWith: .failure) {
            _ = Estimator(seed: Seed(1)).estimate(.mean, of: [[Double]]())
        }
        await #expect(processExitsWith: .failure) { _ = Estimator(seed: Seed(1), resamples: 3) }
        await #expect(processExitsWith: .failure) {
            _ = Estimator(seed: Seed(1)).estimate(of: [[1], [2]]) { _ in .nan }
        }
    }

    private func largestGap(_ a: [Double], _ b: [Double]) -> Double {
        let (a, b) = (a.sorted(), b.sorted())
        var largest = 0.0
        for value in Set(a + b) {
            let below = Double(a.count { $0 <= value }) / Double(a.count)
            largest = max(largest, abs(below - Double(b.count { $0 <= value }) / Double(b.count)))
        }
        return largest
    }
}
