import Foundation
import Quantities
import Testing

@testable import Measurement
@testable import Reporting
@testable import Runs

@Suite struct MarkdownTests {
    @Test func `text cannot become markup`() {
        #expect(
            MarkdownText.escaped("a|b`c`<script>&\\*_[x](y)~\nz")
                == "a\\|b\\`c\\`&lt;script&gt;&amp;\\\\\\*\\_\\[x\\](y)\\~ z")
    }

    @Test func `a table leaves out columns that nothing fills`() {
        #expect(
            MarkdownText.table(["a", "b", "n>"], [["1", "", "2"], ["3", "", "4"]])
                == ["| a | n |", "| --- | ---: |", "| 1 | 2 |", "| 3 | 4 |"])
    }

    @Test func `a fence is longer than any run of backticks within`() {
        #expect(MarkdownText.verbatim("a ```` b", language: "sh")[0] == "`````sh")
    }

    @Test func `a command is quoted so that a shell reads the same words`() {
        #expect(
            ShellCommand.line(["nilometer", "--set", "a=b c", "it's", "", "$(x)", "--x=1"])
                == #"nilometer --set 'a=b c' 'it'\''s' '' '$(x)' --x=1"#)
    }

    @Test func `a report says all of a run, byte for byte`() throws {
        var run = SampleRun()
        run.plan(
            "ring.lookup", [.latency, .floorRatio, .relative], contenders: ["nilometer", "other"])
        run.manifest.command += ["--set", "nodes=10 20"]
        run.manifest.forks = [
            Manifest.ForkSummary(
                workload: 0, fork: 0, seed: 1, processingUnits: [0],
                clock: TickClock.Calibration(
                    source: .timeStampCounter, ticksPerNanosecond: 2.5, regionCost: 18,
                    resolution: 0.8),
                events: nil, doubts: [], notes: ["other: version 1.2 | <b>fast</b>"], failure: nil),
            Manifest.ForkSummary(
                workload: 0, fork: 1, seed: 1, processingUnits: [0], clock: nil, events: nil,
                doubts: [], notes: ["other: version 1.2 | <b>fast</b>"], failure: "killed"),
        ]
        for (contender, value) in [("nilometer", 4.12), ("other", 91.3)] {
            let parameters = [("contender", contender), ("nodes", "10")]
            let key = { SampleRun.key("ring.lookup", $0, parameters) }
            run.add(
                key("latency"), "ns", "median", value,
                quality: contender == "other" ? "never steady" : "ok")
            run.add(key("latency"), "ns", "p50", value, samples: 5000)
            run.add(key("relative"), "ratio", "median", value / 4.12, width: 1)
        }
        run.addVerdicts()
        let report = MarkdownReport(
            ReportContent(
                manifest: run.manifest, machine: SampleRun.machine, figures: run.figures,
                verdicts: [run.verdicts[0], run.verdicts[5]],
                pictures: [
                    Picture(name: "verdicts", title: "2 claims.", workload: nil),
                    Picture(name: "lookup", title: "a_b | c", workload: "ring.lookup"),
                ]))
        let expected = try #require(
            Bundle.module.url(forResource: "Fixtures/report", withExtension: "expected"))
        #expect(try report.text == String(contentsOf: expected, encoding: .utf8))
    }

    @Test func `hostile text breaks neither table nor page`() {
        let hostile = "a|b`c`\n\n# head <script>alert(1)</script> [x](javascript:y) ```"
        var run = SampleRun()
        run.manifest.run = hostile
        run.manifest.command = ["nilometer", "run", hostile]
        run.plan(hostile, [.latency], contenders: [])
        let parameters = [("contender", "x|y`<b>"), ("placement", "<i>")]
        run.add(
            SampleRun.key(hostile, hostile, parameters), "n|<u>`", "median", 3, quality: hostile)
        let verdict = VerdictRecord(
            claim: hostile, document: hostile, section: hostile, subject: hostile,
            metric: hostile, comparator: hostile, claimed: hostile, unit: hostile, measured: 1,
            ciLow: 1, ciHigh: 2, ratio: 1, verdict: .refuted, how: hostile, profile: hostile,
            workload: hostile, reason: hostile)
        let text = MarkdownReport(
            ReportContent(
                manifest: run.manifest, machine: [hostile], figures: run.figures,
                verdicts: [verdict], pictures: [Picture(name: "p", title: hostile, workload: nil)])
        ).text
        let parts = text.components(separatedBy: "````sh")
        #expect(parts.count == 2)
        #expect(!parts[0].contains("<"))
        #expect(!parts[0].contains("x](javascript"))
        let rows = parts[0].split(separator: "\n").filter { $0.hasPrefix("|") }
        let columns = rows.map { row in
            row.replacing("\\|", with: "").count { $0 == "|" }
        }
        // The verdict's table, the figure's and the doubt's, three lines each.
        #expect(columns == [7, 7, 7, 7, 7, 7, 6, 6, 6])
        #expect(parts[1].hasPrefix("\nnilometer run 'a|b`c`\n\n# head"))
    }

    @Test func `an interrupted run says so`() {
        var run = SampleRun()
        run.manifest.ending = .interrupted
        let text = MarkdownReport(ReportContent(manifest: run.manifest)).text
        #expect(text.contains("The run was interrupted"))
        #expect(!text.contains("## Verdicts"))
    }

    @Test func `known slowdowns and programs have sections where there are any`() {
        var run = SampleRun()
        run.addLookup()
        var content = ReportContent(manifest: run.manifest, figures: run.figures)
        #expect(!MarkdownReport(content).text.contains("## Known slowdowns"))
        content.slowdowns = ["as expected: A/A: 200 comparisons", "smallest: 1 %"]
        let text = MarkdownReport(content).text
        #expect(
            text.contains(
                "## Known slowdowns\n\n- as expected: A/A: 200 comparisons\n- smallest: 1 %\n"))
    }
}
