import Randomness
import Testing

@testable import Regression
@testable import Statistics

/// Changes among many series: what is corrected for, and how far one can be told from chance.
@Suite struct ChangeFamilyTests {
    private func point(_ index: Int, _ significance: Double) -> ChangePoint {
        ChangePoint(index: index, divergence: 1, significance: significance)
    }

    @Test func `a series ends at the first test that is not significant after correction`() {
        // Corrected, of five tests: 0.0005 · 5/3, 0.001 · 5/3 (twice), 0.009 · 5/4 and 0.5.
        let found = ChangeFamily.accepted(
            [
                [point(30, 0.0005), point(10, 0.009), point(20, 0.001)],
                [point(7, 0.001), point(3, 0.5)],
            ], at: 0.01)
        #expect(found.map { $0.map(\.point.index) } == [[30], [7]])
        #expect(abs(found[1][0].adjustedSignificance - 0.005 / 3) < 1e-12)
    }

    @Test func `shuffles are as many as one more change takes, however many tests there are`() {
        func next(_ permutations: Int, clear: Int, shown: Int, level: Int) -> Int? {
            let p = 1 / Double(permutations + 1)
            let tested =
                (0..<clear).map { _ in [point(5, p)] } + (0..<shown).map { _ in [point(5, 0.009)] }
                + (0..<level).map { _ in [point(5, 0.5)] }
            let found = ChangeFamily.accepted(tested, at: 0.01)
            return ChangeFamily.permutations(after: permutations, tested, found, at: 0.01)
        }
        // One of a thousand tests alone takes p = 0.01 / 1000, which 100 000 shuffles can show.
        #expect(next(1999, clear: 1, shown: 0, level: 999) == 7996)
        #expect(next(31_984, clear: 1, shown: 0, level: 999) == 100_000)
        #expect(next(100_000, clear: 1, shown: 0, level: 999) == nil)
        // With 49 that are clear the fiftieth takes 0.01 · 50 / 1000: 2000 shuffles are enough.
        #expect(next(1999, clear: 49, shown: 1, level: 950) == 7996)
        #expect(next(7996, clear: 49, shown: 1, level: 950) == nil)
        // Nothing to look at again.
        #expect(next(1999, clear: 0, shown: 0, level: 1000) == nil)
    }

    @Test func `a change alone among more tests than a first look can tell apart is found`() {
        var generator = Seed(5).generator()
        // Series of two shortest segments: one place each, tested in a few shuffles.
        var series = (0..<150).map { _ in (0..<10).map { _ in generator.nextUnit() } }
        series.append((0..<20).map { ($0 < 10 ? 1 : 9) + generator.nextUnit() })
        let family = ChangeFamily(of: series, by: ChangePointDetector(seed: Seed(1)))
        // More than the 20 that a first look is enough for; a split of no positive distance is no test.
        #expect(family.tests > 40)
        #expect(family.changes.last?.map(\.point.index) == [10])
        #expect((family.changes.last?.first?.adjustedSignificance ?? 1) <= 0.01)
        #expect(!family.changes.dropLast().contains { !$0.isEmpty })
    }
}
