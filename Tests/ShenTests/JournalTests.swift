import Glibc
import Quantities
import Randomness
import StateMachines
import Storage
import StorageFaults
import TestSupport
import Testing

@testable import Shen

/// A record that says which it is, and how long it is.
struct NumberedRecord: JournalRecord, Hashable {
    let number: UInt32
    let count: Int

    func encode(into bytes: inout [UInt8]) {
        bytes.append(number: number)
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: Int(number) &+ index)) }
    }

    init?(journal bytes: Swift.Span<UInt8>) {
        guard bytes.count >= 4 else { return nil }
        self.init(bytes.number(UInt32.self, at: 0), bytes.count - 4)
        var whole: [UInt8] = []
        encode(into: &whole)
        guard whole == [UInt8](bytes) else { return nil }
    }

    init(_ number: UInt32, _ count: Int) { (self.number, self.count) = (number, count) }
}

/// What is asked of a journal.
enum JournalStep: Hashable, Sendable {
    case append(Int, bytes: Int)
    case sync
    /// The records that there are, but for every other one.
    case checkpoint
}

/// What was promised of a journal.
struct JournalPromises: Sendable {
    /// The records that stand, in order, by the batches in which they were appended.
    var batches: [[NumberedRecord]] = []
    /// How many of the batches survive the machine, and the process.
    var durable = 0
    var cached = 0
    /// What may stand in the place of all: the records of a checkpoint that is being made.
    var next: [NumberedRecord]?
    var count: UInt32 = 0
}

/// A journal on the simulated file system.
struct JournalSubject: CrashSubject, ~Copyable {
    typealias Operation = JournalStep
    typealias Promises = JournalPromises
    typealias Failure = StorageError

    private var journal: JournalCore<NumberedRecord, SimulatedOperations>
    private let found: [NumberedRecord]

    init(planting mistake: ShenMistake? = nil, _ maker: SimulationMaker) throws(StorageError) {
        var setting = LogSetting<SimulatedOperations>(
            path: "log",
            options: SegmentedLog.Options(
                durability: .none, segmentSize: ByteCount(700), growth: .exact)
        ) { () throws(StorageError) in maker.make() }
        setting.planted = Planted(mistake)
        var found: [NumberedRecord] = []
        journal = try JournalCore(setting, recovered: &found)
        self.found = found
    }

    mutating func perform(_ operation: JournalStep, _ ledger: Ledger<JournalPromises>) {
        do throws(StorageError) {
            switch operation {
            case .append(let count, let bytes):
                guard journal.failure == nil else { return }
                let first = ledger.promises.count
                let batch = (0..<count).map { NumberedRecord(first + UInt32($0), bytes) }
                ledger.promises.count += UInt32(count)
                ledger.promises.batches.append(batch)
                do throws(StorageError) {
                    try journal.append(batch)
                } catch {
                    if journal.failure == nil { ledger.promises.batches.removeLast() }
                    throw error
                }
                ledger.promises.cached = ledger.promises.batches.count
            case .sync:
                guard try journal.sync() == journal.position else { return }
                ledger.promises.durable = ledger.promises.batches.count
            case .checkpoint: try checkpoint(ledger)
            }
        } catch {
            if journal.failure != nil { ledger.promises.cached = ledger.promises.durable }
        }
    }

    private mutating func checkpoint(
        _ ledger: Ledger<JournalPromises>
    ) throws(StorageError) {
        guard journal.failure == nil else { return }
        let all = ledger.promises.batches.flatMap { $0 }
        let kept = all.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        guard !kept.isEmpty else { return }
        ledger.promises.next = kept
        do throws(StorageError) {
            try journal.checkpoint(kept)
        } catch {
            // Whether it was written is not known where only the old files could not be retired.
            throw error
        }
        ledger.promises.batches = [kept]
        ledger.promises.durable = 1
        ledger.promises.cached = 1
        ledger.promises.next = nil
    }

    mutating func audit(_ promises: inout JournalPromises, after crash: Crash) -> String? {
        let least = crash.isPowerCut ? promises.durable : promises.cached
        let isOld = (least...max(least, promises.batches.count)).contains { count in
            promises.batches.prefix(count).flatMap { $0 } == found
        }
        // Behind a checkpoint that was reported as failed, appends may have followed.
        let isNew = promises.next.map { found.starts(with: $0) } ?? false
        guard isOld || isNew else {
            return "found \(found.map(\.number)), not \(promises.batches.map { $0.map(\.number) }) "
                + "or \(promises.next?.map(\.number) ?? [])"
        }
        promises.batches = [found]
        (promises.durable, promises.cached, promises.next) = (1, 1, nil)
        return nil
    }

