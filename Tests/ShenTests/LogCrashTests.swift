import Quantities
import Randomness
import Storage
import StorageFaults
import Testing

@testable import Shen

/// Crashes of the log, wherever it can be crashed.
@Suite struct LogCrashTests {
    typealias Subject = LogSubject<SimulatedOperations>

    static let alphabet: [LogStep] = [
        .append(2, bytes: 30), .appendDurably(1, bytes: 300), .produce(bytes: 20), .resend,
        .truncate(batches: 1), .retire(bytes: 500), .sync,
    ]

    /// What all short sequences are made of; of the whole alphabet where there is time.
    static let shortAlphabet: [LogStep] =
        CrashBudget.isTorture
        ? alphabet
        : [
            .append(2, bytes: 30), .appendDurably(1, bytes: 300), .truncate(batches: 1),
            .retire(bytes: 500),
        ]

    /// What lives are made of.
    static let everything: [LogStep] =
        alphabet + [
            .append(1, bytes: 700), .append(1, bytes: 0), .appendDurably(3, bytes: 40),
            .appendTogether(3, bytes: 100), .produce(bytes: 300), .skip, .restart, .haunt, .note,
            .truncate(batches: 2), .retire(bytes: 0),
            .read, .intrude,
        ]

    static func explorer(
        _ alphabet: [LogStep] = LogCrashTests.alphabet, growth: AppendFile.Growth = .exact,
        segmentSize: UInt64 = 400, limits: FileSystemLimits = FileSystemLimits(),
        planting mistake: ShenMistake? = nil
    ) -> CrashExplorer<Subject> {
        var start = FileSystemState()
        start.limits = limits
        return CrashExplorer(alphabet: alphabet, promises: LogPromises(), start: start) {
            machine throws(StorageError) in
            let maker = SimulationMaker(machine)
            return try Subject(planting: mistake, growth: growth, segmentSize: segmentSize) {
                () throws(StorageError) in maker.make()
            }
        }
    }

    @Test func `every sequence of three operations keeps its promises, cut after every step`() {
        let seed = CrashBudget.seed()
        var explorer = Self.explorer(Self.shortAlphabet)
        explorer.exploreSequences(upTo: 3, draws: 1, seed: seed)
        #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        #expect(explorer.report.crashes > 1_000)
    }

    @Test func `every step may fail in every way, and nothing durable is lost`() {
        let seed = CrashBudget.seed()
        var explorer = Self.explorer()
        explorer.exploreFaults(upTo: CrashBudget.isTorture ? 2 : 1, seed: seed)
        #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        #expect(explorer.report.crashes > 1_000)
    }

    @Test(arguments: [AppendFile.Growth.exact, .zeroFilled(step: .kibibytes(1))])
    func `lives of many crashes keep every promise`(growth: AppendFile.Growth) {
        let seed = CrashBudget.seed()
        var explorer = Self.explorer(Self.everything, growth: growth)
        explorer.exploreLives(CrashBudget.times(60), crashes: 8, length: 12, seed: seed)
        #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
    }

    /// Frames that begin with a sector, so that what a block still holds of another file, or of a write
    /// that was cut back, is a whole frame where the next one is looked for.
    static let staleFrames: [LogStep] = [
        .appendDurably(1, bytes: 336), .append(1, bytes: 336), .truncate(batches: 2),
    ]
    static let cutFrames: [LogStep] = [
        .append(1, bytes: 336), .appendTogether(8, bytes: 936), .append(1, bytes: 936),
    ]
    /// A device with room for a part of such a write.
    static var narrow: FileSystemLimits {
        var limits = FileSystemLimits()
        limits.blocks = 3
        return limits
    }

    @Test func `frames that a block still holds, or that were cut back, are no records`() {
        let seed = CrashBudget.seed()
        var stale = Self.explorer(Self.staleFrames, segmentSize: 1 << 20)
        stale.exploreLives(CrashBudget.times(100), crashes: 6, length: 8, seed: seed)
        #expect(stale.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        var cut = Self.explorer(Self.cutFrames, segmentSize: 1 << 20, limits: Self.narrow)
        cut.exploreLives(CrashBudget.times(100), crashes: 6, length: 8, seed: seed)
        #expect(cut.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
    }

    @Test func `on a device that is soon full nothing durable is lost either`() {
        let seed = CrashBudget.seed()
        for blocks: UInt64 in [2, 3, 4, 6, 9] {
            var limits = FileSystemLimits()
            limits.blocks = blocks
            var explorer = Self.explorer(Self.everything, limits: limits)
            explorer.exploreLives(CrashBudget.times(12), crashes: 8, length: 12, seed: seed)
            #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        }
    }

    @Test func `a cache that shows what a failed sync has lost is not believed`() {
        let seed = CrashBudget.seed()
        for blocks: UInt64? in [nil, 5] {
            var limits = FileSystemLimits()
            limits.evictsFailedPages = false
            limits.blocks = blocks
            var explorer = Self.explorer(Self.everything, limits: limits)
            explorer.exploreLives(CrashBudget.times(50), crashes: 8, length: 8, seed: seed)
            #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        }
    }
}

/// Makes operations on a machine, which belongs to the one thread that all of them are used by.
final class SimulationMaker: @unchecked Sendable {
    // Sendable: an exploration has one thread, and so has the machine.
    private let machine: SimulatedFileSystem

    init(_ machine: SimulatedFileSystem) { self.machine = machine }

    func make() -> SimulatedOperations { SimulatedOperations(on: machine) }
}
