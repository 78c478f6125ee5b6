import Measurement
import Runs
import Testing

@testable import Claims

/// Claims that the Universal Scalability Law carries figures to.
@Suite struct ScalabilityLawTests {
    private static let law =
        "law: usl, over: processes, to: 1024, assuming: they share one machine"

    private func library(_ extrapolate: String, value: String = "512M") throws -> ClaimLibrary {
        try Examples.library(
            Examples.file(
                comparator: "'='", value: value, unit: "tx/s", how: "model",
                decide: """
                    evidence:
                      workload: w
                      metric: rate
                      statistic: median
                      extrapolate: \(extrapolate)
                    reading: {holds-when: at-least}
                    """))
    }

    private func verdict(
        _ figures: [Figure], by extrapolate: String = "{\(law)}", value: String = "512M",
        cores: String? = nil
    ) throws -> VerdictRecord {
        let facts = Facts(cores.map { ["cores": $0] } ?? [:])
        let verdicts = Judge(try library(extrapolate, value: value), facts: facts)
            .verdicts(on: figures)
        return try #require(verdicts.first)
    }

    /// The law with λ 1000, σ 0.1 and κ 0.001, each point off by its share.
    private func points(
        _ counts: [Int] = [1, 2, 3, 4, 6, 8], off: [Double] = [], more: String = "",
        quality: String = "ok", workload: String = "w",
        scale: Double = 1
    ) throws -> [Figure] {
        try counts.enumerated().flatMap { index, count in
            let n = Double(count)
            let exact = 1000 * n / (1 + 0.1 * (n - 1) + 0.001 * n * (n - 1))
            let value = scale * exact * (1 + (off.isEmpty ? 0 : off[index % off.count]))
            return try Examples.figures(
                value, (value * 0.99)...(value * 1.01), workload: workload, metric: "rate",
                unit: "ops/s", "processes=\(count)\(more)", quality: quality,
                extremes: (value * 0.9)...(value * 1.1))
        }
    }

