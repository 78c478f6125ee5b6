import Quantities
import Randomness
import Storage
import StorageFaults
import Testing

@testable import Pharaoh

/// Sequencers that are crashed wherever they can be, on a simulated file system.
@Suite struct ObeliskCrashTests {
    static let modes: [ObeliskMode] = [.each, .group(maxDelay: nil), .reserve(.values(3))]

    private func explorer(
        _ mode: ObeliskMode, defect: PlantedDefect? = nil,
        carelessness: SequencerSubject.Carelessness? = nil
    ) -> CrashExplorer<SequencerSubject> {
        CrashExplorer(
            alphabet: [.next, .take(2), .intrude], promises: SequencerPromises()
        ) { machine throws(ObeliskError) in
            try SequencerSubject(mode: mode, carelessness: carelessness) {
                DefectiveOperations(defect, on: machine)
            }
        }
    }

    /// Alone, each value is synced in a group as it is without.
    @Test(arguments: [modes[0], modes[2]])
    func `no value comes twice, whatever is crashed after whichever step`(
        mode: ObeliskMode
    ) {
        var explorer = explorer(mode)
        explorer.exploreSequences(upTo: CrashBudget.length(2), draws: 1, seed: Seed(11))
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 200)
    }

    @Test(arguments: [modes[0], modes[2]])
    func `no value comes twice, whichever step fails`(mode: ObeliskMode) {
        var explorer = explorer(mode)
        explorer.exploreFaults(upTo: CrashBudget.length(1), seed: Seed(12))
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 200)
    }

    @Test(arguments: modes)
    func `no value comes twice in a life of many crashes`(mode: ObeliskMode) {
        var explorer = explorer(mode)
        explorer.exploreLives(CrashBudget.times(30), crashes: 6, length: 8, seed: Seed(13))
        #expect(explorer.report.finding == nil)
    }

    /// A sync that failed and is made again is no defect here: a size belongs to the inode, which the
    /// kernel brings to the device with the next sync, and data are only in the marks.
    @Test(arguments: [
        PlantedDefect.directoryNeverSynced, .acknowledgedBeforeSync, .failedSyncIgnored,
        .lockIgnored,
    ])
    func `a planted defect of the operations is found`(defect: PlantedDefect) {
        #expect(found(explorer(.each, defect: defect)))
    }

    @Test(arguments: SequencerSubject.Carelessness.allCases)
    func `a planted defect of the sequencer is found`(
        carelessness: SequencerSubject.Carelessness
    ) {
        #expect(found(explorer(.each, carelessness: carelessness)))
    }

    private func found(_ explorer: CrashExplorer<SequencerSubject>) -> Bool {
        var explorer = explorer
        explorer.exploreSequences(upTo: 2, draws: 1, seed: Seed(21))
        explorer.exploreFaults(upTo: 2, seed: Seed(22))
        explorer.exploreLives(200, crashes: 4, length: 6, seed: Seed(23))
        return explorer.report.finding != nil
    }
}
