import Runs
import Testing

@testable import Reporting

@Suite struct VerdictTableTests {
    private func verdict(
        _ claim: String, _ verdict: Verdict, measured: Double? = nil, document: String = "ring",
        reason: String = "the interval lies below"
    ) -> VerdictRecord {
        VerdictRecord(
            claim: claim, document: document, section: "Intro", subject: "SPSC channel",
            metric: "one-way latency", comparator: "<=", claimed: "80", unit: "ns",
            measured: measured, ciLow: measured.map { $0 - 2 }, ciHigh: measured.map { $0 + 3 },
            ratio: measured.map { $0 / 80 }, verdict: verdict, how: "direct", profile: "auto",
            workload: "channel.spsc.latency", reason: reason)
    }

    @Test func `claims stand by document with their reasons and a count`() {
        let long = "this reason goes on " + String(repeating: "and on ", count: 16)
        let text = VerdictTable([
            verdict("A-1", .reproduced, measured: 61.4),
            verdict("A-2", .untestable, document: "peers", reason: "needs a GPU"),
            verdict("A-3", .refuted, measured: 272, reason: long),
        ]).text(width: 80)
        #expect(
            text == """
                ring
                claim  claimed   measured [95 % interval]  ratio  verdict
                A-1    <= 80 ns  61.4 ns [59.4, 64.4]      0.768  reproduced
                    SPSC channel, one-way latency: the interval lies below
                A-3    <= 80 ns  272 ns [270, 275]           3.4  refuted
                    SPSC channel, one-way latency: this reason goes on and on and on and on and
                    on and on and on and on and on and on and on and on and on and on and on and
                    on and on

                peers
                claim  claimed   measured [95 % interval]  ratio  verdict
                A-2    <= 80 ns  –                                untestable
                    SPSC channel, one-way latency: needs a GPU

                3 claims: 1 reproduced, 1 refuted, 1 untestable

                """)
    }

    @Test func `a style colours verdicts by what they say`() {
        let style = TextStyle { part, text in
            part == .verdict(.refuted) ? "<red>\(text)</red>" : text
        }
        let text = VerdictTable([verdict("A-3", .refuted, measured: 272)]).text(style: style)
        #expect(text.contains("<red>refuted</red>"))
    }

    @Test func `hostile text stays on its line and within the width`() {
        let hostile = "x\n\u{1B}[31m" + String(repeating: "\"|`<script>", count: 30)
        let text = VerdictTable([verdict(hostile, .refuted, measured: 1, reason: hostile)]).text()
        for line in text.split(separator: "\n") {
            #expect(DisplayText.width(String(line)) <= FigureTable.usualWidth)
            #expect(!line.unicodeScalars.contains("\u{1B}"))
        }
    }

    @Test func `a summary counts in the usual order`() {
        let records = [Verdict.refuted, .untestable, .refuted, .reproduced].enumerated()
            .map { verdict("C-\($0.offset)", $0.element) }
        #expect(
            VerdictSummary(records).description
                == "4 claims: 1 reproduced, 2 refuted, 1 untestable")
        #expect(VerdictSummary([records[0]]).description == "1 claim: 1 refuted")
        #expect(VerdictSummary([]).description == "no claims")
        #expect(VerdictTable([]).text().isEmpty)
    }
}
