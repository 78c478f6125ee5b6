import Randomness
import Testing

@testable import Statistics

struct ChangePointTests {
    private let detector = ChangePointDetector(seed: testSeed, permutations: 99)

    @Test func `the clearest split agrees with a brute-force search in NumPy`() throws {
        for row in try SciPyFixture.load().changePoints {
            let found = EnergyDivergence(row.series[...]).clearest(shortest: 5)
            #expect(found.index == row.index)
            #expect(agree(found.divergence, row.divergence, within: 1e-11))
        }
    }

    @Test func `the divergence of a hand-sized split is as computed by hand`() {
        // Between {0, 1} and {4, 6}: 2·4.5 − 1 − 2 = 6, times 2·2/4.
        let divergence = EnergyDivergence([0, 1, 4, 6])
        #expect(agree(divergence.divergence(split: 2, end: 4), 6, within: 1e-14))
    }

    @Test func `one step is found at its place`() throws {
        var generator = testSeed.derived(for: "step").generator()
        let series = (0..<60).map { ($0 < 25 ? 100 : 105) + generator.nextBoxMuller() }
        let found = detector.changePoints(in: series)
        #expect(found.count == 1, "\(found) \(seedNote)")
        let index = try #require(found.first?.index)
        #expect(abs(index - 25) <= 1, "\(seedNote)")
        #expect(found.allSatisfy { $0.significance == 0.01 })
    }

    @Test func `two steps are found`() {
        var generator = testSeed.derived(for: "steps").generator()
        let series = (0..<60).map { index in
            (index < 20 ? 10 : index < 40 ? 14 : 12) + 0.5 * generator.nextBoxMuller()
        }
        let found = detector.changePoints(in: series).map(\.index)
        #expect(found.contains { abs($0 - 20) <= 1 }, "\(found) \(seedNote)")
        #expect(found.contains { abs($0 - 40) <= 1 }, "\(found) \(seedNote)")
    }

    @Test func `a change of spread at the same level is found`() {
        var generator = testSeed.derived(for: "spread").generator()
        let series = (0..<120).map { index in
            14 + (index < 60 ? 0.1 : 4) * generator.nextBoxMuller()
        }
        let found = detector.changePoints(in: series).map(\.index)
        #expect(found.contains { abs($0 - 60) <= 8 }, "\(found) \(seedNote)")
    }

    @Test func `noise alone gives change points no more often than the level says`() {
        var generator = testSeed.derived(for: "quiet").generator()
        var alarms = 0
        for trial in 0..<40 {
            let series = (0..<30).map { _ in generator.nextBoxMuller() }
            let detector = ChangePointDetector(
                seed: testSeed.derived(for: trial), permutations: 19, significance: 0.05)
            if !detector.changePoints(in: series).isEmpty { alarms += 1 }
        }
        // 40 trials at 0.05 exceed 7 less than once in a hundred.
        #expect(alarms <= 7, "\(alarms) \(seedNote)")
    }

    @Test func `a test that ends early divides the hits by the shuffled series that were tried`()
        throws
    {
        // Ten samples have one split; those shuffled are as clear when both ones fall in one half, which
        // four shuffles in nine do.
        let series = [1.0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        var many = detector
        many.permutations = 9999
        let early = try #require(many.tests(in: series, endingAt: 20).first)
        #expect(early.index == 5)
        let tried = Int((20 / early.significance).rounded())
        #expect(agree(early.significance, 20 / Double(tried), within: 1e-12))
        // 45 expected, with a deviation of 7.5.
        #expect((20...90).contains(tried), "\(tried) \(seedNote)")
        // All the shuffles up to then hold the 20, one fewer holds 19 of them: each counts what was
        // observed as well.
        for (permutations, expected) in [
            (tried, 21 / Double(tried + 1)), (tried - 1, 20 / Double(tried)),
        ] {
            many.permutations = permutations
            let late = try #require(many.tests(in: series).first)
            #expect(agree(late.significance, expected, within: 1e-12))
        }
        // A clear change has no hits to end at.
        let step = (0..<30).map { index in Double(index % 3 + (index < 15 ? 0 : 100)) }
        #expect(detector.tests(in: step, endingAt: 20).first?.significance == 0.01)
    }

    @Test func `constant and short series have none`() {
        #expect(detector.changePoints(in: Array(repeating: 3, count: 50)).isEmpty)
        #expect(detector.changePoints(in: [1, 2, 3]).isEmpty)
        #expect(detector.changePoints(in: []).isEmpty)
    }

    @Test func `the same seed gives the same answer`() {
        var generator = testSeed.derived(for: "again").generator()
        let series = (0..<40).map { ($0 < 20 ? 1 : 1.8) + 0.5 * generator.nextBoxMuller() }
        #expect(detector.changePoints(in: series) == detector.changePoints(in: series))
    }

    @Test func `a level that the permutations cannot reach traps`() async {
        await #expect(processExitsWith: .failure) {
            _ = ChangePointDetector(seed: Seed(1), permutations: 50, significance: 0.01)
        }
    }
}
