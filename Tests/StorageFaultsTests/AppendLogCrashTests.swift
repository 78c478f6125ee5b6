import Quantities
import Randomness
import StorageFaults
import Testing

@testable import Storage

/// Crashes of the log that everything durable is built on.
@Suite struct AppendLogCrashTests {
    private let alphabet: [LogStep] = [
        .append(30), .appendDurably(700), .append(5000), .sync, .intrude,
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
            explorer(growth: growth), lives: CrashBudget.crashes(800) / 8, seed: seed)
        #expect(report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        #expect(report.crashes > 2000)
    }

    @Test func `on a device that is soon full nothing durable is lost either`() {
        let seed = CrashBudget.seed()
        for blocks: UInt64 in [1, 2, 3, 5] {
            var limits = FileSystemLimits()
            limits.blocks = blocks
            var explorer = explorer(limits: limits)
            explorer.exploreLives(
                CrashBudget.crashes(400) / 8, crashes: 8, length: 12, seed: seed)
            #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        }
    }
}
