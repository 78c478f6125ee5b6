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

    @Test func `doubts of one kind at many points share a row that says at how many`() throws {
        var figures: [Figure] = []
        for point in 0..<50 {
            figures.append(try figure(point, "median", point < 20 ? "noisy: a" : "ok"))
            figures.append(try figure(point, "p99", point < 20 ? "noisy: a" : "ok"))
        }
        figures.append(try figure(7, "median", "noisy: a", metric: "throughput"))
        let rows = DoubtSummary(figures).rows
        #expect(rows.map(\.metric) == ["latency", "throughput"])
        #expect(rows.map(\.place) == ["20 of 50 points", "payload=7"])
        #expect(rows.map(\.statistics) == [["median", "p99"], ["median"]])
        #expect(rows.map(\.measured) == [50, 1])
        #expect(try rows[0].points == (0..<20).map { try ParameterSet([("payload", "\($0)")]) })
    }

    @Test func `another reason or other statistics are another row`() throws {
        let rows = DoubtSummary([
            try figure(1, "median", "noisy: a"), try figure(1, "p99", "noisy: b"),
            try figure(2, "median", "noisy: a"), try figure(2, "p99", "noisy: a"),
        ]).rows
        #expect(
            rows.map { "\($0.statistics) \($0.reason) \($0.place)" } == [
                #"["median"] noisy: a payload=1"#, #"["p99"] noisy: b payload=1"#,
                #"["median", "p99"] noisy: a payload=2"#,
            ])
    }

    @Test func `a doubt about every point says so`() throws {
        let rows = DoubtSummary(try (0..<3).map { try figure($0, "median", "noisy: a") }).rows
        #expect(rows.map(\.place) == ["all 3 points"])
    }

    @Test func `what is sound, and what too few samples carry, is no doubt`() throws {
        #expect(
            DoubtSummary([
                try figure(1, "median", "ok"), try figure(1, "p99.99", "n too small: 10 of 10000"),
            ]).rows.isEmpty)
    }
}
