import Randomness
import Testing

@testable import Regression

@Suite struct ComparisonFamilyTests {
    private let rule = ComparisonRule()

    private func comparison(effect: Double, noise: Double, _ name: String) -> Comparison {
        var generator = testSeed.derived(for: name).generator()
        let ratios = (0..<8).map { _ in [(1 + effect) * (1 + noise * generator.nextBoxMuller())] }
        return Comparison(.paired(ratios: ratios), better: .lower, rule: rule)
    }

    @Test func `adjusted values are Benjamini and Hochberg's, by hand`() throws {
        let alone = (0..<3).map { comparison(effect: 0.01 * Double($0), noise: 0.01, "hand \($0)") }
        let sorted = alone.compactMap(\.significance).sorted()
        let family = ComparisonFamily(alone).comparisons.compactMap(\.adjustedSignificance).sorted()
        let last = sorted[2]
        let middle = min(last, sorted[1] * 3 / 2)
        let expected = [min(middle, sorted[0] * 3), middle, last]
        for (found, expected) in zip(family, expected) {
            #expect(abs(found - expected) <= 1e-12)
        }
        #expect(family.count == 3)
    }

    @Test func `a change that many comparisons could give by chance is taken back`() throws {
        // Found alone, with a p-value between a hundredth and a fiftieth of that.
        let found = try #require(
            (0..<200).lazy.map { comparison(effect: 0.05, noise: 0.025, "found \($0)") }
                .first { $0.status == .regressed && ($0.significance ?? 0) > 0.001 })
        let others = (0..<60).map { comparison(effect: 0, noise: 0.005, "other \($0)") }
        let family = ComparisonFamily([found] + others)
        #expect(family.comparisons[0].status == .inconclusive, "\(seedNote)")
        #expect(family.comparisons[0].reasons.last?.hasPrefix("one of 61 comparisons") == true)
        #expect(ComparisonFamily([found]).comparisons[0].status == .regressed)
    }

    @Test func `a clear change survives a hundred others`() {
        let clear = comparison(effect: 0.05, noise: 0.005, "clear")
        let others = (0..<100).map { comparison(effect: 0, noise: 0.005, "beside \($0)") }
        let family = ComparisonFamily(others + [clear])
        #expect(family.comparisons.last?.status == .regressed, "\(seedNote)")
        #expect(family.comparisons.dropLast().allSatisfy { !$0.status.isChange }, "\(seedNote)")
    }

    @Test func `what was not tested does not count and is not corrected`() {
        let clear = comparison(effect: 0.05, noise: 0.005, "counted")
        let wild = comparison(effect: 0, noise: 0.3, "wild")
        #expect(wild.status == .unstable, "\(seedNote)")
        let missing = Comparison(onlyOneSide: .missing, rule: rule)
        let family = ComparisonFamily([wild, clear, missing])
        #expect(family.comparisons.map(\.status) == [.unstable, .regressed, .missing])
        #expect(family.comparisons[1].adjustedSignificance == clear.significance)
        #expect(family.comparisons[0].adjustedSignificance == nil)
        #expect(family.counts.first { $0.status == .regressed }?.count == 1)
        #expect(family.counts.map(\.count).reduce(0, +) == 3)
        #expect(ComparisonFamily([]).comparisons.isEmpty)
    }
}
