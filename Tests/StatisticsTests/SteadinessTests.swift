import Foundation
import Randomness
import Testing

@testable import Statistics

struct SteadinessTests {
    let test = SteadinessTest()

    private func noise(
        _ count: Int, _ label: String, level: (Int) -> Double, spread: Double = 0.02
    ) -> [Double] {
        var generator = testSeed.derived(for: label).generator()
        return (0..<count).map { level($0) * (1 + spread * generator.nextBoxMuller()) }
    }

    private func start(_ series: [Double]) -> Int? {
        guard case .steady(let index) = test.verdict(on: series) else { return nil }
        return index
    }

    @Test func `a constant series is steady from the start`() {
        #expect(test.verdict(on: Array(repeating: 25, count: 10)) == .steady(from: 0))
        #expect(test.verdict(on: Array(repeating: 0, count: 1_000)) == .steady(from: 0))
    }

    @Test func `fewer than ten samples are not enough to tell`() {
        #expect(
            test.verdict(on: [1, 2, 3]) == .never(.tooFewSamples(have: 3, need: 10)))
        #expect(test.verdict(on: []) == .never(.tooFewSamples(have: 0, need: 10)))
    }

    @Test func `plain noise is steady within its first windows in nearly every series`() {
        var early = 0
        for trial in 0..<100 {
            let series = noise(500, "noise \(trial)", level: { _ in 100 }, spread: 0.05)
            if let index = start(series), index < 100 { early += 1 }
        }
        #expect(early >= 95, "\(early) \(seedNote)")
    }

    @Test(arguments: [40, 300, 600])
    func `a step is steady from the step on`(step: Int) throws {
        let series = noise(1_000, "step", level: { $0 < step ? 130 : 100 })
        let index = try #require(start(series), "\(seedNote)")
        // One window is 16 samples; a few are forgiven.
        #expect(index >= step - 16 && index <= step + 64, "\(index) \(seedNote)")
    }

    @Test func `an exponential warm-up ends when it is lost in the noise`() throws {
        let series = noise(2_000, "decay", level: { 100 + 200 * exp(-Double($0) / 100) })
        let index = try #require(start(series), "\(seedNote)")
        // 200·exp(−300/100) is 10 % of the level, 200·exp(−1000/100) is nothing.
        #expect(index > 300 && index < 1_000, "\(index) \(seedNote)")
    }

    @Test func `a series that keeps climbing is never steady and says so`() {
        let series = noise(1_000, "climb", level: { 100 + 0.1 * Double($0) }, spread: 0.005)
        guard case .never(let reason) = test.verdict(on: series) else {
            Issue.record("found steady \(seedNote)")
            return
        }
        #expect(!reason.description.isEmpty)
    }

    @Test func `a drift below the tolerance does not count`() {
        let series = noise(1_000, "drift", level: { 100 + 0.005 * Double($0) / 10 }, spread: 0.0005)
        #expect(start(series) == 0, "\(seedNote)")
    }

    @Test func `outliers do not make a series unsteady`() throws {
        var series = noise(1_000, "outliers", level: { _ in 100 })
        for index in stride(from: 7, to: 1_000, by: 23) { series[index] = 5_000 }
        let index = try #require(start(series), "\(seedNote)")
        #expect(index < 200, "\(index) \(seedNote)")
    }

    @Test func `a level that changes late is not steady before it`() throws {
        let series = noise(1_000, "late", level: { $0 < 900 ? 100 : 140 })
        let index = start(series)
        #expect(index == nil || index ?? 0 >= 880, "\(String(describing: index)) \(seedNote)")
    }

    @Test func `Mann-Kendall agrees with hand-checked scores`() {
        // 1 3 2 5 4: pairs rising 8, falling 2.
        #expect(MannKendall([1, 3, 2, 5, 4]).score == 6)
        let rising = MannKendall((0..<10).map { Double($0) }[...])
        // S = 45, Var = 10·9·25/18 = 125, z = 44/√125 = 3.9355.
        #expect(abs(rising.significance - 8.303e-5) < 1e-7)
        #expect(MannKendall.slope([0, 2, 4, 100, 8]) == 2)
        #expect(tieRuns([1, 1, 2, 3, 3, 3]) == [2, 3])
        #expect(tieRuns([4]) == [] && tieRuns([]) == [])
    }
}
