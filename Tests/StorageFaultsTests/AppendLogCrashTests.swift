import Quantities
import Randomness
import StorageFaults
import Testing

@testable import Storage

/// Crashes of the log that everything durable is built on.
@Suite struct AppendLogCrashTests {
    private let alphabet: [LogStep] = [
        .append(30), .appendDurably(700), .append(5000), .sync, .replace, .intrude,
    ]

    private func explorer(
        growth: AppendFile.Growth = .exact, limits: FileSystemLimits = FileSystemLimits(),
        carelessness: LogSubject<SimulatedOperations>.Carelessness? = nil
    ) -> CrashExplorer<LogSubject<SimulatedOperations>> {
        var start = FileSystemState()
        start.limits = limits
        return CrashExplorer(alphabet: alphabet, promises: LogPromises(), start: start) {
            machine throws(StorageError) in
            try LogSubject(growth: growth, carelessness: carelessness) {
                SimulatedOperations(on: machine)
            }
        }
    }

    @Test(arguments: [AppendFile.Growth.exact, .zeroFilled(step: .kibibytes(4))])
    func `no durable record is lost and no torn one returned, wherever it crashes`(
        growth: AppendFile.Growth
    ) {
        let seed = CrashBudget.seed()
        let report = explore(
            explorer(growth: growth), upTo: CrashBudget.length(2),
            lives: CrashBudget.times(20), seed: seed)
        #expect(report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        #expect(report.crashes > 1000)
    }

    @Test func `every sequence of three operations keeps its promises, cut after every step`() {
        let explorer = explorer()
        var shorter = CrashExplorer(
            alphabet: [.append(30), .appendDurably(700), .replace], promises: LogPromises(),
            open: explorer.open)
        shorter.exploreSequences(upTo: 3, draws: 1, seed: Seed(4))
        #expect(shorter.report.finding == nil)
        #expect(shorter.report.crashes > 1000)
    }

    @Test func `on a device that is soon full nothing durable is lost either`() {
        let seed = CrashBudget.seed()
        for blocks: UInt64 in [1, 2, 3, 5] {
            var limits = FileSystemLimits()
            limits.blocks = blocks
            var explorer = explorer(limits: limits)
            explorer.exploreLives(
                CrashBudget.times(10), crashes: 8, length: 12, seed: seed)
            #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        }
    }

    @Test(arguments: [
        LogSubject<SimulatedOperations>.Carelessness.tornTailReturned, .recoveredWithoutSync,
    ])
    func `a careless recovery is found`(carelessness: LogSubject<SimulatedOperations>.Carelessness)
    {
        var explorer = explorer(carelessness: carelessness)
        explorer.exploreSequences(upTo: 2, draws: 1, seed: Seed(1))
        #expect(explorer.report.finding != nil, "in \(explorer.report.crashes) crashes")
    }

    @Test func `what a failed sync left in the cache is found, and writing it again is the cure`() {
        var limits = FileSystemLimits()
        limits.evictsFailedPages = false
        var believing = explorer(limits: limits, carelessness: .recoveredWithoutWriting)
        believing.exploreLives(2000, crashes: 8, length: 6, seed: Seed(2))
        #expect(believing.report.finding != nil, "in \(believing.report.crashes) crashes")
        var writing = explorer(limits: limits)
        writing.exploreLives(
            CrashBudget.times(20), crashes: 8, length: 6, seed: CrashBudget.seed())
        #expect(writing.report.finding == nil)
    }

    /// A wrapper's mistake is found by what a crash leaves behind it. A log never drops cached pages:
    /// it writes its end again, which is tried where the cache keeps them. Nor does it sync one file
    /// for the sake of another.
    @Test(
        arguments: PlantedDefect.allCases.filter {
            ![.cacheBelievedAfterFailedSync, .shownTakenForWritten, .replacedBeforeSync]
                .contains($0)
        })
    func `each planted mistake in the file operations is found`(defect: PlantedDefect) {
        var explorer = CrashExplorer<LogSubject<DefectiveOperations>>(
            alphabet: alphabet, promises: LogPromises()
        ) { machine throws(StorageError) in
            try LogSubject { DefectiveOperations(defect, on: machine) }
        }
        explorer.exploreSequences(upTo: 2, draws: 1, seed: Seed(3))
        explorer.exploreFaults(upTo: 1, seed: Seed(3))
        explorer.exploreLives(1000, crashes: 8, length: 8, seed: Seed(3))
        #expect(explorer.report.finding != nil, "\(defect), in \(explorer.report.crashes) crashes")
    }
}
