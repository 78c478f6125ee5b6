import Randomness
import Testing

@testable import Statistics

struct QuantileTests {
    @Test func `quantiles agree with NumPy to the last digits`() throws {
        for row in try SciPyFixture.load().quantiles {
            let value = Quantile.of(row.samples, at: row.probability)
            #expect(agree(value, row.value, within: 1e-14), "p \(row.probability)")
            let distribution = SampleDistribution(row.samples)
            #expect(distribution.quantile(row.probability) == value, "p \(row.probability)")
        }
    }

    @Test func `mean deviation and MAD agree with NumPy and SciPy`() throws {
        for row in try SciPyFixture.load().spread {
            #expect(agree(Moments.mean(of: row.samples), row.mean, within: 1e-14))
            let deviation = try #require(Moments.standardDeviation(of: row.samples))
            #expect(agree(deviation, row.deviation, within: 1e-14))
            #expect(agree(MedianAbsoluteDeviation(of: row.samples).value, row.mad, within: 1e-13))
            let distribution = SampleDistribution(row.samples)
            #expect(agree(distribution.mean, row.mean, within: 1e-14))
            #expect(agree(distribution.medianAbsoluteDeviation, row.mad, within: 1e-13))
        }
    }

    @Test func `the median of an even number of samples lies between the middle two`() {
        #expect(Quantile.median(of: [4, 1, 3, 2]) == 2.5)
        #expect(Quantile.median(of: [7]) == 7)
        #expect(Moments.variance(of: [7]) == nil)
    }

    @Test func `a small term survives between large ones in a mean`() {
        #expect(Moments.mean(of: [1e16, 3, -1e16, 0]) == 0.75)
    }

    @Test func `counted values give the same figures as the samples they stand for`() {
        let samples = [1.0, 2, 2, 2, 5, 5, 9]
        let counted = SampleDistribution(counts: [(1, 1), (2, 3), (5, 2), (9, 1)])
        #expect(counted == SampleDistribution(samples))
        #expect(counted.count == 7 && counted.minimum == 1 && counted.maximum == 9)
        #expect((0..<7).map { counted.orderStatistic($0) } == samples)
        #expect(counted.medianAbsoluteDeviation == 1)
    }

    @Test func `pooled parts give the same figures as all their samples`() {
        var generator = testSeed.derived(for: "pooling").generator()
        for parts in 1...6 {
            let samples = (0..<parts).map { _ in
                (0...generator.next(below: 40)).map { _ in Double(generator.next(below: 15)) / 4 }
            }
            let distributions = samples.map { SampleDistribution($0) }
            let all = samples.flatMap(\.self)
            #expect(
                SampleDistribution(pooling: distributions) == SampleDistribution(all), "\(seedNote)"
            )
            var times = (0..<parts).map { _ in Int(generator.next(below: 4)) }
            times[0] += 1
            let repeated = zip(samples, times).flatMap { own, count in
                (0..<count).flatMap { _ in own }
            }
            #expect(
                SampleDistribution(pooling: distributions, multiplicities: times)
                    == SampleDistribution(repeated), "\(times) \(seedNote)")
            #expect(
                SampleDistribution(all).medianAbsoluteDeviation
                    == MedianAbsoluteDeviation(of: all).value, "\(seedNote)")
        }
    }

    @Test func `sample counts needed follow from the binomial`() {
        #expect(Quantile.sampleCountNeeded(forProbability: 0.5) == 6)
        #expect(Quantile.sampleCountNeeded(forProbability: 0.5, confidence: 0.99) == 8)
        #expect(Quantile.sampleCountNeeded(forProbability: 0.99) == 299)
        #expect(Quantile.sampleCountNeeded(forProbability: 0.999) == 2_995)
        #expect(Quantile.sampleCountNeeded(forProbability: 0.9999) == 29_956)
        #expect(Quantile.sampleCountNeeded(forProbability: 0.001) == 2_995)
    }

    @Test func `order statistic intervals agree with SciPy's quantile test`() throws {
        let rows = try SciPyFixture.load().orderStatistics
        #expect(rows.count > 3)
        for row in rows {
            let samples = SampleDistribution(row.samples)
            let interval = try #require(Quantile.interval(of: samples, at: row.probability))
            #expect(interval.low == row.low && interval.high == row.high, "p \(row.probability)")
        }
    }

    @Test func `a tail interval exists exactly from the needed sample count on`() throws {
        let enough = SampleDistribution((0..<2_995).map { Double($0) })
        let interval = try #require(Quantile.interval(of: enough, at: 0.999))
        #expect(interval.high == 2_994)
        #expect(interval.low < 2_990)
        let short = SampleDistribution((0..<2_994).map { Double($0) })
        #expect(Quantile.interval(of: short, at: 0.999) == nil)
        let mirrored = try #require(Quantile.interval(of: enough, at: 0.001))
        #expect(mirrored.low == 0)
    }

    @Test func `an interval of a billion counted samples is found at once`() throws {
        let counts = (0..<1_000).map { (value: Double($0), count: 1_000_000) }
        let interval = try #require(
            Quantile.interval(of: SampleDistribution(counts: counts), at: 0.9999))
        #expect(interval.low == 999 && interval.high == 999)
    }

    @Test func `bad input traps and names the value`() async {
        await #expect(processExitsWith: .failure) { _ = Quantile.median(of: []) }
        await #expect(processExitsWith: .failure) { _ = Quantile.median(of: [1, .nan]) }
        await #expect(processExitsWith: .failure) { _ = SampleDistribution([1, .infinity]) }
        await #expect(processExitsWith: .failure) { _ = Quantile.of([1], at: 1.5) }
        await #expect(processExitsWith: .failure) {
            _ = SampleDistribution(counts: [(2, 1), (1, 1)])
        }
        await #expect(processExitsWith: .failure) {
            _ = ConfidenceInterval(low: 2, high: 1, confidence: 0.95)
        }
    }
}
