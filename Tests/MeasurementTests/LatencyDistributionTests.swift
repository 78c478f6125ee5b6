import Foundation
import Randomness
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

    /// Times of all sizes, some of them too large to be tracked.
    private static func drawn(_ count: Int, seed: UInt64) -> [Double] {
        var generator = Xoshiro256StarStar(seed: Seed(seed))
        return (0..<count).map { _ in
            Double(generator.next() >> UInt64(10 + generator.next(below: 54))) / 1000
        }
    }

    @Test(arguments: 0..<20)
    func `what was read back answers like what was recorded`(seed: UInt64) {
        var recorded = LatencyDistribution()
        for time in Self.drawn(1 + Int(seed) * 7, seed: seed) { recorded.record(nanoseconds: time) }
        let read = LatencyDistribution(
            buckets: recorded.buckets.reversed(), overflow: recorded.overflow)
        #expect(read.buckets == recorded.buckets)
        #expect(read.count == recorded.count)
        for percentile in [0, 1e-9, 0.1, 1, 10, 33.3, 50, 66.7, 90, 99, 99.9, 99.99, 100] {
            #expect(
                read.nanoseconds(atPercentile: percentile)
                    == recorded.nanoseconds(atPercentile: percentile), "p\(percentile)")
        }
    }

    @Test(arguments: 0..<10)
    func `parts come to the same sum in whatever form they are`(seed: UInt64) {
        var whole = LatencyDistribution()
        var parts: [LatencyDistribution] = []
        for part in 0..<4 {
            var one = LatencyDistribution()
            for time in Self.drawn(50, seed: seed * 10 + UInt64(part)) {
                one.record(nanoseconds: time)
                whole.record(nanoseconds: time)
            }
            // Half of them as they would be read from a file.
            parts.append(
                part.isMultiple(of: 2)
                    ? one : LatencyDistribution(buckets: one.buckets, overflow: one.overflow))
        }
        for order in [parts, parts.reversed()] {
            let merged = LatencyDistribution(merging: order)
            var added = order[0]
            for part in order.dropFirst() { added.merge(part) }
            for sum in [merged, added] {
                #expect(sum.buckets == whole.buckets)
                #expect(sum.overflow == whole.overflow)
            }
        }
        // What was read can be recorded into.
        var continued = parts[1]
        continued.record(nanoseconds: 12)
        #expect(continued.count == 51)
    }
}
