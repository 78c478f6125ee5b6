import Measurement
import Runs
import Testing

@testable import Claims

@Suite struct TrendTests {
    private func verdict(
        _ figures: [Figure], trend: String, reading: String, more: String = ""
    ) throws -> VerdictRecord {
        let file = Examples.file(
            comparator: "'='", value: "falls",
            decide: "evidence: {workload: w, metric: latency, statistic: median, "
                + "where: {contender: ours}, trend: {\(trend)}}\nreading: {\(reading)}\n\(more)")
        let verdicts = Judge(try Examples.library(file), facts: Facts()).verdicts(on: figures)
        return try #require(verdicts.first)
    }

    private func series(
        _ contender: String, _ points: [(Int, Double)], more: String = ""
    ) throws -> [Figure] {
        try points.flatMap { nodes, value in
            try Examples.figures(
                value, (value * 0.99)...(value * 1.01),
                "contender=\(contender);nodes=\(nodes)\(more)")
        }
    }

    @Test func `a trend compares the ends of a series`() throws {
        let figures = try series("ours", [(1, 100), (16, 20), (256, 5)])
        let record = try verdict(
            figures, trend: "along: nodes",
            reading: "holds-when: at-most, expect: 1, unit: ratio")
        #expect(record.verdict == .reproduced)
        #expect(record.measured == 0.05)
        #expect(record.unit == "ratio")
        #expect(
            record.reason
                == "Growth of median latency from nodes=1 to nodes=256 is 0.05 (0.04901 to 0.05101)"
                + ", where the claim asks for at most 1.")
    }

    @Test func `a control takes out what both series have in common`() throws {
        let ours = try series("ours", [(10, 3), (1000, 9), (10_000, 30)])
        let map = try series("map", [(10, 50), (1000, 300)])
        let trend = "along: nodes, against: {contender: map}"
        let reading = "holds-when: at-most, expect: 1, unit: ratio, tolerance: 10%"
        let record = try verdict(ours + map, trend: trend, reading: reading)
        #expect(record.verdict == .reproduced)
        #expect(record.measured == 0.5)
        #expect(
            record.reason.hasPrefix(
                "Growth of median latency from nodes=10 to nodes=1000, set against that of "
                    + "contender=map, is 0.5 ("))
        let linear = try series("ours", [(10, 3), (1000, 300)])
        #expect(try verdict(linear + map, trend: trend, reading: reading).verdict == .refuted)
        #expect(
            try verdict(ours, trend: trend, reading: reading).reason
                == "Needs median latency with contender=ours, which this run of w does not give.")
    }

    @Test func `one point is no trend`() throws {
        let record = try verdict(
            series("ours", [(10, 3)]), trend: "along: nodes",
            reading: "holds-when: at-most, expect: 1, unit: ratio")
        #expect(record.verdict == .untestable)
        #expect(
            record.reason
                == "Needs median latency with contender=ours at two values of nodes at least.")
    }

    @Test func `series that differ in other parameters are judged apart`() throws {
        let record = try verdict(
            series("ours", [(1, 10), (2, 5)], more: ";size=8")
                + series("ours", [(1, 10), (2, 30)], more: ";size=9"),
            trend: "along: nodes", reading: "holds-when: at-most, expect: 1, unit: ratio")
        #expect(record.verdict == .refuted)
        #expect(record.workload == "w contender=ours;nodes=2;size=9")
    }
}
