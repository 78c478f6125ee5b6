import Storage
import StorageFaults

@testable import Pharaoh

/// What is asked of a sequencer.
enum SequencerStep: Hashable, Sendable {
    /// A value.
    case next
    /// So many values at once.
    case take(UInt64)
    /// Somebody else opens the counter, which must not succeed.
    case intrude
}

/// What was given out.
struct SequencerPromises: Sendable {
    var values: Set<UInt64> = []
    /// What was wrong at once.
    var complaint: String?

    /// Notes values that somebody was given.
    mutating func give(_ values: Range<UInt64>) {
        for value in values where !self.values.insert(value).inserted {
            complaint = complaint ?? "\(value) was given out twice"
        }
    }
}

/// A sequencer that is crashed.
struct SequencerSubject: CrashSubject, ~Copyable {
    typealias Operation = SequencerStep
    typealias Promises = SequencerPromises
    typealias Failure = ObeliskError

    /// What a careless sequencer does.
    enum Carelessness: CaseIterable {
        /// Values are given out before the file was extended beyond them.
        case givenOutBeforeExtended
        /// The first value after an opening is the last one that was reserved.
        case recoveredOneTooLow
        /// After an error, values are given out of memory.
        case wentOnAfterAnError
        /// The counter is what the marks say.
        case recoveredFromTheMark
        /// The counter is kept in memory, and written when it is closed.
        case keptInMemory
    }

    static var path: String { "counter" }

    private let source: ObeliskSource<DefectiveOperations>
    private let another: () -> DefectiveOperations
    private let carelessness: Carelessness?
    /// What a careless one counts with.
    private var memory: UInt64

    init(
        mode: ObeliskMode, carelessness: Carelessness? = nil,
        _ operations: @escaping () -> DefectiveOperations
    ) throws(ObeliskError) {
        let (source, memory) = try Self.source(mode, carelessness, operations())
        self.source = source
        self.memory = memory
        another = operations
        self.carelessness = carelessness
    }

    private static func source(
        _ mode: ObeliskMode, _ carelessness: Carelessness?,
        _ operations: consuming DefectiveOperations
    ) throws(ObeliskError) -> (ObeliskSource<DefectiveOperations>, memory: UInt64) {
        let file = try ObeliskFile(
            path: SequencerSubject.path, creation: .init(), operations: operations)
        let (reserved, marked) = (file.reserved, file.mark.reserved)
        let source = try ObeliskSource(file, mode: mode)
        return switch carelessness {
        case .recoveredOneTooLow: (source, max(reserved, 1) - 1)
        case .recoveredFromTheMark: (source, marked)
        default: (source, reserved)
        }
    }

    mutating func perform(_ operation: SequencerStep, _ ledger: Ledger<SequencerPromises>) {
        switch operation {
        case .next: take(1, ledger)
        case .take(let count): take(count, ledger)
        case .intrude:
            guard
                let other = try? SequencerSubject(mode: .each, carelessness: nil, another)
            else { return }
            ledger.promises.complaint = "two openers at once"
            other.close(ledger)
        }
    }

    private mutating func take(_ count: UInt64, _ ledger: Ledger<SequencerPromises>) {
        if carelessness != nil { return takeCarelessly(count, ledger) }
        do throws(ObeliskError) {
            let first = try count == 1 ? source.next() : source.take(count)
            ledger.promises.give(first..<first + count)
        } catch {}
    }

    private mutating func takeCarelessly(
        _ count: UInt64, _ ledger: Ledger<SequencerPromises>
    ) {
        let values = memory..<memory + count
        switch carelessness {
        case .givenOutBeforeExtended:
            ledger.promises.give(values)
            guard (try? source.take(count)) != nil else { return }
        case .keptInMemory: ledger.promises.give(values)
        case .wentOnAfterAnError:
            _ = try? source.take(count)
            ledger.promises.give(values)
        default:
            guard (try? source.take(count)) != nil else { return }
            ledger.promises.give(values)
        }
        memory = values.upperBound
    }

    mutating func audit(_ promises: inout SequencerPromises, after crash: Crash) -> String? {
        let ledger = Ledger(promises)
        let before = promises.values.count
        take(1, ledger)
        promises = ledger.promises
        if let complaint = promises.complaint { return complaint }
        return promises.values.count == before ? "it gives out nothing" : nil
    }

    consuming func close(_ ledger: Ledger<SequencerPromises>) { try? source.horizon.close() }
}
