import Foundation
import Testing

@testable import Measurement

@Suite struct LatencyDistributionTests {
    @Test func `percentiles of a known stream are within a thousandth`() {
        var distribution = LatencyDistribution()
        for value in 1...100_000 { distribution.record(nanoseconds: Double(value)) }
        for percentile in [1.0, 10, 50, 90, 99, 99.9, 99.99, 100] {
            let exact = percentile / 100 * 100_000
            let found = distribution.nanoseconds(atPercentile: percentile) ?? .nan
            #expect(abs(found / exact - 1) <= 0.001, "p\(percentile): \(found) for \(exact)")
        }
    }

    @Test func `an empty distribution has no percentiles`() {
        #expect(LatencyDistribution().nanoseconds(atPercentile: 50) == nil)
    }

    @Test func `what is too large counts as overflow and is never capped`() {
        var distribution = LatencyDistribution()
        distribution.record(nanoseconds: 5)
        distribution.record(nanoseconds: 4e12)
        #expect(distribution.count == 2)
        #expect(distribution.overflow == 1)
        #expect(distribution.nanoseconds(atPercentile: 50) != nil)
        #expect(distribution.nanoseconds(atPercentile: 100) == nil)
    }

    @Test func `merging adds counts and equals recording everything in one`() throws {
        var left = LatencyDistribution()
        var right = LatencyDistribution()
        var both = LatencyDistribution()
        for value in 0..<1000 {
            let time = Double(value * value) / 7
            if value % 3 == 0 {
                left.record(nanoseconds: time)
            } else {
                right.record(nanoseconds: time)
            }
            both.record(nanoseconds: time)
        }
        left.merge(right)
        #expect(left.buckets == both.buckets)
        let data = try JSONEncoder().encode(left)
        let decoded = try JSONDecoder().decode(LatencyDistribution.self, from: data)
        #expect(decoded.buckets == both.buckets)
    }
}
