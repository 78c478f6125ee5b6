import Foundation
import Measurement
import Quantities
import Randomness
import Testing

@testable import LoadGeneration

@Suite struct KnownStreamTests {
    @Test
    func `percentiles of a log-normal stream are within a thousandth of the order statistics`() {
        for seed in 0..<3 {
            var generator = Seed(31).derived(for: seed).generator()
            let values = (0..<100_000).map { _ in
                generator.nextLogNormal(median: 25_000, sigma: 1.5)
            }
            var distribution = LatencyDistribution()
            for value in values { distribution.record(nanoseconds: value) }
            let sorted = values.sorted()
            for percentile in [50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100] {
                // The smallest value that at least so many do not exceed.
                let exact = sorted[Int((percentile * 1000).rounded()) - 1]
                let found = distribution.nanoseconds(atPercentile: percentile) ?? .nan
                #expect(abs(found / exact - 1) <= 0.001, "p\(percentile): \(found) for \(exact)")
            }
        }
    }
}
