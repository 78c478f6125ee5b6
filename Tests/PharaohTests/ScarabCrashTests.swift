import Randomness
import Storage
import StorageFaults
import Testing

@testable import Pharaoh

/// Generators of IDs that are crashed wherever they can be, on a simulated file system and with a
/// clock that goes on, or is set back, while they are down.
@Suite struct ScarabCrashTests {
    private func explorer(
        _ alphabet: [ScarabStep], defect: PlantedDefect? = nil,
        carelessness: ScarabSubject.Carelessness? = nil, isShared: Bool = false
    ) -> CrashExplorer<ScarabSubject> {
        CrashExplorer(alphabet: alphabet, promises: ScarabPromises()) {
            machine throws(ScarabError) in
            try ScarabSubject(carelessness: carelessness, isShared: isShared) {
                DefectiveOperations(defect, on: machine)
            }
        }
    }

    private static let short: [ScarabStep] = [.make(2), .step(1), .step(-3), .step(200)]
    private static let long: [ScarabStep] = [
        .make(1), .make(3), .make(9000), .step(1), .step(-1), .step(70), .step(-300), .step(2000),
        .step(-2000), .replace, .intrude,
    ]

    @Test(arguments: [false, true])
    func `no ID comes twice, whatever is crashed after whichever step`(isShared: Bool) {
        var explorer = explorer(Self.short, isShared: isShared)
        explorer.exploreSequences(upTo: CrashBudget.length(2), draws: 1, seed: Seed(31))
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 500)
    }

    @Test func `no ID comes twice, whichever step fails`() {
        var explorer = explorer(Self.short)
        explorer.exploreFaults(upTo: CrashBudget.length(1), seed: Seed(32))
        #expect(explorer.report.finding == nil)
        #expect(explorer.report.crashes > 500)
    }

    @Test(arguments: [false, true])
    func `no ID comes twice in a life of many crashes`(isShared: Bool) {
        var explorer = explorer(Self.long, isShared: isShared)
        explorer.exploreLives(CrashBudget.times(10), crashes: 5, length: 6, seed: Seed(33))
        #expect(explorer.report.finding == nil)
    }

    @Test(arguments: ScarabSubject.Carelessness.allCases)
    func `a planted defect of a generator is found`(carelessness: ScarabSubject.Carelessness) {
        // More IDs than a millisecond has are needed for one of them, and slow down the others.
        let alphabet =
            carelessness == .cutNumber ? [.make(9000)] : Self.long.filter { $0 != .make(9000) }
        var explorer = explorer(alphabet, carelessness: carelessness)
        explorer.exploreLives(200, crashes: 5, length: 5, seed: Seed(43))
        #expect(explorer.report.finding != nil, "in \(explorer.report.crashes) crashes")
    }

    /// A sync that failed and is made again is none: a size is brought to the device with the next.
    @Test(arguments: [
        PlantedDefect.directoryNeverSynced, .acknowledgedBeforeSync, .failedSyncIgnored,
        .lockIgnored,
    ])
    func `a planted defect of the operations is found`(defect: PlantedDefect) {
        var explorer = explorer(Self.short + [.step(-150), .intrude], defect: defect)
        explorer.exploreSequences(upTo: 2, draws: 2, seed: Seed(41))
        explorer.exploreFaults(upTo: 2, seed: Seed(42))
        #expect(explorer.report.finding != nil, "in \(explorer.report.crashes) crashes")
    }
}
