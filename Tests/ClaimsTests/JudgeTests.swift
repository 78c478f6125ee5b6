import Measurement
import Runs
import StrictYAML
import Testing

@testable import Claims

@Suite struct JudgeTests {
    private func verdict(
        _ figures: [Figure], comparator: String = "'<'", value: String = "100",
        unit: String = "ns", decide: String = Examples.evidence, facts: [String: String] = [:],
        profiles: [String] = []
    ) throws -> VerdictRecord {
        let library = try Examples.library(
            Examples.file(comparator: comparator, value: value, unit: unit, decide: decide))
        let verdicts = Judge(library, facts: Facts(facts), profiles: profiles).verdicts(on: figures)
        return try #require(verdicts.first)
    }

    /// Comparator, reading, claimed, measured interval, verdict.
    static let table: [(String, String, String, ClosedRange<Double>, Verdict)] = [
        ("<", "", "100", 80...99, .reproduced),
        ("<", "", "100", 80...100, .inconclusive),
        ("<=", "", "100", 80...100, .reproduced),
        ("<", "", "100", 90...110, .inconclusive),
        ("<", "", "100", 100...110, .refuted),
        ("<=", "", "100", 100...110, .inconclusive),
        ("<=", "", "100", 101...110, .refuted),
        (">", "", "100", 101...110, .reproduced),
        (">", "", "100", 100...110, .inconclusive),
        (">=", "", "100", 100...110, .reproduced),
        (">", "", "100", 90...100, .refuted),
        (">=", "", "100", 90...99, .refuted),
        ("~", "holds-when: at-most, tolerance: 10%", "80", 80...88, .reproduced),
        ("~", "holds-when: at-most, tolerance: 10%", "80", 86...89, .inconclusive),
        ("~", "holds-when: at-most, tolerance: 10%", "80", 88.1...90, .refuted),
        ("~", "holds-when: at-least, tolerance: 10%", "80", 72...74, .reproduced),
        ("=", "holds-when: within, tolerance: 10%", "25", 23...27, .reproduced),
        ("=", "holds-when: within, tolerance: 10%", "25", 22...24, .inconclusive),
        ("=", "holds-when: within, tolerance: 10%", "25", 20...22, .refuted),
        ("=", "holds-when: within, tolerance: 10%", "25", 28...29, .refuted),
        ("=", "holds-when: within", "1..2", 1.2...1.9, .reproduced),
        ("=", "holds-when: within", "1..2", 1.9...2.1, .inconclusive),
        ("=", "holds-when: at-most", "1..2", 0.1...2, .reproduced),
        ("=", "holds-when: at-most", "1..2", 170...180, .refuted),
        ("=", "holds-when: at-least", "1..2", 1...3, .reproduced),
        ("=", "holds-when: within", "0", 0...0, .reproduced),
        ("=", "holds-when: within", "0", 1...1, .refuted),
    ]

    @Test(arguments: table)
    func `an interval decides by where it lies`(
        row: (String, String, String, ClosedRange<Double>, Verdict)
    ) throws {
        let (comparator, reading, value, interval, expected) = row
        let decide = Examples.evidence + (reading.isEmpty ? "" : "\nreading: {\(reading)}")
        let middle = (interval.lowerBound + interval.upperBound) / 2
        let record = try verdict(
            Examples.figures(middle, interval), comparator: "'\(comparator)'", value: value,
            decide: decide)
        #expect(record.verdict == expected, "\(record.reason)")
        #expect(record.measured == middle)
        #expect(record.ciLow == interval.lowerBound)
    }

