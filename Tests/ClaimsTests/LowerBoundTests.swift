import Measurement
import Runs
import StrictYAML
import Testing

@testable import Claims

@Suite struct LowerBoundTests {
    private func verdict(_ comparator: String, _ samples: ClosedRange<Double>) throws -> Verdict {
        let library = try Examples.library(
            Examples.file(
                comparator: comparator, value: "100K", unit: "ops/s",
                decide: "evidence: {workload: w, metric: throughput, statistic: median}"))
        let middle = (samples.lowerBound + samples.upperBound) / 2
        let figures = try Examples.figures(
            middle, samples, metric: "throughput", unit: "ops/s",
            quality: "limited by the client: \(Series.onlyAtLeast)", extremes: samples)
        return try #require(Judge(library, facts: Facts([:])).verdicts(on: figures).first).verdict
    }

    @Test func `a figure that could only be greater never shows that a limit is kept`() throws {
        #expect(try verdict("'<='", 60_000...70_000) == .inconclusive)
        #expect(try verdict("'<='", 90_000...110_000) == .inconclusive)
        #expect(try verdict("'<='", 200_000...210_000) == .refuted)
        #expect(try verdict("'>='", 200_000...210_000) == .reproduced)
        #expect(try verdict("'>='", 60_000...70_000) == .inconclusive)
    }
}
