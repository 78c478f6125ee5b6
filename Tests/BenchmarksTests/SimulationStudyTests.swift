import Foundation
import Randomness
import RingSimulation
import Testing

@testable import Benchmarks

/// What is reported of simulated runs that checkers found wrong, or could not judge.
@Suite struct SimulationStudyTests {
    private func study(_ change: (inout [PlannedOutcome]) -> Void) throws -> SimulationStudy {
        var request = SimulationRequest("quorum")
        request.duration = "50ms"
        let setting = try request.resolved()
        let whole = SimulationStudy(setting, first: Seed(11), runs: 3)
        var outcomes = whole.outcomes
        change(&outcomes)
        return SimulationStudy(setting, first: Seed(11), outcomes: outcomes)
    }

    @Test func `a run that is wrong takes all figures away, and is named by its seed`() throws {
        let right = try study { _ in }
        #expect(!right.figures.isEmpty && right.violations.isEmpty)
        let wrong = try study { $0[1].violations = ["two leaders in term 4"] }
        #expect(wrong.figures.isEmpty)
        #expect(wrong.violations.map(\.seed) == [Seed(12)])
        let report = SimulationReport(wrong)
        #expect(report.text.contains("VIOLATED") && report.text.contains("no figures"))
        #expect(report.text.contains("seed 12: two leaders in term 4"))
        #expect(!report.text.contains("ops/s"))
        let document = String(decoding: try JSONEncoder().encode(report.document), as: UTF8.self)
        #expect(document.contains(#""figures":[]"#) && document.contains(#""verdict":"violated""#))
    }

    @Test func `that a checker gave up is said, and costs no figure`() throws {
        let study = try study { $0[0].isUnknown = true }
        #expect(!study.figures.isEmpty)
        #expect(SimulationReport(study).text.contains("of 1 the checker could not tell"))
    }

    @Test func `runs in which nothing was done are not called safe`() throws {
        var request = SimulationRequest("quorum")
        (request.duration, request.loss) = ("50ms", 1)
        let study = SimulationStudy(try request.resolved(), first: Seed(11), runs: 2)
        #expect(study.violations.isEmpty && study.operations == 0)
        let report = SimulationReport(study)
        #expect(report.text.contains("unchecked") && !report.text.contains("safe"))
        let document = String(decoding: try JSONEncoder().encode(report.document), as: UTF8.self)
        #expect(document.contains(#""verdict":"unchecked""#))
    }

    @Test func `whoever asks to stop gets the runs that are over`() throws {
        var request = SimulationRequest("quorum")
        request.duration = "50ms"
        var done = 0
        let study = SimulationStudy(
            try request.resolved(), first: Seed(1), runs: 9, shouldStop: { done == 3 },
            willRun: { done = $0 + 1 })
        #expect(study.isInterrupted && study.count == 2)
        #expect(SimulationReport(study).text.contains("interrupted: 2 of 9 runs"))
    }
}
