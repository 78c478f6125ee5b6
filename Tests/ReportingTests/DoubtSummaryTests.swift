import Measurement
import Runs
import Testing

@testable import Reporting

@Suite struct DoubtSummaryTests {
    private func figure(
        _ point: Int, _ statistic: String, _ quality: String, metric: String = "latency"
    ) throws -> Figure {
        Figure(
            run: "r", workload: "w", parameters: try ParameterSet([("payload", "\(point)")]),
            profile: "auto", metric: metric, unit: "ns", statistic: statistic, value: 1,
            samples: 10, forks: 5, quality: quality)
    }

    @Test func `a reason at many points is a row that says at how many, and of which metrics`()
        throws
    {
        var figures: [Figure] = []
        for point in 0..<50 {
            figures.append(try figure(point, "median", point < 20 ? "noisy: a; b" : "ok"))
            figures.append(try figure(point, "p99", point < 20 ? "noisy: a" : "ok"))
        }
        figures.append(try figure(7, "median", "noisy: a", metric: "throughput"))
        let summary = DoubtSummary(figures)
        #expect(summary.count == 41)
        #expect(summary.rows.map(\.reason) == ["noisy: a", "b"])
        #expect(summary.rows.map(\.metrics) == [["latency", "throughput"], ["latency"]])
        #expect(summary.rows.map(\.place) == ["20 of 50 points", "20 of 50 points"])
        #expect(
            try summary.rows[1].points == (0..<20).map { try ParameterSet([("payload", "\($0)")]) })
    }

    @Test func `one point is named, and all points are called all`() throws {
        let rows = DoubtSummary(
            try (0..<3).map { try figure($0, "median", $0 == 1 ? "a; b" : "a") }
        ).rows
        #expect(rows.map { "\($0.reason): \($0.place)" } == ["a: all 3 points", "b: payload=1"])
    }

    @Test func `what is sound, and what too few samples carry, is no doubt`() throws {
        let summary = DoubtSummary([
            try figure(1, "median", "ok"), try figure(1, "p99.99", "n too small: 10 of 10000"),
        ])
        #expect(summary.rows.isEmpty && summary.count == 0)
    }
}
