import Measurement
import Runs
import Testing

@testable import Claims

@Suite struct BoundaryTests {
    private func reason(_ figures: [Figure], boundary: String) throws -> String {
        let file = Examples.file(
            comparator: "'~'", value: "1", unit: "percent",
            decide: "evidence: {workload: w, metric: spread, statistic: median, "
                + "where: {vnodes: 160}}\nreading: {holds-when: at-most}\n"
                + "boundary: {\(boundary)}")
        let verdicts = Judge(try Examples.library(file), facts: Facts()).verdicts(on: figures)
        let record = try #require(verdicts.first)
        #expect(record.verdict == .refuted)
        return record.reason
    }

    private func points(
        _ points: [(Int, Double)], workload: String = "w", more: String = ""
    ) throws -> [Figure] {
        try points.flatMap { vnodes, value in
            try Examples.figures(
                value, (value * 0.99)...(value * 1.01), workload: workload, metric: "spread",
                unit: "percent", "nodes=10;vnodes=\(vnodes)\(more)")
        }
    }

    @Test func `a refuted claim says from where on it would hold`() throws {
        let figures = try points([
            (40, 15.8), (160, 7.9), (2560, 1.9), (10_240, 0.98), (20_480, 0.7),
        ])
        #expect(
            try reason(figures, boundary: "along: vnodes")
                == "Median spread is 7.9 percent (7.82 to 7.98 percent), where the claim "
                + "asks for at most 1 percent. It would hold from vnodes=10240 on (40: 15.8 "
                + "percent, 160: 7.9 percent, 2560: 1.9 percent, 10240: 0.98 percent, 20480: 0.7 "
                + "percent).")
    }

    @Test func `a boundary that is not reached says how far was looked`() throws {
        let figures = try points([(40, 15.8), (160, 7.9)])
        #expect(
            try reason(figures, boundary: "along: vnodes").hasSuffix(
                "It would hold at no vnodes measured, up to 160 "
                    + "(40: 15.8 percent, 160: 7.9 percent)."))
    }

    @Test func `the claim must hold at all values from the boundary on, in every setting`() throws {
        let figures =
            try points([(40, 0.5), (160, 7.9), (320, 0.9), (640, 0.8)])
            + Examples.figures(
                3, 2.9...3.1, metric: "spread", unit: "percent", "nodes=99;vnodes=320")
        #expect(
            try reason(figures, boundary: "along: vnodes").contains(
                "It would hold from vnodes=640 on (40: 0.5 percent, 160: 7.9 percent, "
                    + "320: 3 percent, 640: 0.8 percent)."))
    }

    @Test func `a claim may hold up to a value, at one alone, or with a word`() throws {
        let below = try points([(40, 0.5), (160, 7.9), (320, 9)])
        #expect(
            try reason(below, boundary: "along: vnodes").contains(
                "It would hold up to vnodes=40 (40: 0.5 percent, 160: 7.9 percent"))
        let between = try points([(40, 3), (80, 0.5), (160, 7.9)])
        #expect(
            try reason(between, boundary: "along: vnodes").contains(
                "It would hold at vnodes=80 alone (40: 3 percent"))
        let words = try ["push", "pull"].flatMap { direction in
            let value = direction == "pull" ? 0.5 : 3
            return try Examples.figures(
                value, (value * 0.99)...(value * 1.01), metric: "spread", unit: "percent",
                "direction=\(direction);vnodes=160")
        }
        #expect(
            try reason(words, boundary: "along: direction").hasSuffix(
                "It would hold with direction=pull (pull: 0.5 percent, push: 3 percent)."))
        #expect(
            try reason(points([(160, 7.9)], more: ";way=a"), boundary: "along: way").hasSuffix(
                "It would hold with no way measured (a: 7.9 percent)."))
    }

    @Test func `durations are in the order of their lengths`() throws {
        let figures = try [("5ms", 4.0), ("1ms", 2), ("200us", 0.9), ("50us", 0.5)]
            .flatMap { rtt, value in
                try Examples.figures(
                    value, (value * 0.99)...(value * 1.01), metric: "spread", unit: "percent",
                    "rtt=\(rtt);vnodes=160")
            }
        #expect(
            try reason(figures, boundary: "along: rtt").hasSuffix(
                "It would hold up to rtt=200us (50us: 0.5 percent, 200us: 0.9 percent, 1ms: 2 "
                    + "percent, 5ms: 4 percent)."))
    }

    @Test func `figures that leave the claim before their intervals do say about where`() throws {
        let figures =
            try Examples.figures(
                8, 7...9, metric: "spread", unit: "percent", "rtt=1ms;vnodes=160")
            + Examples.figures(
                0.5, 0.4...1.2, metric: "spread", unit: "percent", "rtt=100us;vnodes=160")
        // A factor of 8 on the way to one of 16 over a tenth: 1 ms / 10 ^ 0.75.
        #expect(
            try reason(figures, boundary: "along: rtt").hasSuffix(
                "It would hold up to about rtt=180 µs, by the figures themselves, though not by "
                    + "their intervals (100us: 0.5 percent, 1ms: 8 percent)."))
    }

    @Test func `a boundary may lie in another workload`() throws {
        let figures =
            try points([(160, 7.9)])
            + points([(8, 3), (64, 0.9)], workload: "v", more: ";mode=group")
            + points([(8, 0.1)], workload: "v", more: ";mode=none")
        #expect(
            try reason(figures, boundary: "along: vnodes, workload: v, where: {mode: group}")
                .hasSuffix(
                    "It would hold from vnodes=64 on with mode=group (8: 3 percent, "
                        + "64: 0.9 percent)."))
        #expect(
            try !reason(points([(160, 7.9)]), boundary: "along: vnodes, workload: x")
                .contains("would hold"))
    }

    @Test func `figures that pass the claim before their intervals do say about where`() throws {
        let figures =
            try points([(160, 8)])
            + Examples.figures(
                0.5, 0.4...1.2, metric: "spread", unit: "percent", "nodes=10;vnodes=40960")
        // A factor of 8 on the way to one of 16 over 256 times the nodes: 160 * 256 ^ 0.75 = 10240.
        #expect(
            try reason(figures, boundary: "along: vnodes").hasSuffix(
                "It would hold from about vnodes=10000 on, by the figures themselves, though not "
                    + "by their intervals (160: 8 percent, 40960: 0.5 percent)."))
    }

    @Test func `what is carried on by a model is so along the boundary`() throws {
        let file = Examples.file(
            comparator: "'='", value: "1M", unit: "tx/s",
            decide: """
                evidence:
                  workload: w
                  metric: rate
                  statistic: median
                  where: {callers: 1}
                  extrapolate: {formula: measured * 1000, assuming: nothing is shared}
                reading: {holds-when: at-least}
                boundary: {along: callers}
                """)
        let figures = try [(1, 5.0), (64, 2000)].flatMap { callers, rate in
            try Examples.figures(
                rate, (rate * 0.9)...(rate * 1.1), metric: "rate", unit: "ops/s",
                "callers=\(callers)")
        }
        let verdicts = Judge(try Examples.library(file), facts: Facts()).verdicts(on: figures)
        #expect(
            verdicts.first?.reason.hasSuffix(
                "It would hold from callers=64 on (1: 5 K tx/s, 64: 2 M tx/s).") == true,
            "\(verdicts)")
    }
}
