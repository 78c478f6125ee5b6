import Randomness
import Testing

@testable import Statistics

struct RatioTests {
    let estimator = Estimator(seed: testSeed, resamples: 2_000)

    @Test func `a ratio of constant sets is exact`() throws {
        let (slow, fast) = ([[6.0, 6], [6, 6]], [[4.0, 4, 4], [4, 4, 4]])
        let ratio = try #require(estimator.ratio(of: slow, to: fast))
        #expect(ratio.value == 1.5)
        #expect(ratio.sampleCount == 10 && ratio.forkCount == 2)
        let interval = try #require(ratio.interval)
        #expect(agree(interval.low, 1.5, within: 1e-14) && agree(interval.high, 1.5, within: 1e-14))
    }

    @Test func `a true ratio is held and its reciprocal mirrors it`() throws {
        var generator = testSeed.derived(for: "ratio").generator()
        for forks in [3, 8] {
            let slow = simulatedForks(
                forks, samples: 20, forkSpread: 0.1, scale: 2, by: &generator)
            let fast = simulatedForks(forks, samples: 20, forkSpread: 0.1, by: &generator)
            let ratio = try #require(estimator.ratio(of: slow, to: fast)?.interval)
            #expect(ratio.low > 1.8 && ratio.high < 2.2, "\(seedNote)")
            let inverse = try #require(estimator.ratio(of: fast, to: slow)?.interval)
            #expect(agree(inverse.low, 1 / ratio.high, within: 0.01), "\(seedNote)")
        }
    }

    @Test func `few forks use Welch and many the bootstrap`() throws {
        var generator = testSeed.derived(for: "methods").generator()
        let many = simulatedForks(8, samples: 5, forkSpread: 0.1, by: &generator)
        let few = Array(many[..<3])
        #expect(estimator.ratio(of: few, to: many)?.method == .studentOverForks)
        #expect(estimator.ratio(of: many, to: many)?.method == .expandedPercentile)
        var corrected = estimator
        corrected.method = .biasCorrectedAccelerated
        let interval = try #require(corrected.ratio(.mean, of: many, to: many)?.interval)
        #expect(interval.contains(1), "\(seedNote)")
    }

    @Test func `one fork on a side is marked and two samples carry nothing`() {
        let single = [[4.0, 5, 6, 5, 4, 6, 5]]
        let ratio = estimator.ratio(of: single, to: [[4, 5, 6, 4, 5], [5, 5, 5]])
        #expect(ratio?.withinProcessOnly == true && ratio?.interval != nil)
        let thin = estimator.ratio(of: [[4, 5]], to: single)
        #expect(thin?.interval == nil && thin?.caveats.count == 2)
        let tail = estimator.ratio(.quantile(0.999), of: single + single, to: single + single)
        #expect(tail?.caveats == [.tooFewSamples(have: 14, need: 2_995)])
    }

    @Test func `a ratio of figures that are not positive does not exist`() {
        #expect(estimator.ratio(of: [[1, 2], [0, 0]], to: [[1], [2]]) == nil)
        #expect(estimator.pairedRatio(of: [[1], [2]], to: [[1], [-2]]) == nil)
    }

    @Test func `zeros among the samples leave a ratio without interval and say why`() {
        let zeros = Array(repeating: [0.0, 0, 5, 5, 5], count: 6)
        let ratio = estimator.ratio(of: zeros, to: zeros)
        #expect(ratio?.value == 1 && ratio?.interval == nil)
        #expect(ratio?.caveats == [.undefinedResamples])
    }

    @Test func `a paired ratio is untouched by drift that both sides share`() throws {
        var generator = testSeed.derived(for: "drift").generator()
        var (slow, fast): ([[Double]], [[Double]]) = ([], [])
        for round in 0..<10 {
            let drift = 1 + Double(round)
            func samples(_ scale: Double) -> [Double] {
                (0..<9).map { _ in scale * drift * (1 + 0.01 * generator.nextUnit()) }
            }
            slow.append(samples(1.05))
            fast.append(samples(1))
        }
        let paired = try #require(estimator.pairedRatio(of: slow, to: fast))
        let interval = try #require(paired.interval)
        #expect(paired.method == .signedRank && paired.forkCount == 10)
        #expect(interval.low > 1.04 && interval.high < 1.06, "\(seedNote)")
        let unpaired = try #require(estimator.ratio(of: slow, to: fast)?.interval)
        #expect(unpaired.contains(1) && unpaired.width > 0.5, "\(seedNote)")
    }

    @Test func `one disturbed round hardly moves a paired ratio`() throws {
        var slow = (0..<12).map { [1.05 + 0.001 * Double($0)] }
        let fast = Array(repeating: [1.0], count: 12)
        let calm = try #require(estimator.pairedRatio(of: slow, to: fast))
        slow[3] = [40]
        let disturbed = try #require(estimator.pairedRatio(of: slow, to: fast))
        #expect(abs(calm.value - disturbed.value) < 0.003)
        #expect((disturbed.interval?.high ?? .infinity) < 1.1)
    }

    @Test func `Walsh averages give the tabulated signed-rank intervals`() {
        // Hollander, Wolfe and Chicken, table A.4: n = 6 leaves out 0 averages at 0.969, n = 8
        // leaves out 3 at 0.961 and n = 10 leaves out 8 at 0.951.
        for (count, leftOut) in [(6, 0), (8, 3), (10, 8)] {
            let differences = (0..<count).map { Double(1 << $0) }
            var averages: [Double] = []
            for i in 0..<count {
                for j in i..<count { averages.append((differences[i] + differences[j]) / 2) }
            }
            averages.sort()
            let interval = WalshAverages(of: differences).interval(confidence: 0.95)
            #expect(interval.low == averages[leftOut])
            #expect(interval.high == averages[averages.count - 1 - leftOut])
        }
    }

    @Test func `exact and normal signed-rank intervals meet where one takes over`() {
        var generator = testSeed.derived(for: "meet").generator()
        let differences = (0..<101).map { _ in generator.nextUnit() }
        let exact = WalshAverages(of: Array(differences.dropLast())).interval(confidence: 0.95)
        let normal = WalshAverages(of: differences).interval(confidence: 0.95)
        #expect(abs(exact.low - normal.low) < 0.01, "\(seedNote)")
        #expect(abs(exact.high - normal.high) < 0.01, "\(seedNote)")
    }

    @Test func `unpaired rounds trap`() async {
        await #expect(processExitsWith: .failure) {
            _ = Estimator(seed: Seed(1)).pairedRatio(of: [[1], [2]], to: [[1]])
        }
    }
}
