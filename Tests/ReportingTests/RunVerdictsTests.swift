import Runs
import Testing

@testable import Reporting

@Suite struct RunVerdictsTests {
    private func verdict(
        _ claim: String, _ basis: VerdictRecord.Basis, _ verdict: Verdict = .untestable,
        document: String = "ring", reason: String = "a reason"
    ) -> VerdictRecord {
        VerdictRecord(
            claim: claim, document: document, section: "Intro", subject: "ring", metric: "spread",
            comparator: "<", claimed: "1", unit: "percent", measured: nil, ciLow: nil, ciHigh: nil,
            ratio: nil, verdict: verdict, how: "direct", profile: "", workload: "", reason: reason,
            basis: basis)
    }

    @Test func `a run shows what its figures judge and counts the rest`() {
        let run = RunVerdicts([
            verdict("A", .unmeasured), verdict("B", .measured, .reproduced),
            verdict("C", .reasoned, .inconsistent), verdict("D", .unmeasured),
        ])
        #expect(run.judged.map(\.claim) == ["B"])
        #expect(
            run.remainder
                == "2 further claims need other figures, 1 is judged without a run: "
                + "`nilometer validate` shows all")
        #expect(run.text().contains("1 claim: 1 reproduced\n2 further claims"))
        #expect(!run.text().contains("C "))
    }

    @Test func `numbers and what is absent are put as people would`() {
        #expect(RunVerdicts([verdict("B", .measured)]).remainder == nil)
        #expect(RunVerdicts([]).remainder == nil)
        #expect(RunVerdicts([]).text().isEmpty)
        #expect(
            RunVerdicts([verdict("A", .unmeasured)]).remainder
                == "1 claim needs other figures: `nilometer validate` shows all")
        #expect(
            RunVerdicts([verdict("A", .reasoned), verdict("B", .reasoned)]).remainder
                == "2 claims are judged without a run: `nilometer validate` shows all")
        #expect(
            RunVerdicts([verdict("A", .reasoned), verdict("B", .measured)]).remainder
                == "1 further claim is judged without a run: `nilometer validate` shows all")
    }

    @Test func `a page of claims has every one, by document, and lets no markup in`() {
        let page = ClaimsPage(
            [
                verdict("A|1", .unmeasured, reason: "<b>x</b> `y`"),
                verdict("B-1", .reasoned, .inconsistent, document: "peers"),
                verdict("A-2", .measured, .reproduced),
            ], source: ["2 cores, [a](b)"])
        #expect(
            page.text == """
                # Claims and verdicts

                - 2 cores, \\[a\\](b)

                3 claims: 1 reproduced, 1 inconsistent, 1 untestable.

                | document | reproduced | inconsistent | untestable | claims |
                | --- | ---: | ---: | ---: | ---: |
                | ring | 1 | 0 | 1 | 2 |
                | peers | 0 | 1 | 0 | 1 |

                ## ring

                | claim | claimed | measured [95 % interval] | verdict | why |
                | --- | --- | --- | --- | --- |
                | A\\|1 | &lt; 1 % | – | **untestable** | ring, spread: &lt;b&gt;x&lt;/b&gt; \\`y\\` |
                | A-2 | &lt; 1 % | – | **reproduced** | ring, spread: a reason |

                ## peers

                | claim | claimed | measured [95 % interval] | verdict | why |
                | --- | --- | --- | --- | --- |
                | B-1 | &lt; 1 % | – | **inconsistent** | ring, spread: a reason |

                """)
    }
}
