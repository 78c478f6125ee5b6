import Diagnosis
import Foundation
import Hardware
import Measurement
import Quantities
import Testing

@testable import Reporting
@testable import Runs

@Suite struct HTMLReportTests {
    static let hostile =
        "a\"b'c<script>window.pwned=1</script></style><!--&lt;<img src=x onerror=alert(1)>]]>\u{202E}\n\u{1}$(x)"

    /// A run with everything that a page shows.
    static func everything() -> SampleRun {
        var run = SampleRun()
        run.addChannelLatency(
            contenders: ["nilometer", "atomic-queue", "boost-lockfree"], placements: ["smt", "far"])
        run.addLookup()
        run.addBalance()
        run.addAppend()
        run.addLoad()
        run.addVerdicts(extra: 30)
        return run
    }

    static func content(of run: SampleRun) -> ReportContent {
        let plots = PlotSet(
            manifest: run.manifest, machine: SampleRun.machine[0], figures: run.figures,
            samples: run.samples, distributions: run.distributions, verdicts: run.verdicts)
        let finding = Diagnosis.Finding(
            id: "jitter", subject: "time taken from core 1", severity: .serious,
            measured: "1.2 ms in 60 ms", cost: .unmeasured("tails"), remedy: "isolcpus=1",
            source: "probe")
        let checkup = Checkup(
            duration: 1e6, processingUnits: [0, 1], findings: [finding], jitter: [])
        return ReportContent(
            manifest: run.manifest, machine: SampleRun.machine, machinePage: "Topology\n  x  1",
            checkups: RunCheckups(before: checkup, after: checkup), figures: run.figures,
            verdicts: run.verdicts, expectations: HTMLReportTests.answers, pictures: plots.pictures,
            slowdowns: ["as expected: A/A: 200 comparisons"])
    }

    static let answers: [ExpectationRecord] = [
        ExpectationRecord(
            ExpectedFigure(
                KnownAnswer(
                    metric: "latency", parameters: ParameterSet(), statistic: "median",
                    condition: .within(low: 1, high: 2), reason: "two cycles"),
                of: PlannedWorkload(
                    workload: "ring.lookup", benchmark: "ring.lookup", parameters: ParameterSet(),
                    profile: "auto", forks: 3, time: .seconds(1))), among: [])
    ]

    @Test func `every element of a page is closed`() {
        let page = HTMLReport(Self.content(of: Self.everything()), drawings: [:]).text
        #expect(MarkupBalance.problem(in: page) == nil)
        for heading in [
            "Verdicts", "Known answers", "Known slowdowns", "Figures", "Doctor", "Notes", "Method",
            "Machine", "Files",
        ] {
            #expect(page.contains("-heading\">\(heading)</h2>"), "\(heading) is missing")
        }
        #expect(page.contains("isolcpus=1"))
        #expect(page.contains("nilometer run --suite quick --seed 7"))
    }

    @Test func `the same content gives the same bytes`() {
        let first = HTMLReport(Self.content(of: Self.everything()), drawings: [:]).text
        let second = HTMLReport(Self.content(of: Self.everything()), drawings: [:]).text
        #expect(first == second)
    }

    @Test func `a page asks nothing of a network`() {
        let page = HTMLReport(Self.content(of: Self.everything()), drawings: [:]).text
        for reference in MarkupBalance.values(of: "href", in: page)
            + MarkupBalance.values(of: "src", in: page)
        {
            #expect(!reference.contains(":"), "\(reference) leads elsewhere")
        }
        #expect(!page.contains("@import") && !page.contains("url("))
    }

    @Test func `names on a page are there once, and links within it lead somewhere`() {
        let page = HTMLReport(Self.content(of: Self.everything()), drawings: [:]).text
        let names = MarkupBalance.values(of: "id", in: page)
        #expect(Set(names).count == names.count)
        for link in MarkupBalance.values(of: "href", in: page) where link.hasPrefix("#") {
            #expect(names.contains(String(link.dropFirst())), "\(link) leads nowhere")
        }
    }

