import Randomness
import Testing

@testable import Statistics

struct ComparisonTests {
    @Test func `Mann-Whitney agrees with SciPy exact and with ties`() throws {
        let rows = try SciPyFixture.load().mannWhitney
        #expect(rows.contains { $0.isExact } && rows.contains { !$0.isExact })
        for row in rows {
            let test = MannWhitney(row.first, row.second, alternative: row.alternative)
            #expect(test.u == row.u && test.isExact == row.isExact)
            #expect(agree(test.significance, row.significance, within: 1e-10), "\(row.alternative)")
        }
    }

    @Test func `Mann-Whitney gives the tabulated chance of complete separation`() {
        // 3 against 3: one arrangement of 20 puts all of the first set on top.
        let test = MannWhitney([4, 5, 6], [1, 2, 3], alternative: .greater)
        #expect(test.u == 9 && test.superiority == 1)
        #expect(agree(test.significance, 0.05, within: 1e-14))
        #expect(MannWhitney([4, 5, 6], [1, 2, 3], alternative: .less).significance == 1)
        #expect(MannWhitney([2, 2], [2, 2, 2]).significance == 1)
    }

    @Test func `Mann-Whitney rejects equal sets at its level`() {
        var generator = testSeed.derived(for: "level").generator()
        var rejected = 0
        let trials = 1_000
        for _ in 0..<trials {
            let a = (0..<10).map { _ in generator.nextBoxMuller() }
            let b = (0..<12).map { _ in generator.nextBoxMuller() }
            if MannWhitney(a, b).significance <= 0.05 { rejected += 1 }
        }
        #expect(rejected > 25 && rejected < 72, "\(rejected) \(seedNote)")
    }

    @Test func `exact permutation tests agree with SciPy`() throws {
        for row in try SciPyFixture.load().permutation {
            let test = PermutationTest(seed: testSeed)
            let found = test.difference(of: row.first, from: row.second) {
                Moments.mean(of: Array($0)) - Moments.mean(of: Array($1))
            }
            #expect(found.isExact)
            #expect(agree(found.significance, row.significance, within: 1e-12))
        }
    }

    @Test func `drawn permutations come near the exact p-value`() throws {
        let row = try SciPyFixture.load().permutation[0]
        // 35 arrangements are more than 30 permitted, so 30 are drawn; 2 000 would be exact.
        let few = PermutationTest(seed: testSeed, permutations: 30)
        let drawn = few.difference(of: row.first, from: row.second) {
            Moments.mean(of: Array($0)) - Moments.mean(of: Array($1))
        }
        #expect(!drawn.isExact && drawn.arrangements == 30)
        #expect(drawn.significance >= 1 / 31.0)
        #expect(abs(drawn.significance - row.significance) < 0.25, "\(seedNote)")
    }

    @Test func `flipping signs of paired differences counts as by hand`() {
        let test = PermutationTest(seed: testSeed)
        // All five positive: only the observed signs and their opposite are as far, 2 of 32.
        let found = test.center(ofPaired: [1, 2, 3, 4, 5])
        #expect(found.isExact && found.arrangements == 32 && found.observed == 3)
        #expect(found.significance == 2 / 32.0)
        var generator = testSeed.derived(for: "signs").generator()
        let many = (0..<40).map { _ in 0.5 + generator.nextBoxMuller() }
        let drawn = PermutationTest(seed: testSeed, permutations: 500).center(ofPaired: many)
        #expect(!drawn.isExact && drawn.significance < 0.2, "\(seedNote)")
    }

    @Test func `Benjamini-Hochberg agrees with SciPy`() throws {
        let row = try SciPyFixture.load().corrections
        let adjusted = BenjaminiHochberg.adjusted(row.significances)
        for (value, expected) in zip(adjusted, row.adjusted) {
            #expect(agree(value, expected, within: 1e-14))
        }
        #expect(BenjaminiHochberg.adjusted([]).isEmpty)
        #expect(BenjaminiHochberg.adjusted([0.3]) == [0.3])
    }

    @Test func `equivalence agrees with SciPy's one-sided tests`() throws {
        let row = try SciPyFixture.load().equivalence
        let means = Equivalence.ofMeans(row.first, row.second, within: row.low...row.high)
        #expect(agree(means.significanceAboveLow, row.meansAbove, within: 1e-10))
        #expect(agree(means.significanceBelowHigh, row.meansBelow, within: 1e-10))
        #expect(means.significance == max(means.significanceAboveLow, means.significanceBelowHigh))
        let margin = (1 / row.ratioMargin)...row.ratioMargin
        let ratio = Equivalence.ofRatio(row.first, row.second, within: margin)
        #expect(agree(ratio.significanceAboveLow, row.ratioAbove, within: 1e-10))
        #expect(agree(ratio.significanceBelowHigh, row.ratioBelow, within: 1e-10))
        let paired = Equivalence.ofPairedRatio(row.first, row.second, within: margin)
        #expect(agree(paired.significanceAboveLow, row.pairedAbove, within: 1e-10))
        #expect(agree(paired.significanceBelowHigh, row.pairedBelow, within: 1e-10))
    }

    @Test func `sets that do not vary are equivalent inside the margin and not on it`() {
        let same = Equivalence.ofRatio([5, 5, 5], [5, 5], within: 0.97...1.03)
        #expect(same.effect == 1 && same.significance == 0)
        let outside = Equivalence.ofMeans([5, 5], [2, 2], within: -3...3)
        #expect(outside.significance == 1)
    }

    @Test func `equivalence at the edge of the margin is claimed at its level`() {
        var generator = testSeed.derived(for: "edge").generator()
        var claimed = 0
        let trials = 1_000
        for _ in 0..<trials {
            let a = (0..<8).map { _ in 103 + generator.nextBoxMuller() }
            let b = (0..<8).map { _ in 100 + generator.nextBoxMuller() }
            if Equivalence.ofMeans(a, b, within: -3...3).significance <= 0.05 { claimed += 1 }
        }
        #expect(claimed > 25 && claimed < 75, "\(claimed) \(seedNote)")
    }

    @Test func `bad input traps`() async {
        await #expect(processExitsWith: .failure) { _ = MannWhitney([], [1]) }
        await #expect(processExitsWith: .failure) { _ = MannWhitney([1], [.nan]) }
        await #expect(processExitsWith: .failure) { _ = BenjaminiHochberg.adjusted([1.2]) }
        await #expect(processExitsWith: .failure) {
            _ = Equivalence.ofRatio([1, -1], [1, 2], within: 0.9...1.1)
        }
        await #expect(processExitsWith: .failure) {
            _ = Equivalence.ofMeans([1], [1, 2], within: 0...1)
        }
        await #expect(processExitsWith: .failure) {
            _ = PermutationTest(seed: Seed(1), permutations: 3)
        }
    }
}
