import Measurement
import Quantities
import Runs
import StrictYAML
import Testing

@testable import Claims

@Suite struct ClaimDocumentTests {
    private func message(_ text: String) -> String {
        Examples.message { try ClaimDocument(text: text, file: "c.yaml").claims.map(\.id.value) }
    }

    private func message(
        decide: String, comparator: String = "'<'", value: String = "100"
    ) -> String {
        message(Examples.file(comparator: comparator, value: value, decide: decide))
    }

    @Test func `a claim with everything is read`() throws {
        let text = Examples.file(
            comparator: "'~'", value: "1..2", unit: "us", how: "hardware",
            decide: """
                requires: [{fact: cores, at-least: 2, need: two cores}]
                evidence:
                  workload: w
                  metric: latency
                  statistic: p99
                  where: {contender: [a, b], nodes: 3}
                  placement: l3
                  holds-in: some
                  persistent: yes
                  trend: {along: nodes, against: {contender: c}}
                arithmetic: {expression: 1 + 1, otherwise: refuted}
                reading: {holds-when: within, tolerance: 10%, expect: 2 * 2, unit: ms, because: so}
                boundary: {along: nodes, workload: v, where: {depth: 3}}
                """, more: "note: A note.")
        let claim = try #require(try ClaimDocument(text: text, file: "c.yaml").claims.first)
        #expect(claim.id.value == "A-1")
        #expect(claim.value.range == 1...2)
        #expect(claim.workloads == ["w", "v"])
        #expect(claim.note == "A note.")
        #expect(claim.how == .hardware)
        guard case .evidence(let evidence, let shown) = claim.decision else {
            Issue.record("not decided by evidence")
            return
        }
        #expect("\(evidence.filter)" == "contender=a|b;nodes=3")
        #expect(evidence.placement == .l3)
        #expect(evidence.quantifier == .some)
        #expect(evidence.mustPersist)
        #expect(evidence.trend?.along.value == "nodes")
        #expect(shown.map(\.otherwise) == [.refuted])
        #expect(claim.reading?.relation == .within)
        #expect(claim.reading?.tolerance == 0.1)
        #expect(claim.figureUnit.symbol == "ms")
        #expect(claim.requirements.map(\.need) == ["two cores"])
    }

    @Test func `a clear comparator needs no reading`() throws {
        for (comparator, relation) in [
            ("'<'", Reading.Relation.atMost), ("'<='", .atMost), ("'>'", .atLeast),
            ("'>='", .atLeast),
        ] {
            let text = Examples.file(comparator: comparator, decide: Examples.evidence)
            let claim = try #require(try ClaimDocument(text: text, file: "c.yaml").claims.first)
            #expect(claim.reading?.relation == relation)
        }
    }