    @Test func `figures are judged and printed in the claim's unit`() throws {
        let record = try verdict(
            Examples.figures(178_000, 175_000...181_000), comparator: "'='", value: "1..2",
            unit: "us", decide: Examples.evidence + "\nreading: {holds-when: at-most}")
        #expect(record.measured == 178)
        #expect(record.ciHigh == 181)
        #expect(record.ratio == 89)
        #expect(record.unit == "us")
        #expect(record.claimed == "1..2")
        #expect(
            record.reason
                == "Median latency is 178 µs (175 to 181 µs), where the claim asks for at most 2 µs."
        )
    }

    @Test func `a doubtful figure decides only when its extremes agree`() throws {
        func verdict(_ extremes: ClosedRange<Double>?) throws -> VerdictRecord {
            try self.verdict(
                Examples.figures(
                    80, 75...85, quality: "one process only", extremes: extremes))
        }
        #expect(try verdict(nil).verdict == .inconclusive)
        #expect(try verdict(70...99).verdict == .reproduced)
        #expect(
            try verdict(70...99).reason
                == "Median latency is 80 ns (75 to 85 ns), where the claim asks for less than "
                + "100 ns. Doubtful (one process only), but every sample says the same.")
        let open = try verdict(70...130)
        #expect(open.verdict == .inconclusive)
        #expect(
            open.reason
                == "Median latency is 80 ns (75 to 85 ns), where the claim asks for less than "
                + "100 ns. The figure is doubtful, and its extremes leave room: one process only.")
        let far = try self.verdict(
            Examples.figures(300, 250...350, quality: "never steady", extremes: 180...900))
        #expect(far.verdict == .refuted)
    }

    @Test func `what disturbs a time makes it longer, and does not save a claim that fails`() throws
    {
        let cause = "noisy: the hypervisor took time"
        func verdict(
            _ value: Double, _ interval: ClosedRange<Double>, quality: String = cause
        ) throws -> VerdictRecord {
            try self.verdict(
                Examples.figures(value, interval, quality: quality, extremes: 60...9000))
        }
        let held = try verdict(80, 75...85)
        #expect(held.verdict == .reproduced)
        #expect(
            held.reason.hasSuffix("Disturbed (\(cause)), which can only have made it longer."))
        // The interval itself straddles, or lies beyond: without the noise it might have been met.
        #expect(try verdict(95, 85...105).verdict == .inconclusive)
        #expect(try verdict(300, 250...350).verdict == .inconclusive)
        // With another doubt beside it nothing is known of the side.
        #expect(
            try verdict(80, 75...85, quality: "\(cause); never steady").verdict == .inconclusive)
    }

    @Test func `a figure without value or interval decides nothing`() throws {
        let small = try verdict(
            Examples.figures(nil, quality: "n too small: needs 3000"))
        #expect(small.verdict == .inconclusive)
        #expect(small.reason.hasSuffix("The figure is missing: n too small: needs 3000."))
        #expect(try verdict(Examples.figures(50)).verdict == .inconclusive)
    }

    @Test func `figures that are no numbers decide nothing`() throws {
        for value in [Double.nan, .infinity, -.infinity] {
            let median = try verdict(Examples.figures(value, 1...2))
            #expect(median.verdict == .inconclusive)
            #expect(median.measured == nil)
            let exact = try verdict(
                Examples.figures(value, statistic: "exact"),
                decide: "evidence: {workload: w, metric: latency, statistic: exact}")
            #expect(exact.verdict == .inconclusive)
        }
    }

    @Test func `exact figures are their own interval`() throws {
        let decide =
            "evidence: {workload: w, metric: moved, statistic: exact}\nreading: {holds-when: within}"
        func verdict(_ value: Double) throws -> VerdictRecord {
            try self.verdict(
                Examples.figures(value, metric: "moved", unit: "keys", statistic: "exact"),
                comparator: "'='", value: "0", unit: "keys", decide: decide)
        }
        #expect(try verdict(0).verdict == .reproduced)
        #expect(try verdict(0).ratio == nil)
        #expect(try verdict(0).reason == "Metric moved is 0 keys, where the claim asks for 0 keys.")
        #expect(try verdict(3).verdict == .refuted)
    }

    @Test func `a claim that names no setting must hold in every one, or in some`() throws {
        let figures =
            try Examples.figures(50, 49...51, "nodes=10")
            + Examples.figures(150, 140...160, "nodes=1000")
            + Examples.figures(90, 80...95, "nodes=100")
        let every = try verdict(figures)
        #expect(every.verdict == .refuted)
        #expect(every.workload == "w nodes=1000")
        #expect(
            every.reason
                == "Median latency is 150 ns (140 to 160 ns) at nodes=1000, the worst of 3 "
                + "settings, where the claim asks for less than 100 ns.")
        let some = try verdict(
            figures,
            decide: "evidence: {workload: w, metric: latency, statistic: median, holds-in: some}")
        #expect(some.verdict == .reproduced)
        #expect(some.workload == "w nodes=10")
        let same =
            try Examples.figures(50, 49...51, "nodes=1") + Examples.figures(50, 49...51, "nodes=2")
        #expect(
            try verdict(same).reason
                == "Median latency is 50 ns (49 to 51 ns) in all 2 settings, where the claim asks for "
                + "less than 100 ns.")
        let filtered = try verdict(
            figures,
            decide: "evidence: {workload: w, metric: latency, statistic: median, "
                + "where: {nodes: [10, 100]}}")
        #expect(filtered.verdict == .reproduced)
        #expect(filtered.workload == "w nodes=100")
    }

    @Test func `what a claim gives may depend on the figure's parameters`() throws {
        let decide =
            Examples.evidence + "\nreading: "
            + "{holds-when: within, expect: 1 / nodes, unit: fraction, tolerance: 10%}"
        let figures =
            try Examples.figures(24, 23...25, unit: "percent", "nodes=4")
            + Examples.figures(11, 10.5...11.5, unit: "percent", "nodes=10")
        let record = try verdict(
            figures, comparator: "'='", value: "1/N", unit: "fraction", decide: decide)
        #expect(record.verdict == .inconclusive)
        #expect(record.claimed == "1/N")
        #expect(
            record.reason
                == "Median latency is 0.11 (0.105 to 0.115) at nodes=10, the worst of 2 "
                + "settings, where the claim asks for 0.09 to 0.11 (0.1 ± 10 %). "
                + "The interval straddles that.")
        let without = try verdict(
            Examples.figures(24, 23...25, unit: "percent", "size=4"), comparator: "'='",
            value: "1/N", unit: "fraction", decide: decide)
        #expect(without.verdict == .untestable)
        #expect(
            without.reason == "The evidence does not fit the claim: "
                + "no number for 'nodes' among the figure's parameters.")
    }

    @Test func `the run's first profile that has the evidence decides`() throws {
        let figures =
            try Examples.figures(50, 49...51, profile: "low-latency")
            + Examples.figures(150, 140...160, profile: "production")
        #expect(try verdict(figures).profile == "low-latency")
        #expect(try verdict(figures, profiles: ["production"]).verdict == .refuted)
        #expect(
            try verdict(figures, profiles: ["auto", "production", "low-latency"]).profile
                == "production")
    }

    @Test func `missing evidence is named, never skipped`() throws {
        #expect(
            try verdict([]).reason
                == "Needs a run of workload w, which is not part of this one.")
        let other = try Examples.figures(5, 4...6, metric: "throughput")
        let record = try verdict(
            other,
            decide: "evidence: {workload: w, metric: latency, statistic: p99, where: {nodes: 3}}")
        #expect(record.verdict == .untestable)
        #expect(
            record.reason
                == "Needs p99 latency with nodes=3, which this run of w does not give.")
        #expect(record.workload == "w")
        #expect(record.measured == nil)
        let mixed = try Examples.figures(5, 4...6, unit: "keys")
        #expect(
            try verdict(mixed).reason
                == "The evidence does not fit the claim: the figure is in keys and the claim in ns."
        )
    }

    @Test func `what does not persist never decides a claim that must`() throws {
        let decide =
            "evidence: {workload: w, metric: latency, statistic: median, persistent: yes}"
        func verdict(_ durability: String) throws -> VerdictRecord {
            try self.verdict(
                Examples.figures(5, 4...6, durability), decide: decide)
        }
        #expect(try verdict("durability-class=device-no-volatile-cache").verdict == .reproduced)
        #expect(try verdict("durability-class=device-volatile-cache").verdict == .reproduced)
        for text in ["durability-class=memory", "durability-class=unknown", ""] {
            #expect(try verdict(text).verdict == .untestable)
        }
        #expect(
            try verdict("durability-class=memory").reason
                == "Needs a directory on storage that persists; w wrote to memory.")
    }

    @Test func `requirements that the machine does not meet are named`() throws {
        let decide =
            "requires: [{fact: storage, is: [nvme, virtual], need: an NVMe device}]\n"
            + Examples.evidence
        let figures = try Examples.figures(50, 49...51)
        #expect(
            try verdict(figures, decide: decide, facts: ["storage": "nvme"]).verdict == .reproduced)
        let other = try verdict(figures, decide: decide, facts: ["storage": "rotational"])
        #expect(other.verdict == .untestable)
        #expect(
            other.reason
                == "Needs an NVMe device; here storage is rotational. Measured without it: median "
                + "latency is 50 ns (49 to 51 ns), where the claim asks for less than 100 ns.")
        #expect(
            try verdict([], decide: decide).reason
                == "Needs an NVMe device; here storage is unknown.")
    }

    @Test func `facts decide by word or by version`() throws {
        func verdict(_ fact: String, _ facts: [String: String]) throws -> VerdictRecord {
            try self.verdict([], value: "true", decide: "fact: {\(fact)}", facts: facts)
        }
        #expect(try verdict("name: io-uring, is: yes", ["io-uring": "yes"]).verdict == .reproduced)
        let refused = try verdict("name: io-uring, is: yes", ["io-uring": "no"])
        #expect(refused.verdict == .refuted)
        #expect(refused.reason == "Here io-uring is no, where the claim has that it is yes.")
        let unknown = try verdict("name: io-uring, is: yes", [:])
        #expect(unknown.verdict == .untestable)
        #expect(unknown.reason == "Whether io-uring is yes is unknown here.")
        for (kernel, expected) in [
            ("5.1", Verdict.reproduced), ("5.10", .reproduced), ("6.1.0", .reproduced),
            ("5.0.9", .refuted), ("5", .refuted), ("next", .untestable),
        ] {
            #expect(
                try verdict("name: kernel, at-least: 5.1", ["kernel": kernel]).verdict == expected)
        }
    }

    @Test func `arithmetic decides, with its working shown`() throws {
        let decide =
            "arithmetic: {expression: 100 * 16 / 24}\n"
            + "reading: {holds-when: within, tolerance: 2%}"
        let wrong = try verdict([], comparator: "'='", value: "70", unit: "percent", decide: decide)
        #expect(wrong.verdict == .inconsistent)
        #expect(wrong.measured.map { ($0 * 100).rounded() } == 6667)
        #expect(
            wrong.reason
                == "100 * 16 / 24 is 66.7 percent, where the claim has 68.6 to 71.4 percent "
                + "(70 percent ± 2 %): it does not agree.")
        let right = try verdict(
            [], comparator: "'~'", value: "100..1000", unit: "ops/s",
            decide: "arithmetic: {expression: 1000 / 10 .. 1000}\nreading: {holds-when: within}")
        #expect(right.verdict == .reproduced)
        let refuted = try verdict(
            [], comparator: "'='", value: "3", unit: "x",
            decide: "arithmetic: {expression: 2 + 2, otherwise: refuted}\n"
                + "reading: {holds-when: within}")
        #expect(refuted.verdict == .refuted)
    }

    @Test func `arithmetic beside evidence is shown and does not decide`() throws {
        let record = try verdict(
            Examples.figures(50, 49...51),
            decide: Examples.evidence + "\narithmetic: {expression: 100 * 2}")
        #expect(record.verdict == .reproduced)
        #expect(
            record.reason
                == "Median latency is 50 ns (49 to 51 ns), where the claim asks for less than "
                + "100 ns. Arithmetic: 100 * 2 is 200 ns, where the claim has less than 100 ns: "
                + "it does not agree.")
    }

    @Test func `every claim has one verdict, in order, unless it is left out`() throws {
        let library = try Examples.library(
            Examples.header + Examples.claim(id: "B", decide: "not-built: a pool")
                + Examples.claim(id: "A", decide: Examples.evidence),
            Examples.file(id: "C", decide: "fact: {name: cores, is: 2}"))
        let judge = Judge(library, facts: Facts())
        #expect(judge.verdicts(on: []).map(\.claim) == ["B", "A", "C"])
        #expect(judge.verdicts(on: []).map(\.verdict) == [.untestable, .untestable, .untestable])
        #expect(judge.verdicts(on: [], of: { $0.id.value != "A" }).map(\.claim) == ["B", "C"])
        #expect(judge.verdicts(on: [])[0].reason == "Not built: a pool.")
    }
}
