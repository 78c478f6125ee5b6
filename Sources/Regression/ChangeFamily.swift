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
    /// The most of a second look, at changes that the first could not tell from chance among so many.
    private static let mostPermutations = 50_000
    /// A test ends when so many shuffled series were as clear.
    private static let hits = 20

    /// The changes in `series` at the detector's significance, after correction.
    ///
    /// - Complexity: that of the detector; series are tested on all processors.
    init(of series: [[Double]], by detector: ChangePointDetector) {
        var finer = detector
        finer.permutations = max(detector.permutations, ChangeFamily.firstLook)
        var tested = ChangeFamily.tested(series, Array(series.indices), by: finer)
        let first = ChangeFamily.adjusted(tested)
        // The p-value of a clear change is as small as the shuffles are many.
        let count = tested.reduce(0) { $0 + $1.count }
        finer.permutations = min(
            max(finer.permutations, Int(Double(count) / detector.significance)),
            ChangeFamily.mostPermutations)
        let unclear = series.indices.filter { index in
            zip(tested[index], first[index]).contains { test, adjusted in
                test.significance <= detector.significance && adjusted > detector.significance
            }
        }
        let again = ChangeFamily.tested(series, unclear, by: finer)
        for (index, tests) in zip(unclear, again) { tested[index] = tests }
        changes = zip(tested, ChangeFamily.adjusted(tested)).map { tests, adjusted in
            zip(tests, adjusted)
                .filter { $1 <= detector.significance }
                .map { Found(point: $0, adjustedSignificance: $1) }
                .sorted { $0.point.index < $1.point.index }
        }
        tests = tested.reduce(0) { $0 + $1.count }
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
