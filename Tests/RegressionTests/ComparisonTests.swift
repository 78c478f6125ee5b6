import Measurement
import Randomness
import Statistics
import Testing

@testable import Regression

@Suite struct ComparisonTests {
    private let rule = ComparisonRule(resamples: 2000)

    /// Eight forks of windows around `level`, alike but for a little that repeats.
    private func forks(_ level: Double, _ count: Int = 8) -> [[Double]] {
        (0..<count).map { fork in
            (0..<20).map { window in
                let unevenness = Double((fork * 7 + window * 3) % 5)
                return level * (1 + 0.001 * unevenness)
            }
        }
    }

    private func independent(_ base: Double, _ new: Double) -> ComparedSamples {
        .independent(base: forks(base), new: forks(new))
    }

    @Test(arguments: [true, false])
    func `a slowdown is a regression of a time and an improvement of a rate`(isPaired: Bool) {
        let samples =
            isPaired ? .paired(base: forks(100), new: forks(110)) : independent(100, 110)
        let time = Comparison(samples, better: .lower, rule: rule)
        #expect(time.status == .regressed)
        #expect(abs((time.ratio?.value ?? 0) - 1.1) < 0.002)
        #expect(time.reasons == ["larger by 10 %, more than 3 %"])
        #expect(Comparison(samples, better: .higher, rule: rule).status == .improved)
    }

    @Test(arguments: [true, false])
    func `what got smaller by a tenth improved as a time and regressed as a rate`(isPaired: Bool) {
        let samples = isPaired ? .paired(base: forks(100), new: forks(90)) : independent(100, 90)
        #expect(Comparison(samples, better: .lower, rule: rule).status == .improved)
        #expect(Comparison(samples, better: .higher, rule: rule).status == .regressed)
    }

    @Test func `a proven difference below the threshold is unchanged`() {
        let comparison = Comparison(
            .paired(base: forks(100), new: forks(101)), better: .lower, rule: rule)
        #expect(comparison.status == .unchanged)
        #expect(comparison.ratio?.interval?.contains(1) == false)
        #expect(comparison.reasons == ["shown to lie within 3 %"])
    }

    @Test func `the threshold decides what matters`() {
        let samples = ComparedSamples.paired(base: forks(100), new: forks(105))
        func status(_ threshold: Double) -> ComparisonStatus {
            Comparison(samples, better: .lower, rule: ComparisonRule(threshold: threshold)).status
        }
        #expect(status(0.03) == .regressed)
        #expect(status(0.10) == .unchanged)
    }

    @Test func `a shift at the threshold is neither more nor less`() {
        var generator = testSeed.derived(for: "at the threshold").generator()
        let ratios = (0..<8).map { _ in
            (0..<20).map { _ in 1.029 * (1 + 0.004 * generator.nextBoxMuller()) }
        }
        let comparison = Comparison(.paired(ratios: ratios), better: .lower, rule: rule)
        #expect(comparison.status == .inconclusive, "\(seedNote)")
    }

    @Test func `seven forks show nothing at 0.99 and do at 0.95`() {
        let samples = ComparedSamples.paired(base: forks(100, 7), new: forks(150, 7))
        let strict = Comparison(samples, better: .lower, rule: rule)
        #expect(strict.status == .inconclusive)
        #expect(strict.reasons == ["7 processes, 8 needed to show anything"])
        #expect(strict.ratio == nil && strict.significance == nil)
        let loose = ComparisonRule(confidence: 0.95)
        #expect(Comparison(samples, better: .lower, rule: loose).status == .regressed)
    }

    @Test func `one of eight forks that is better forbids a verdict`() {
        var new = forks(110)
        new[3] = new[3].map { $0 * 0.89 }
        let comparison = Comparison(
            .paired(base: forks(100), new: new), better: .lower, rule: rule)
        #expect(comparison.status == .inconclusive)
    }

    @Test func `a median of zero has no ratio`() {
        let comparison = Comparison(
            .independent(base: forks(0), new: forks(1)), better: .lower, rule: rule)
        #expect(comparison.status == .inconclusive)
        #expect(comparison.reasons == ["a median is not positive: there is no ratio"])
        #expect(comparison.spread == nil)
    }

