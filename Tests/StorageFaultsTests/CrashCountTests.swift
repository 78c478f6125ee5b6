import Randomness
import Storage
import Testing

@testable import StorageFaults

/// Which crashes count as lived through.
@Suite struct CrashCountTests {
    private final class Sum {
        var value = 0
    }

    /// What counts once the explorer is over that came to these reports, and what did before.
    private func counted(_ reports: [CrashReport]) -> (before: Int, after: Int) {
        let sum = Sum()
        var before = 0
        do {
            let count = CrashCount { sum.value += $0 }
            var crashes = 0
            for report in reports {
                count.take(report, since: crashes)
                crashes = report.crashes
            }
            before = sum.value
        }
        return (before, sum.value)
    }

    private func report(_ crashes: Int, finding: CrashFinding? = nil) -> CrashReport {
        var report = CrashReport()
        (report.crashes, report.finding) = (crashes, finding)
        return report
    }

    @Test func `crashes count when their explorer is over and has found nothing`() {
        #expect(counted([report(5), report(12)]) == (0, 12))
    }

    @Test func `crashes of a subject that broke a promise do not count`() {
        let finding = CrashFinding(
            operations: "", faults: "", crash: "", complaint: "lost", trace: [])
        #expect(counted([report(5), report(5, finding: finding)]) == (0, 0))
    }

    @Test func `an exploration is counted for the process`() {
        let before = CrashTally.crashes
        var explorer = CrashExplorer<LogSubject<SimulatedOperations>>(
            alphabet: [.append(10)], promises: LogPromises()
        ) { machine throws(StorageError) in
            try LogSubject { SimulatedOperations(on: machine) }
        }
        explorer.exploreSequences(upTo: 1, draws: 1, seed: Seed(1))
        let crashes = explorer.report.crashes
        #expect(crashes > 10)
        _ = consume explorer
        // Other tests add theirs at the same time.
        #expect(CrashTally.crashes >= before + crashes)
    }
}