    /// What a report says of a run in which every text is hostile.
    private func hostileContent() -> ReportContent {
        let text = Self.hostile
        let word = text.replacing("=", with: "").replacing(";", with: "").replacing("\n", with: "")
        var run = SampleRun()
        run.manifest.run = text
        run.manifest.tool = text
        run.manifest.commit = text
        run.manifest.suite = text
        run.manifest.start = text
        run.manifest.command = ["nilometer", text]
        run.manifest.profiles = [.init(name: text, fields: ParameterSet().with(word, word))]
        run.plan(
            text,
            [MetricSpecification(text, .nanoseconds, .lower, .sampled, text), .floorRatio])
        run.manifest.benchmarks[0].floor = text
        run.add(
            SampleRun.key(text, text, [("contender", word), ("placement", word), (word, word)]),
            text, "median", 3, quality: text)
        run.add(SampleRun.key(text, text, [("contender", word)]), text, "p99", 3, quality: text)
        run.manifest.forks = [
            Manifest.ForkSummary(
                workload: 0, fork: 0, seed: 1, processingUnits: [0], clock: nil, doubts: [],
                notes: [text], failure: text, setAside: text)
        ]
        run.verdicts = hostileVerdicts()
        var content = Self.content(of: run)
        content.machine = [text]
        content.machinePage = text
        content.slowdowns = [text]
        content.pictures = [Picture(name: "p", title: text, workload: text)]
        let finding = Diagnosis.Finding(
            id: text, subject: text, severity: .serious, measured: text, cost: .unmeasured(text),
            remedy: text, source: text)
        content.checkups = RunCheckups(
            before: Checkup(duration: 1, processingUnits: [], findings: [finding], jitter: []))
        return content
    }

    private func hostileVerdicts() -> [VerdictRecord] {
        let text = Self.hostile
        return Verdict.allCases.map { verdict in
            VerdictRecord(
                claim: text, document: text, section: text, subject: text, metric: text,
                comparator: text, claimed: text, unit: text, measured: 1, ciLow: 1, ciHigh: 2,
                ratio: 1, verdict: verdict, how: text, profile: text, workload: text, reason: text)
        }
    }

    @Test func `text from outside stays text, wherever it stands`() {
        let content = hostileContent()
        for page in [HTMLReport(content, drawings: [:]).text, JUnitReport(content).text] {
            #expect(MarkupBalance.problem(in: page) == nil)
            #expect(!page.contains("<script>window"))
            #expect(!page.contains("<img"))
            #expect(!page.contains("\u{202E}") && !page.contains("\u{1}"))
            #expect(page.contains("&lt;script&gt;window"))
        }
        let page = HTMLReport(content, drawings: [:]).text
        #expect(page.components(separatedBy: "<script").count == 2)
        #expect(page.components(separatedBy: "</style>").count == 2)
    }

    @Test func `a page of a great run stays small, and says what it left out`() {
        var run = SampleRun()
        for number in 0..<120 {
            let name = "workload.number-\(number)"
            run.plan(name, [.latency], contenders: ["a", "b"])
            for contender in ["a", "b"] {
                for statistic in ["median", "mean", "mad", "p50", "p90", "p99", "p99.9", "max"] {
                    for size in [8, 64, 512, 4096] {
                        run.add(
                            SampleRun.key(
                                name, "latency",
                                [("contender", contender), ("payload", "\(size)")]), "ns",
                            statistic, 123.456)
                    }
                }
            }
        }
        run.addVerdicts(extra: 292)
        var content = Self.content(of: run)
        content.pictures = (0..<300).map {
            Picture(name: "p\($0)", title: "t", workload: "workload.number-\($0 % 120)")
        }
        let path = (0..<8000).map { "L\($0 % 997).37,\($0 % 613).81" }.joined(separator: " ")
        let drawing = "<svg viewBox=\"0 0 9 9\"><path d=\"M0,0 \(path)\"/></svg>"
        var drawings: [String: String] = [:]
        for picture in content.pictures { drawings[picture.name] = drawing }
        let report = HTMLReport(content, drawings: drawings)
        #expect(report.text.utf8.count < 3_000_000)
        #expect(report.drawings.count > 5 && report.drawings.count < 120)
        #expect(report.drawings["p0"] != nil && report.drawings["p120"] == nil)
        #expect(report.text.contains("href=\"plots/p299.svg\""))
        #expect(report.rows.count > 5)
    }
}
