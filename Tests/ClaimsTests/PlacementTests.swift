import Measurement
import Runs
import Testing

@testable import Claims

@Suite struct PlacementTests {
    private func verdict(
        _ figures: [String: ClosedRange<Double>], target: String?, comparator: String = "'<'",
        reading: String = ""
    ) throws -> VerdictRecord {
        let placement = target.map { ", placement: \($0)" } ?? ""
        let file = Examples.file(
            comparator: comparator,
            decide: "evidence: {workload: w, metric: latency, statistic: median\(placement)}\n"
                + reading)
        let rows = try figures.flatMap { name, interval in
            try Examples.figures(
                (interval.lowerBound + interval.upperBound) / 2, interval,
                name.isEmpty ? "" : "placement=\(name)")
        }
        let verdicts = Judge(try Examples.library(file), facts: Facts()).verdicts(on: rows)
        return try #require(verdicts.first)
    }

    @Test func `the named placement decides, the others are printed`() throws {
        let record = try verdict(["smt": 20...22, "l3": 70...72, "far": 340...360], target: "l3")
        #expect(record.verdict == .reproduced)
        #expect(record.workload == "w placement=l3")
        #expect(
            record.reason
                == "Median latency is 71 ns (70 to 72 ns) between cores under one last-level "
                + "cache, where the claim asks for less than 100 ns. Elsewhere: smt 21 ns, "
                + "far 350 ns.")
        #expect(try verdict(["smt": 20...22, "l3": 170...172], target: "l3").verdict == .refuted)
    }

    @Test func `what holds farther apart or fails nearer decides for the one not observed`() throws
    {
        #expect(try verdict(["far": 80...90], target: "l3").verdict == .reproduced)
        #expect(try verdict(["smt": 180...190], target: "l3").verdict == .refuted)
        #expect(try verdict(["smt": 20...22], target: "l3").verdict == .inconclusive)
        let open = try verdict(["far": 340...360], target: "l3")
        #expect(open.verdict == .inconclusive)
        #expect(
            open.reason.hasSuffix(
                "It is to be decided between cores under one last-level cache, which were not "
                    + "observed, and does not follow from the others."))
        #expect(try verdict(["far": 80...90, "l3": 90...110], target: "l3").verdict == .reproduced)
        #expect(try verdict(["l3": 90...110], target: "l3").verdict == .inconclusive)
    }

    @Test func `a two-sided claim does not follow from a neighbour`() throws {
        let record = try verdict(
            ["far": 95...105], target: "l3", comparator: "'='",
            reading: "reading: {holds-when: within, tolerance: 10%}")
        #expect(record.verdict == .inconclusive)
    }

    @Test func `without a named placement the claim holds everywhere, nowhere, or is left open`()
        throws
    {
        let holds = try verdict(["smt": 20...22, "l3": 70...72], target: nil)
        #expect(holds.verdict == .reproduced)
        #expect(holds.workload == "w placement=l3")
        let fails = try verdict(["l3": 170...172, "far": 340...360], target: nil)
        #expect(fails.verdict == .refuted)
        #expect(fails.workload == "w placement=l3")
        let depends = try verdict(["l3": 70...72, "far": 340...360], target: nil)
        #expect(depends.verdict == .inconclusive)
        #expect(
            depends.reason.contains(
                "It depends on where the cores are, of which the document says nothing. "
                    + "Elsewhere: l3 71 ns."))
    }

    @Test func `figures of cores that were moved do not count`() throws {
        #expect(try verdict(["moved": 20...22], target: "l3").verdict == .untestable)
        #expect(
            try verdict(["moved": 900...999, "l3": 20...22], target: nil).verdict == .reproduced)
    }

    @Test func `figures without placement are judged as they are`() throws {
        #expect(try verdict(["": 20...22], target: "l3").verdict == .reproduced)
    }
}