    @Test func `a vague comparator needs a reading, and a word a formula`() {
        let expected =
            "expected 'reading' with 'holds-when: at-most', 'at-least' or 'within'"
        #expect(
            message(decide: Examples.evidence, comparator: "'='")
                == "c.yaml:13:5: a figure compared by '=' without 'reading'; \(expected)")
        #expect(
            message(decide: Examples.evidence + "\nreading: {tolerance: 5%}", comparator: "'~'")
                == "c.yaml:14:14: a reading without 'holds-when'; expected 'holds-when'")
        #expect(
            message(decide: Examples.evidence, value: "even")
                == "c.yaml:13:5: the value 'even', which is no number; expected 'reading' with "
                + "'expect', a formula for the figure that is meant")
    }

    @Test func `exactly one thing decides a claim`() {
        let expected =
            "expected one of 'evidence', 'arithmetic', 'fact', 'contradiction', 'not-built', "
            + "'untestable' ('arithmetic' may accompany all but 'fact' and 'contradiction')"
        #expect(
            message(decide: "requires: [{fact: cores, is: 2, need: c}]")
                == "c.yaml:13:5: nothing that decides the claim; \(expected)")
        #expect(
            message(decide: "untestable: no device\nfact: {name: cores, is: 2}")
                == "c.yaml:13:5: 'fact', 'untestable' at once; \(expected)")
        #expect(
            message(decide: "untestable: no device\nreading: {tolerance: 5%}")
                == "c.yaml:13:5: 'reading' without a figure to read; "
                + "expected 'evidence' or 'arithmetic' beside it")
        #expect(
            message(decide: "untestable: no device\nboundary: {along: x}")
                == "c.yaml:13:5: 'boundary' without 'evidence'; expected both or neither")
    }

    @Test func `what is not built is told from what is missing elsewhere`() throws {
        func claim(_ decide: String) throws -> Claim {
            let text = Examples.file(decide: decide)
            return try #require(try ClaimDocument(text: text, file: "c.yaml").claims.first)
        }
        guard case .notBuilt("a pool", let none) = try claim("not-built: a pool").decision else {
            Issue.record("not decided by what is not built")
            return
        }
        #expect(none.isEmpty)
        let against = "arithmetic: {what: twice, expression: 2 * 60}"
        guard
            case .untestable("no device", let some) =
                try claim("untestable: no device\n\(against)").decision
        else {
            Issue.record("not decided by what is missing")
            return
        }
        #expect(some.map(\.what) == ["twice"])
        #expect(
            message(decide: "not-built: a\nuntestable: b").contains(
                "'not-built', 'untestable' at once"))
        #expect(
            message(decide: "contradiction: {because: c}\n\(against)").contains(
                "'arithmetic', 'contradiction' at once"))
    }

    @Test(arguments: [
        (
            "evidence: {workload: w, metric: latency, statistic: median, "
                + "extrapolate: {formula: 2 * 3, assuming: so}}",
            "c.yaml:13:88: '2 * 3' without 'measured'; expected a formula of the measured figure"
        ),
        (
            "arithmetic: {expression: 1, reading: {holds-when: within}}",
            "c.yaml:13:42: a calculation's own 'reading' without 'expect'; "
                + "expected what must come out in place of the claimed figure"
        ),
        (
            "evidence: {workload: w, metric: latency, statistic: median}\nboundary: {workload: v}",
            "c.yaml:14:15: a boundary without 'along', 'multiple-of' and 'one-by-one: yes'; expected one of them"
        ),
        (
            "evidence: {workload: w, metric: latency, statistic: medain}",
            "c.yaml:13:57: 'medain'; expected 'median'"
        ),
        (
            "evidence: {workload: w, metric: latency, statistic: median, wehre: {a: 1}}",
            "c.yaml:13:65: unknown key 'wehre' in 'evidence'; expected 'where'"
        ),
        (
            "evidence: {workload: w, metric: latency, statistic: median, where: {placement: l3}}",
            "c.yaml:13:73: 'placement' among the parameters; expected 'placement' beside 'where'"
        ),
        (
            "evidence: {workload: w, metric: latency, statistic: median, placement: moved}",
            "c.yaml:13:76: 'moved'; expected one of smt, l3, far"
        ),
        (
            "arithmetic: {expression: 1 / }",
            "c.yaml:13:30: the end of '1 /'; expected a number or a name"
        ),
        (
            "arithmetic: {expression: 1, otherwise: reproduced}",
            "c.yaml:13:44: 'reproduced'; expected one of inconsistent, refuted"
        ),
        (
            "fact: {name: io-uring}",
            "c.yaml:13:11: a test of a fact with neither of 'is' and 'at-least'; "
                + "expected one of them"
        ),
        (
            "fact: {name: kernel, at-least: new}",
            "c.yaml:13:36: 'new'; expected a number or a version such as 5.1"
        ),
        (
            "evidence: {workload: w, metric: latency, statistic: median}\nreading: {tolerance: 200%}",
            "c.yaml:14:26: '200%'; expected a percentage from 0% to 100%"
        ),
    ])
    func `a malformed decision says where and what was expected`(
        decide: String, expected: String
    ) {
        #expect(message(decide: decide) == expected)
    }

    @Test func `the problems of all claims are reported at once`() {
        let text =
            Examples.header + Examples.claim(id: "a-1", decide: Examples.evidence)
            + Examples.claim(id: "A-2", comparator: "==", decide: Examples.evidence)
            + Examples.claim(id: "A-3", how: "guess", decide: "untestable: ''")
        #expect(
            message(text) == """
                c.yaml:4:7: 'a-1'; expected an identifier of capitals and digits with '-' or '.' \
                between them
                c.yaml:18:15: '=='; expected '='
                c.yaml:31:8: 'guess'; expected one of direct, model, arithmetic, peer, hardware
                c.yaml:33:17: nothing; expected text
                """)
    }

    @Test func `text that would act on a terminal is refused, other text is kept`() throws {
        #expect(
            message(Examples.file(decide: "untestable: \"\\e]0;x\\a\""))
                == "c.yaml:13:17: '\\u{1b}]0;x\\u{7}'; expected text without control characters")
        let hostile = #"<script>alert("x")</script>, 'a';b\n$(rm -rf /) `set term` %s"#
        let quoted = hostile.replacing("'", with: "''")
        let text = Examples.file(decide: "untestable: '\(quoted)'")
        let verdicts = Judge(try Examples.library(text), facts: Facts()).verdicts(on: [])
        #expect(verdicts.map(\.reason) == [hostile + "."])
    }

    @Test func `a file of another schema is refused`() {
        #expect(
            message("schema: nilometer/claims/2\nclaims: []\n")
                == "c.yaml:1:9: 'nilometer/claims/2'; expected 'nilometer/claims/1'")
    }
}
