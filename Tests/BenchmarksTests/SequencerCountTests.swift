import Pharaoh
import Randomness
import StorageFaults
import Synchronization
import Testing

@testable import Benchmarks

/// What `obelisk.guarantees` counts as what.
@Suite struct SequencerCountTests {
    /// Explores sequencers that `open` opens, given the number of the opening.
    private func count(
        _ open:
            @escaping (Int, SimulatedFileSystem, RepeatTally) throws(ObeliskError) ->
            SequencerTrial
    ) -> SequencerCount {
        let tally = RepeatTally()
        let openings = Atomic(0)
        var explorer = CrashExplorer<SequencerTrial>(alphabet: [.take(5)], promises: GivenOut()) {
            machine throws(ObeliskError) in
            try open(openings.add(1, ordering: .relaxed).oldValue, machine, tally)
        }
        explorer.exploreSequences(upTo: 1, draws: 1, seed: Seed(3))
        var count = SequencerCount()
        count.add(explorer.report, tally)
        return count
    }

    @Test func `a sequencer that keeps its word has nothing counted but crashes`() {
        let count = count { _, machine, tally throws(ObeliskError) in
            try SequencerTrial(.each, on: machine, tally)
        }
        #expect(count.repeated == 0 && count.failures == 0 && count.crashes > 10)
    }

    @Test func `one that does not open is no repeated value`() {
        let count = count { number, machine, tally throws(ObeliskError) in
            guard number < 4 else { throw .usedUp(path: "counter") }
            return try SequencerTrial(.each, on: machine, tally)
        }
        #expect(count.repeated == 0 && count.failures == 1)
    }

    @Test func `values that come twice are counted one by one`() {
        // Another file whenever it is opened: all begin with the same values.
        let count = count { number, machine, tally throws(ObeliskError) in
            try SequencerTrial(.each, on: machine, path: "counter\(number)", tally)
        }
        #expect(count.repeated >= 1 && count.failures == 0)
        var kills = SequencerCount()
        kills.add(kills: 7, repeated: 100)
        #expect(kills.repeated == 100 && kills.crashes == 7 && kills.failures == 0)
    }
}
