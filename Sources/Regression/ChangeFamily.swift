import Foundation
import Statistics
import Synchronization

/// The change points of many series, corrected for all places that were tested in all of them
/// (Benjamini and Hochberg), so that a history of hundreds of figures does not show changes by chance.
struct ChangeFamily {
    /// A change point with both p-values.
    struct Found: Sendable {
        let point: ChangePoint
        /// Corrected for every test of the family.
        let adjustedSignificance: Double
    }

    /// The changes of each series, in order of place.
    let changes: [[Found]]
    /// How many places were tested, those that were no change among them.
    let tests: Int

    /// Shuffled series of a first look: enough where one test in twenty shows a change.
    private static let firstLook = 1999
    /// A test ends when so many shuffled series were as clear.
    private static let hits = 20

    /// The changes in `series` at the detector's significance, after correction.
    ///
    /// The p-value of a clear change is as small as the shuffles are many, and one change alone among N
    /// tests takes N/significance of them. So all series that show anything before correction are tested
    /// again with more, until one more change would be reported if no shuffle was as clear: all, not those
    /// alone that the correction left out, for these would have a second chance.
    ///
    /// - Complexity: that of the detector, series without a change at a few dozen shuffles; series are
    ///   tested on all processors.
    init(of series: [[Double]], by detector: ChangePointDetector) {
        var finer = detector
        finer.permutations = max(detector.permutations, ChangeFamily.firstLook)
        var tested = ChangeFamily.tested(series, Array(series.indices), by: finer)
        var found = ChangeFamily.accepted(tested, at: detector.significance)
        while let permutations = ChangeFamily.permutations(
            after: finer.permutations, tested, found, at: detector.significance)
        {
            finer.permutations = permutations
            let shown = series.indices.filter { index in
                tested[index].contains { $0.significance <= detector.significance }
            }
            let again = ChangeFamily.tested(series, shown, by: finer)
            for (index, tests) in zip(shown, again) { tested[index] = tests }
            found = ChangeFamily.accepted(tested, at: detector.significance)
        }
        changes = found.map { $0.sorted { $0.point.index < $1.point.index } }
        tests = tested.reduce(0) { $0 + $1.count }
    }

    /// How many shuffles the next look takes; `nil` where what was found is final. Four times as many, not
    /// at once the most: where much changed, less is asked of each change.
    static func permutations(
        after permutations: Int, _ tested: [[ChangePoint]], _ found: [[Found]],
        at significance: Double
    ) -> Int? {
        let tests = tested.joined()
        let accepted = found.joined().count
        let shown = tests.count { $0.significance <= significance }
        let most = Int((Double(tests.count) / significance).rounded(.up))
        let needed = Int((Double(tests.count) / significance / Double(accepted + 1)).rounded(.up))
        guard shown > accepted, permutations < needed else { return nil }
        return min(4 * permutations, most)
    }

    /// The changes of each series in the order of testing: those before the first that is not significant
    /// after correction, since what was tested after it took it for granted.
    static func accepted(
        _ tested: [[ChangePoint]], at significance: Double
    ) -> [[Found]] {
        zip(tested, adjusted(tested)).map { tests, adjusted in
            zip(tests, adjusted).prefix { $1 <= significance }
                .map { Found(point: $0, adjustedSignificance: $1) }
        }
    }

    private static func tested(
        _ series: [[Double]], _ chosen: [Int], by detector: ChangePointDetector
    ) -> [[ChangePoint]] {
        let found = Mutex([[ChangePoint]](repeating: [], count: chosen.count))
        DispatchQueue.concurrentPerform(iterations: chosen.count) { place in
            let tests = detector.tests(in: series[chosen[place]], endingAt: hits)
            found.withLock { $0[place] = tests }
        }
        return found.withLock { $0 }
    }

    /// The corrected p-values, in the shape of the tests.
    private static func adjusted(_ tested: [[ChangePoint]]) -> [[Double]] {
        var rest = BenjaminiHochberg.adjusted(tested.joined().map(\.significance))[...]
        return tested.map { tests in
            defer { rest = rest.dropFirst(tests.count) }
            return Array(rest.prefix(tests.count))
        }
    }
}
