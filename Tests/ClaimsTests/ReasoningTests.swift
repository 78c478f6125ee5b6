import Measurement
import Runs
import Testing

@testable import Claims

/// Verdicts for which nothing is measured, and what a verdict rests on.
@Suite struct ReasoningTests {
    private func verdict(
        _ decide: String, value: String = "100", figures: [Figure] = [],
        facts: [String: String] = [:], more: String = ""
    ) throws -> VerdictRecord {
        let file = Examples.file(value: value, decide: decide, more: more)
        let verdicts = Judge(try Examples.library(file), facts: Facts(facts)).verdicts(on: figures)
        return try #require(verdicts.first)
    }

    @Test func `what is not built is untestable, and says so with its note`() throws {
        let record = try verdict(
            "not-built: chain replication", more: "note: As published it stops")
        #expect(record.verdict == .untestable)
        #expect(record.reason == "Not built: chain replication. As published it stops.")
        #expect(record.basis == .reasoned)
        #expect(
            try verdict("untestable: Debian has no package of Kafka", more: "note: N").reason
                == "Debian has no package of Kafka. N.")
    }

    @Test func `arithmetic decides against what cannot be tested, never for it`() throws {
        let agreeing = try verdict("not-built: a pool\narithmetic: {expression: 30 + 40}")
        #expect(agreeing.verdict == .untestable)
        #expect(
            agreeing.reason
                == "Not built: a pool. 30 + 40 is 70 ns, where the claim has less than 100 ns: "
                + "it agrees.")
        let against = try verdict("not-built: a pool\narithmetic: {expression: 70 + 40}")
        #expect(against.verdict == .inconsistent)
        #expect(against.measured == 110)
        #expect(!against.reason.contains("Not built"))
        #expect(against.basis == .reasoned)
        let refuted = try verdict(
            "untestable: no package\narithmetic: {what: the default, expression: 256 ns, "
                + "otherwise: refuted}")
        #expect(refuted.verdict == .refuted)
        #expect(
            refuted.reason
                == "The default is 256 ns, where the claim has less than 100 ns: it does not agree."
        )
    }

    @Test func `less than and more than exclude the figure itself`() throws {
        let equal = "arithmetic: {expression: 2 * 50}"
        #expect(try verdict(equal).verdict == .inconsistent)
        #expect(try verdict(equal + "\nreading: {tolerance: 1%}").verdict == .reproduced)
        #expect(try verdict("arithmetic: {expression: 99.999}").verdict == .reproduced)
    }

    @Test func `a document that contradicts itself is inconsistent, and says where`() throws {
        let record = try verdict(
            "contradiction: {because: each side has a token, with: [A-1]}", value: "fast")
        #expect(record.verdict == .inconsistent)
        #expect(record.reason == "Each side has a token (see A-1).")
        #expect(record.measured == nil)
        #expect(record.basis == .reasoned)
    }

    @Test func `a verdict says what it rests on`() throws {
        let figures = try Examples.figures(50, 49...51)
        #expect(try verdict(Examples.evidence, figures: figures).basis == .measured)
        #expect(try verdict(Examples.evidence).basis == .unmeasured)
        let other = try Examples.figures(5, 4...6, metric: "throughput")
        #expect(try verdict(Examples.evidence, figures: other).basis == .unmeasured)
        let persistent =
            "evidence: {workload: w, metric: latency, statistic: median, persistent: yes}"
        #expect(try verdict(persistent, figures: figures).basis == .measured)
        #expect(try verdict("fact: {name: cores, at-least: 2}").basis == .reasoned)
        #expect(
            try verdict("fact: {name: cores, at-least: 2}", facts: ["cores": "4"]).basis
                == .reasoned)
        let required = "requires: [{fact: cores, at-least: 9, need: nine}]\n" + Examples.evidence
        #expect(try verdict(required, figures: figures, facts: ["cores": "2"]).basis == .measured)
        #expect(try verdict(required, facts: ["cores": "2"]).basis == .reasoned)
    }

    @Test func `the floor under a refuted claim is named`() throws {
        func reason(_ floor: Double, _ parameters: String = "nodes=3") throws -> String {
            let figures =
                try Examples.figures(300, 290...310, "contender=a;nodes=3")
                + Examples.figures(floor, floor...floor, metric: "floor", parameters)
            return try verdict(Examples.evidence, figures: figures).reason
        }
        #expect(
            try reason(250).hasSuffix(
                "The floor that this workload measures is 250 ns: what the claim asks for lies "
                    + "below it, so nothing here could do that."))
        #expect(try reason(60).hasSuffix("The floor that this workload measures is 60 ns."))
        #expect(try !reason(250, "nodes=4").contains("floor"))
        #expect(try reason(250, "contender=floor;nodes=3").contains("floor"))
        let held = try Examples.figures(50, 49...51) + Examples.figures(9, 9...9, metric: "floor")
        #expect(try !verdict(Examples.evidence, figures: held).reason.contains("floor"))
    }

    @Test func `the floor leaves room for so many, one after the other`() throws {
        func reason(_ floor: Double, boundary: String = "boundary: {one-by-one: yes}") throws
            -> String
        {
            let file = Examples.file(
                comparator: "'='", value: "500K", unit: "ops/s",
                decide: "evidence: {workload: w, metric: rate, statistic: median}\n"
                    + "reading: {holds-when: at-least}\n\(boundary)")
            let figures =
                try Examples.figures(5000, 4900...5100, metric: "rate", unit: "ops/s")
                + Examples.figures(floor, floor...floor, metric: "floor")
            let library = try Examples.library(file)
            return try #require(Judge(library, facts: Facts()).verdicts(on: figures).first).reason
        }
        #expect(
            try reason(100_000).hasSuffix(
                "The floor that this workload measures is 100 µs, which leaves room for 10 K ops/s "
                    + "one after the other: what the claim asks for lies above that, so nothing "
                    + "here could do it so."))
        #expect(try reason(1000).hasSuffix("leaves room for 1 M ops/s one after the other."))
        #expect(try reason(0).hasSuffix("at least 500 K ops/s."))
        #expect(try !reason(1000, boundary: "boundary: {multiple-of: cores}").contains("floor"))
        #expect(
            Examples.message { try reason(1, boundary: "boundary: {one-by-one: no}") }
                .contains("a boundary without 'along', 'multiple-of' and 'one-by-one: yes'"))
    }

    @Test func `a boundary may say how many it would take`() throws {
        let file = Examples.file(
            comparator: "'='", value: "50M", unit: "ops/s",
            decide: "evidence: {workload: w, metric: rate, statistic: median}\n"
                + "reading: {holds-when: at-least}\nboundary: {multiple-of: cores}")
        let library = try Examples.library(file)
        func reason(_ rate: Double) throws -> String {
            let figures = try Examples.figures(
                rate, rate...rate, metric: "rate", unit: "ops/s")
            return try #require(Judge(library, facts: Facts()).verdicts(on: figures).first).reason
        }
        #expect(
            try reason(11e6).hasSuffix(
                "It would take 5 cores, if each adds as much as the one measured (1: 11 M ops/s, "
                    + "2: 22 M ops/s, 3: 33 M ops/s, 4: 44 M ops/s, 5: 55 M ops/s)."))
        #expect(
            try reason(1e6).hasSuffix("(1: 1 M ops/s, 25: 25 M ops/s, 50: 50 M ops/s)."))
        #expect(try !reason(60e6).contains("would take"))
    }
}