    consuming func close(_ ledger: Ledger<JournalPromises>) {
        if (try? journal.close()) != nil {
            ledger.promises.durable = ledger.promises.cached
        } else {
            ledger.promises.cached = ledger.promises.durable
        }
    }
}

/// The disk of a state machine.
@Suite struct JournalTests {
    private static let alphabet: [JournalStep] = [
        .append(1, bytes: 40), .append(3, bytes: 200), .sync, .checkpoint,
    ]

    private func explorer(
        planting mistake: ShenMistake? = nil, blocks: UInt64? = nil
    ) -> CrashExplorer<JournalSubject> {
        var start = FileSystemState()
        start.limits.blocks = blocks
        return CrashExplorer(
            alphabet: Self.alphabet, promises: JournalPromises(), start: start
        ) { machine throws(StorageError) in
            try JournalSubject(planting: mistake, SimulationMaker(machine))
        }
    }

    @Test func `records come back in order, as far as a sync or more, wherever it crashes`() {
        let seed = CrashBudget.seed()
        var explorer = explorer()
        explorer.exploreSequences(upTo: 3, draws: 1, seed: seed)
        explorer.exploreFaults(upTo: CrashBudget.isTorture ? 2 : 1, seed: seed)
        explorer.exploreLives(CrashBudget.times(50), crashes: 8, length: 12, seed: seed)
        #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
    }

    @Test func `on a device that is soon full no durable record is lost either`() {
        let seed = CrashBudget.seed()
        for blocks: UInt64 in [3, 4, 6] {
            var explorer = explorer(blocks: blocks)
            explorer.exploreLives(CrashBudget.times(30), crashes: 8, length: 12, seed: seed)
            #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        }
    }

    @Test(arguments: [ShenMistake.supersededDroppedEarly, .acknowledgedBeforeSync])
    func `a checkpoint that is trusted too early is found`(mistake: ShenMistake) {
        var explorer = explorer(planting: mistake)
        explorer.exploreLives(2000, crashes: 8, length: 10, seed: Seed(1))
        #expect(explorer.report.finding != nil, "in \(explorer.report.crashes) crashes")
    }

    @Test func `positions count the records of a life, and syncs say how far they are durable`()
        throws
    {
        let place = TemporaryDirectory()
        var recovered: [NumberedRecord] = [NumberedRecord(9, 9)]
        var journal = try ReplicaJournal<NumberedRecord>(
            path: place.file("journal"), recovered: &recovered)
        #expect(recovered.isEmpty && journal.position == 0)
        try journal.append([NumberedRecord(0, 1), NumberedRecord(1, 0)])
        try journal.append([])
        #expect(journal.position == 2 && journal.durable == 0)
        #expect(try journal.sync() == 2)
        try journal.append([NumberedRecord(2, 5000)])
        #expect(journal.durable == 2)
        try journal.close()

        journal = try ReplicaJournal(path: place.file("journal"), recovered: &recovered)
        #expect(recovered == [NumberedRecord(0, 1), NumberedRecord(1, 0), NumberedRecord(2, 5000)])
        #expect(journal.position == 0)
        try journal.checkpoint([NumberedRecord(2, 5000)])
        try journal.append([NumberedRecord(3, 3)])
        #expect(try journal.sync() == 1)
        try journal.close()
        _ = try ReplicaJournal<NumberedRecord>(path: place.file("journal"), recovered: &recovered)
        #expect(recovered == [NumberedRecord(2, 5000), NumberedRecord(3, 3)])
    }

    @Test func `a checkpoint takes up less room than what it stands for`() throws {
        let place = TemporaryDirectory()
        var recovered: [NumberedRecord] = []
        var journal = try ReplicaJournal<NumberedRecord>(
            path: place.file("journal"), segmentSize: .kibibytes(64), growth: .exact,
            recovered: &recovered)
        for number in 0..<200 { try journal.append([NumberedRecord(UInt32(number), 4000)]) }
        #expect(journal.byteCount > .kibibytes(700))
        try journal.checkpoint([NumberedRecord(199, 4000)])
        #expect(journal.byteCount < .kibibytes(5))
        #expect(TemporaryDirectory.names(in: place.file("journal")).count <= 4)
    }

    @Test func `what no journal of these records wrote is refused`() throws {
        let place = TemporaryDirectory()
        let log = try SegmentedLog(path: place.file("journal"), options: .init(durability: .none))
        try log.append(RecordBatch([7, 7].span, time: Moment(nanoseconds: 0)))
        try log.close()
        var recovered: [NumberedRecord] = []
        #expect(throws: LogError.self) {
            _ = try ReplicaJournal<NumberedRecord>(
                path: place.file("journal"), recovered: &recovered)
        }
    }
}