    @Test func `a law that the figures follow is found, with its peak and its distance`() throws {
        let record = try verdict(points(), cores: "2")
        #expect(record.verdict == .extrapolated)
        // 1 024 000 / (1 + 102.3 + 1047.552)
        let measured = try #require(record.measured)
        #expect((measured - 889.77557).magnitude < 0.001)
        #expect(
            record.reason.hasPrefix("Median rate at processes=1024 by the Universal Scalability"))
        for part in [
            "where the claim asks for at least 512 M tx/s.",
            "Fitted to 6 points, processes=1 to 8: 128 times beyond the data.",
            "Contention 0.1 (", "), coherency 0.001 (",
            "), highest at processes=30; R² 1, points off by 0, 0, 0, 0, 0, 0 %.",
            "More than 2 share cores.",
            "Assuming that they share one machine, it would not hold.",
        ] {
            #expect(record.reason.contains(part), "\(part) in \(record.reason)")
        }
        #expect(try verdict(points(), value: "200").reason.hasSuffix("machine, it would hold."))
    }

    @Test func `scatter of the points widens the interval, on both sides of the figure`() throws {
        let record = try verdict(points(off: [0.02, -0.02, 0.01, -0.01]))
        let (low, high) = try (#require(record.ciLow), #require(record.ciHigh))
        let measured = try #require(record.measured)
        #expect(low < measured * 0.9 && measured < high && high > measured * 1.1)
        #expect(record.verdict == .extrapolated)
        #expect(
            try verdict(points(off: [0.02, -0.02, 0.01, -0.01]), value: "\(Int(measured))")
                .verdict == .inconclusive)
    }

    @Test func `too few points are no law, and what would give more is said`() throws {
        let few = try verdict(points([1, 2, 4]))
        #expect(few.verdict == .untestable)
        #expect(few.basis == .unmeasured)
        #expect(few.reason == "Needs median rate at 4 values of processes at least.")
        let limited = try verdict(points(), by: "{\(Self.law), points: up-to-cores}", cores: "2")
        #expect(limited.verdict == .untestable)
        #expect(limited.basis == .measured)
        #expect(
            limited.reason
                == "Needs median rate at 4 values of processes at least, none above the number of "
                + "cores, which is 2.")
        let unknown = try verdict(points(), by: "{\(Self.law), points: up-to-cores}")
        #expect(unknown.reason == "Needs the number of cores, which is unknown.")
        let enough = try verdict(points(), by: "{\(Self.law), points: up-to-cores}", cores: "4")
        #expect(enough.reason.contains("Fitted to 4 points, processes=1 to 4: "))
        // Nothing a second is no point of a curve.
        #expect(try verdict(points(scale: 0)).verdict == .untestable)
    }

    @Test func `a law that misses its points decides only what holds for any such law`() throws {
        let wild = try points(off: [0.9, -0.6, 0.8, -0.7])
        // Eight make 3390 at most 1.8 times over: a thousand times that is far below 512 M.
        let far = try verdict(wild)
        #expect(far.verdict == .extrapolated)
        #expect(far.reason.contains("the law misses a point by"))
        #expect(try verdict(wild, value: "1000").verdict == .inconclusive)
        let doubtful = try verdict(points(quality: "never steady"), value: "1000")
        #expect(doubtful.verdict == .inconclusive)
        #expect(doubtful.reason.contains("never steady"))
    }

    @Test func `a point whose interval holds zero leaves the law without one`() throws {
        let figures = try [1.0, 2, 4, 8].flatMap { count in
            try Examples.figures(
                900 * count, 0...(990 * count), metric: "rate", unit: "ops/s",
                "processes=\(Int(count))", extremes: (800 * count)...(1000 * count))
        }
        let record = try verdict(figures, value: "100K")
        #expect(record.ciLow == nil && record.ciHigh == nil && record.measured != nil)
        #expect(record.verdict == .inconclusive)
        for part in ["the interval of a point reaches down to zero", "Contention 0, coherency 0,"] {
            #expect(record.reason.contains(part), "\(part) in \(record.reason)")
        }
    }

    @Test func `growth beyond proportion is what no such law does`() throws {
        let figures = try [1, 2, 4, 8].flatMap { count in
            let value = 100 * Double(count) * (1 + 0.02 * Double(count))
            return try Examples.figures(
                value, value...value, metric: "rate", unit: "ops/s", "processes=\(count)",
                extremes: value...value)
        }
        let record = try verdict(figures)
        #expect(record.verdict == .inconclusive)
        #expect(record.reason.contains("throughput grows faster than in proportion"))
    }

    @Test func `settings are fitted apart, and one is enough where one counts`() throws {
        let figures =
            try points(more: ";way=a") + points(more: ";way=b", scale: 2)
        #expect(try verdict(figures).reason.contains("at way=a, the worst of 2 settings"))
    }

    @Test func `two models stand side by side, and must agree`() throws {
        let both = """
            [{formula: measured * 1024, assuming: nothing is shared}, \
            {\(Self.law), workload: v}]
            """
        let one = try Examples.figures(1000, 990...1010, metric: "rate", unit: "ops/s")
        let record = try verdict(one + points(workload: "v"), by: both)
        #expect(record.verdict == .extrapolated)
        #expect(record.measured == 1_024_000)
        for part in [
            "Assuming that nothing is shared, it would not hold. Median rate at processes=1024 by",
            "Assuming that they share one machine, it would not hold.",
            "by the Universal Scalability Law is 890 tx/s (278 tx/s to 9.42 K tx/s).",
            // From the least of the one interval to the most of the other.
            "The models leave it between 278 tx/s and 1.03 M tx/s.",
        ] {
            #expect(record.reason.contains(part), "\(part) in \(record.reason)")
        }
        let split = try verdict(one + points(workload: "v"), by: both, value: "100K")
        #expect(split.verdict == .inconclusive)
        #expect(split.reason.hasSuffix("The models do not agree."))
        // The first fails, the other is left open: nothing speaks for the claim.
        let vague = try points(quality: "never steady", workload: "v", scale: 1e6)
        #expect(try verdict(one + vague, by: both).verdict == .extrapolated)
        // The first holds, the other is left open.
        #expect(
            try verdict(one + vague, by: both, value: "1M").verdict == .inconclusive)
        let alone = try verdict(one, by: both)
        #expect(alone.verdict == .extrapolated)
        #expect(
            alone.reason.hasSuffix(
                "The Universal Scalability Law needs a run of workload v, which is not part of "
                    + "this one."))
        let workloads = try library(both).claims.map(\.claim.workloads)
        #expect(workloads == [["w", "v"]])
    }

    @Test(arguments: [
        ("{law: usl, to: 9, assuming: so}", "an extrapolation without 'over'; expected 'over'"),
        ("{law: usl, over: processes, assuming: so}", "without 'to'"),
        ("{law: usl, over: processes, to: 9}", "without 'assuming'"),
        ("{law: amdahl, over: p, to: 9, assuming: so}", "'amdahl'; expected 'usl'"),
        ("{law: usl, over: p, to: 9, points: some, assuming: so}", "'some'; expected"),
        ("{law: usl, ovr: p, to: 9, assuming: so}", "unknown key 'ovr' in an extrapolation"),
        ("{law: usl, over: p, to: B, assuming: so}", "unknown claim 'B' in 'B'"),
        ("{law: usl, over: p, to: measured * 2, assuming: so}", "unknown claim 'measured'"),
        ("{law: usl, over: p, to: 1 +, assuming: so}", "expected a number or a name"),
        ("[]", "an empty list; expected a list of models"),
        ("{assuming: so}", "an extrapolation without 'formula'"),
    ])
    func `a model that cannot be is refused at its place`(text: String, message: String) {
        let found = Examples.message { try library(text) }
        #expect(found.contains(message), "\(found)")
        #expect(found.hasPrefix("c.yaml:17:"), "\(found)")
    }
}
