import Foundation
import Testing

@testable import Reporting
@testable import Runs

@Suite struct JUnitReportTests {
    private var document: String {
        var run = SampleRun()
        run.addVerdicts()
        return JUnitReport(
            ReportContent(
                manifest: run.manifest, verdicts: run.verdicts,
                expectations: HTMLReportTests.answers)
        ).text
    }

    @Test func `verdicts are counted as tests, failures and skips`() {
        // Two of the eight verdicts are refuted, one is inconclusive, one untestable; the known
        // answer was not measured.
        #expect(
            document.contains(
                "<testsuites name=\"nilometer 2026-01-02T03-04-05Z-quick\" tests=\"9\" "
                    + "failures=\"2\" errors=\"0\">"))
        // Schemas have the count of skipped cases in suites alone, of which each has one here.
        #expect(document.components(separatedBy: " skipped=\"1\" timestamp=").count == 4)
        #expect(document.components(separatedBy: "<testsuite ").count == 4)
        #expect(document.components(separatedBy: "<failure type=\"refuted\"").count == 3)
        #expect(document.contains("timestamp=\"2026-01-02T03:04:05\""))
        #expect(MarkupBalance.problem(in: document) == nil)
    }

    @Test func `a skipped case says why`() {
        #expect(
            document.contains(
                "<skipped message=\"untestable: needs a GPU, which this machine lacks\"/>"))
    }

    @Test func `a run without verdicts is an empty document`() {
        let text = JUnitReport(ReportContent(manifest: SampleRun().manifest)).text
        #expect(text.contains("tests=\"0\""))
        #expect(MarkupBalance.problem(in: text) == nil)
    }
}
