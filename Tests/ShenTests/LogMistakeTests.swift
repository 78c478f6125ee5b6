import Quantities
import Randomness
import StateMachines
import Storage
import StorageFaults
import TestSupport
import Testing

@testable import Shen

/// Each planted mistake is found by what a crash leaves behind it, or by what is read of damage.
@Suite struct LogMistakeTests {
    /// How many lives a mistake may live at most, all seeds together.
    private static let lives = 4000

    /// What shows when the device is damaged and not by a crash, or in a journal.
    private static let shownElsewhere: Set<ShenMistake> = [.damageCutOff, .supersededDroppedEarly]

    @Test(arguments: ShenMistake.allCases.filter { !shownElsewhere.contains($0) })
    func `each planted mistake in the log is found`(mistake: ShenMistake) {
        var crashes: [Int] = []
        for round in 0..<testSeries {
            var explorer = Self.explorer(for: mistake)
            explorer.exploreLives(
                Self.lives, crashes: 8, length: 10, seed: Seed(1 + UInt64(round)))
            #expect(explorer.report.finding != nil, "in \(explorer.report.crashes) crashes")
            crashes.append(explorer.report.crashes)
        }
        if let row = medianRow(of: crashes, mistake.rawValue) { print(row) }
    }

    /// What shows the mistake soonest.
    private static func explorer(
        for mistake: ShenMistake
    ) -> CrashExplorer<LogCrashTests.Subject> {
        var limits = FileSystemLimits()
        switch mistake {
        case .staleBlockTaken:
            return LogCrashTests.explorer(
                LogCrashTests.staleFrames, segmentSize: 1 << 20, planting: mistake)
        case .refusedAppendReturns:
            return LogCrashTests.explorer(
                LogCrashTests.cutFrames, segmentSize: 1 << 20, limits: LogCrashTests.narrow,
                planting: mistake)
        // A full device is what leaves torn appends.
        case .tornAppendKept: limits.blocks = 7
        // What a failed sync has lost shows as long as the cache holds it.
        case .cacheBelieved: limits.evictsFailedPages = false
        default: break
        }
        return LogCrashTests.explorer(
            LogCrashTests.everything, limits: limits, planting: mistake)
    }
}
