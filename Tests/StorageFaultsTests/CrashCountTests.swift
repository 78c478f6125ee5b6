import Randomness
import Storage
import Testing

@testable import StorageFaults

/// Which crashes count as lived through.
@Suite struct CrashCountTests {
    private final class Sum {
        var value = 0
    }

    @Test func `crashes count when their explorer is over and has found nothing`() {
        let sum = Sum()
        do {
            let count = CrashCount { sum.value += $0 }
            var report = CrashReport()
            report.crashes = 5
            count.take(report, since: 0)
            report.crashes = 12
            count.take(report, since: 5)
            #expect(sum.value == 0)
        }
        #expect(sum.value == 12)
    }

    @Test func `crashes of a subject that broke a promise do not count`() {
        let sum = Sum()
        do {
            let count = CrashCount { sum.value += $0 }
            var report = CrashReport()
            report.crashes = 5
            count.take(report, since: 0)
            report.finding = CrashFinding(
                operations: "", faults: "", crash: "", complaint: "lost", trace: [])
            count.take(report, since: 5)
        }
        #expect(sum.value == 0)
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
