import Pharaoh
import Storage
import StorageFaults

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

/// The engine's sequencer on a simulated file system, for crashes after each of its steps.
struct SequencerTrial: CrashSubject, ~Copyable {
    typealias Operation = SequencerOrder
    typealias Promises = GivenOut
    typealias Failure = ObeliskError

    private let source: ObeliskSource<SimulatedOperations>

    init(_ mode: ObeliskMode, on machine: SimulatedFileSystem) throws(ObeliskError) {
        source = try ObeliskSource(
            ObeliskFile(
                path: "counter", creation: ObeliskCreation(),
                operations: SimulatedOperations(on: machine)), mode: mode)
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
        return promises.repeated > 0 ? "a value came twice" : nil
    }

    consuming func close(_ ledger: StorageFaults.Ledger<GivenOut>) {
        try? source.horizon.close()
    }
}
