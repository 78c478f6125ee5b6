import Pharaoh
import Storage
import StorageFaults
import Synchronization

/// What a trial asks of a sequencer.
enum SequencerOrder: Hashable, Sendable {
    case next
    case take(UInt64)
}

/// What was given out, and whether any of it came twice.
struct GivenOut: Sendable {
    private(set) var values: Set<UInt64> = []
    private(set) var repeated = 0

    mutating func give(_ given: Range<UInt64>) {
        for value in given where !values.insert(value).inserted { repeated += 1 }
    }
}

/// The most values that came twice in any of the trials of an exploration.
final class RepeatTally: Sendable {
    private let count = Atomic(0)

    var most: Int { count.load(ordering: .relaxed) }

    func note(_ repeated: Int) { count.max(repeated, ordering: .relaxed) }
}

/// What explorations of sequencers came to.
struct SequencerCount {
    /// Values that were given out a second time.
    private(set) var repeated = 0
    /// Explorations that ended because something else was wrong: a sequencer that does not open.
    private(set) var failures = 0
    /// Crashes that were made.
    private(set) var crashes = 0

    /// Counts an exploration, which ends with the first thing that it finds.
    mutating func add(_ report: CrashReport, _ tally: RepeatTally) {
        crashes += report.crashes
        repeated += tally.most
        if report.finding != nil && tally.most == 0 { failures += 1 }
    }

    /// Counts processes that were killed.
    mutating func add(kills: Int, repeated: Int) {
        crashes += kills
        self.repeated += repeated
    }
}

/// The engine's sequencer on a simulated file system, for crashes after each of its steps.
struct SequencerTrial: CrashSubject, ~Copyable {
    typealias Operation = SequencerOrder
    typealias Promises = GivenOut
    typealias Failure = ObeliskError

    private let source: ObeliskSource<SimulatedOperations>
    private let tally: RepeatTally

    /// A sequencer whose file is at `path`, and which tells `tally` of values that came twice.
    init(
        _ mode: ObeliskMode, on machine: SimulatedFileSystem, path: String = "counter",
        _ tally: RepeatTally
    ) throws(ObeliskError) {
        source = try ObeliskSource(
            ObeliskFile(
                path: path, creation: ObeliskCreation(),
                operations: SimulatedOperations(on: machine)), mode: mode)
        self.tally = tally
    }

    mutating func perform(_ operation: SequencerOrder, _ ledger: StorageFaults.Ledger<GivenOut>) {
        let count: UInt64
        switch operation {
        case .next: count = 1
        case .take(let wanted): count = wanted
        }
        // An error promises nothing.
        guard let first = try? source.take(count) else { return }
        ledger.promises.give(first..<first + count)
    }

    mutating func audit(_ promises: inout GivenOut, after crash: Crash) -> String? {
        let ledger = StorageFaults.Ledger(promises)
        perform(.next, ledger)
        promises = ledger.promises
        tally.note(promises.repeated)
        return promises.repeated > 0 ? "a value came twice" : nil
    }

    consuming func close(_ ledger: StorageFaults.Ledger<GivenOut>) {
        try? source.horizon.close()
    }
}