    @Test func `doubts about three of eight forks forbid a verdict, about two they do not`() {
        let samples = ComparedSamples.paired(base: forks(100), new: forks(110))
        func comparison(_ doubtful: Int) -> Comparison {
            Comparison(
                samples, better: .lower, rule: rule,
                doubts: (0..<8).map { $0 < doubtful ? ["the hypervisor took time"] : [] })
        }
        #expect(comparison(2).status == .regressed)
        #expect(comparison(3).status == .unstable)
        #expect(
            comparison(3).reasons
                == ["3 of 8 processes are doubtful: the hypervisor took time"])
    }

    @Test func `forks on different levels, and windows on different levels, are unstable`() {
        let levels = (0..<8).map { fork in
            forks(fork % 2 == 0 ? 1 : 1.2)[fork]
        }
        let between = Comparison(.paired(ratios: levels), better: .lower, rule: rule)
        #expect(between.status == .unstable)
        #expect(between.reasons.count == 1)
        #expect(between.reasons[0].hasPrefix("processes spread by"))
        // A third of the windows takes twice as long: the median absolute deviation is zero.
        let windows = (0..<8).map { _ in (0..<24).map { $0 % 3 == 0 ? 2.0 : 1.0 } }
        let within = Comparison(.paired(ratios: windows), better: .lower, rule: rule)
        #expect(within.status == .unstable)
        #expect(within.reasons.count == 1)
        #expect(within.reasons[0].hasPrefix("windows within a process spread by"))
    }

    @Test func `no spread hides what every pair shows, and one that does not brings it back`() {
        let wild = [1.2, 2, 1.3, 2.5, 1.1, 1.9, 1.25, 3].map { [$0] }
        let found = Comparison(.paired(ratios: wild), better: .lower, rule: rule)
        #expect(found.status == .regressed)
        #expect(
            found.reasons.contains { $0.hasPrefix("in every pair, although processes spread by") })
        #expect(
            Comparison(.paired(ratios: wild), better: .higher, rule: rule).status == .improved)
        let split = Comparison(
            .paired(ratios: wild.dropLast() + [[1.02]]), better: .lower, rule: rule)
        #expect(split.status == .unstable)
        let doubted = Comparison(
            .paired(ratios: wild), better: .lower, rule: rule,
            doubts: (0..<8).map { _ in ["the hypervisor took time"] })
        #expect(doubted.status == .unstable)
        // Of sides that ran apart, one may have met another machine.
        let apart = Comparison(
            .independent(base: wild.map { _ in [1.0] }, new: wild), better: .lower, rule: rule)
        #expect(apart.status == .unstable)
    }

    @Test func `the wilder side decides how independent sides spread`() {
        let wild = (0..<8).map { fork in forks(100)[fork].map { fork % 2 == 0 ? $0 : 1.2 * $0 } }
        for samples in [
            ComparedSamples.independent(base: wild, new: forks(100)),
            .independent(base: forks(100), new: wild),
        ] {
            #expect(Comparison(samples, better: .lower, rule: rule).status == .unstable)
        }
    }

    @Test func `the spread of known windows is what the quantiles say`() throws {
        // Deciles of 0…10 around 100: 101 and 109 over the median 105; all forks alike.
        let fork = (0...10).map { 100 + Double($0) }
        let spread = try #require(
            ComparedSamples.paired(ratios: Array(repeating: fork, count: 8)).spread)
        #expect(spread.between == 0)
        #expect(abs((spread.within ?? 0) - 8 / (2 * 1.281_551_6 * 105)) < 1e-9)
        let short = Array(repeating: [1.0, 2, 3], count: 4)
        let long = Array(repeating: fork, count: 4)
        #expect(ComparedSamples.paired(ratios: short + long).spread?.within == spread.within)
        #expect(ComparedSamples.paired(ratios: short + [[1, 2, 3]] + long).spread?.within == nil)
    }

    @Test func `the same samples and seed give the same comparison`() {
        let comparisons = (0..<2).map { _ in
            Comparison(independent(100, 104), better: .lower, rule: rule)
        }
        #expect(comparisons[0].ratio == comparisons[1].ratio)
        #expect(comparisons[0].significance == comparisons[1].significance)
    }

    @Test func `a metric on one side only is new or missing`() {
        #expect(Comparison(onlyOneSide: .new, rule: rule).status == .new)
        #expect(
            Comparison(onlyOneSide: .missing, rule: rule).reasons
                == ["the new side does not have it"])
    }

    @Test func `metrics without a better have no direction`() {
        #expect(BetterDirection(.lower) == .lower)
        #expect(BetterDirection(.higher) == .higher)
        #expect(BetterDirection(.neither) == nil)
    }
}
