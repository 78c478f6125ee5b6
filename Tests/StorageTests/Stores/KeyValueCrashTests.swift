import Glibc
import Quantities
import Randomness
import StorageFaults
import TestSupport
import Testing

@testable import Storage

/// A key-value store that crashes wherever it can.
@Suite struct KeyValueCrashTests {
    private let alphabet: [StoreStep] = [
        .put("a", 1), .put("a", 90), .put("b", 40), .delete("a"), .batch, .compact,
        .compactBeside(.begun), .compactBeside(.copied), .compactBeside(.published), .intrude,
    ]
    private static let seed = Seed(0x5106)

    /// Operations that closures may hold: a test has one thread.
    private struct Machine: @unchecked Sendable {
        // Sendable: nothing leaves the test's thread.
        let files: SimulatedFileSystem
        var window: DefectWindow?
    }

    private func explorer(
        _ durability: Durability, growth: AppendFile.Growth = .exact,
        alphabet: [StoreStep]? = nil, limits: FileSystemLimits = FileSystemLimits(),
        cipher: TestCipher? = nil
    ) -> CrashExplorer<KeyValueSubject<SimulatedOperations>> {
        var start = FileSystemState()
        start.limits = limits
        return CrashExplorer(
            alphabet: alphabet ?? self.alphabet, promises: StorePromises(), start: start
        ) { machine throws(StorageError) in
            let machine = Machine(files: machine)
            return try KeyValueSubject(durability, growth: growth, cipher: cipher) {
                _ throws(StorageError) in SimulatedOperations(on: machine.files)
            }
        }
    }

    @Test func `no acknowledged change is lost and no half batch seen, wherever it crashes`() {
        var explorer = explorer(.each, alphabet: [.put("a", 90), .batch, .compact])
        explorer.exploreSequences(upTo: CrashBudget.length(2), draws: 1, seed: Self.seed)
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 1000)
    }

    @Test func `the same holds when a step of the file system fails`() {
        var explorer = explorer(.each, alphabet: [.batch])
        explorer.exploreFaults(upTo: 1, seed: Self.seed)
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 500)
    }

    @Test(arguments: [Durability.none, .each, .group(maxDelay: .zero)])
    func `the same holds in lives of many crashes and failures`(durability: Durability) {
        var explorer = explorer(
            durability, growth: .zeroFilled(step: ByteCount(1024)),
            alphabet: alphabet + [.sync, .put("c", 200)])
        explorer.exploreLives(CrashBudget.times(20), crashes: 5, length: 6, seed: Self.seed)
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 50)
    }

    @Test func `the same holds on a device that is soon full`() {
        for blocks: UInt64 in [4, 5, 6, 8] {
            var limits = FileSystemLimits()
            limits.blocks = blocks
            var explorer = explorer(.each, limits: limits)
            explorer.exploreLives(CrashBudget.times(8), crashes: 4, length: 8, seed: Self.seed)
            #expect(explorer.report.finding == nil)
        }
    }

    @Test func `the same holds where the cache shows what a failed sync has lost`() {
        var limits = FileSystemLimits()
        limits.evictsFailedPages = false
        for durability in [Durability.none, .each] {
            var explorer = explorer(durability, alphabet: alphabet + [.sync], limits: limits)
            explorer.exploreLives(CrashBudget.times(15), crashes: 5, length: 6, seed: Self.seed)
            #expect(explorer.report.finding == nil)
        }
    }

    @Test func `no nonce is used twice, whatever crashes or fails`() {
        let cipher = TestCipher(3)
        var explorer = explorer(.each, cipher: cipher)
        explorer.exploreLives(CrashBudget.times(15), crashes: 4, length: 6, seed: Self.seed)
        #expect(explorer.report.finding == nil)
        #expect(cipher.nonces.withLock { $0.count } > 50)
    }

    /// Stores with a mistake in the operations under them.
    private func explorer(
        _ defect: PlantedDefect, _ durability: Durability, alphabet: [StoreStep]? = nil,
        limits: FileSystemLimits = FileSystemLimits()
    ) -> CrashExplorer<KeyValueSubject<DefectiveOperations>> {
        var start = FileSystemState()
        start.limits = limits
        return CrashExplorer(
            alphabet: alphabet ?? self.alphabet, promises: StorePromises(), start: start
        ) { machine throws(StorageError) in
            let machine = Machine(files: machine, window: DefectWindow())
            return try KeyValueSubject(durability, window: machine.window) {
                _ throws(StorageError) in
                DefectiveOperations(defect, on: machine.files, in: machine.window)
            }
        }
    }

    @Test(arguments: [
        PlantedDefect.directoryNeverSynced, .acknowledgedBeforeSync, .syncedBeforeWritten,
        .failedSyncIgnored, .failedSyncRetried, .interruptionTakenForSuccess, .fullDiskIgnored,
        .replacedInTwoSteps, .shortWriteTakenForWhole, .lockIgnored,
    ])
    func `a mistake in the file operations is found`(defect: PlantedDefect) {
        var explorer = explorer(defect, .each)
        explorer.exploreLives(1000, crashes: 5, length: 6, seed: Self.seed)
        #expect(explorer.report.finding != nil, "\(defect) in \(explorer.report.crashes) crashes")
    }

    @Test func `a compaction that does not sync what supersedes its originals is found`() {
        let steps: [StoreStep] = [.batch, .compactBeside(.begun)]
        var careless = explorer(.replacedBeforeSync, .none, alphabet: steps)
        careless.exploreSequences(upTo: 2, draws: 1, seed: Self.seed)
        #expect(careless.report.finding != nil, "in \(careless.report.crashes) crashes")
        var careful = explorer(.none, alphabet: steps)
        careful.exploreSequences(upTo: 2, draws: 1, seed: Self.seed)
        #expect(careful.report.finding == nil)
    }

    @Test func `a recovery that takes what the cache shows for what the device has is found`() {
        var limits = FileSystemLimits()
        limits.evictsFailedPages = false
        var explorer = explorer(.shownTakenForWritten, .each, limits: limits)
        explorer.exploreLives(2000, crashes: 6, length: 4, seed: Self.seed)
        #expect(explorer.report.finding != nil, "in \(explorer.report.crashes) crashes")
    }

    @Test(arguments: [1, Int.max])
    func `an end that is none, since a read failed there, is not cut off`(times: Int) throws {
        let machine = StoreMachine()
        let store = try machine.keyValueStore()
        for key in ["a", "b", "c"] { try store.put(key, key) }
        machine.files.crash(.kill)
        let left = machine.files.state
        var refusals = 0
        for passes in 0..<8 {
            let files = SimulatedFileSystem(left)
            files.faults.inject(
                .error(ErrorNumber(code: EIO)), on: .read, after: passes, times: times)
            let careless = Machine(files: files)
            do throws(StorageError) {
                _ = try KeyValueSubject(.each) { _ throws(StorageError) in
                    DefectiveOperations(.readErrorTakenForEnd, on: careless.files)
                }
            } catch {
                refusals += 1
            }
            files.faults.heal()
            files.crash(.kill)
            let model = try StoreMachine(files).keyValueStore().model()
            #expect(model == ["a": "a", "b": "b", "c": "c"], "after \(passes) reads")
        }
        #expect(refusals > 2)
    }
}
