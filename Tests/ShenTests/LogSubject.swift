import Quantities
import StateMachines
import Storage
import StorageFaults

@testable import Shen

/// What is asked of a log.
enum LogStep: Hashable, Sendable {
    /// A batch of so many records of so many bytes, not durable.
    case append(Int, bytes: Int)
    /// A batch of so many records of so many bytes, durable.
    case appendDurably(Int, bytes: Int)
    /// So many batches of one record in one write, not durable.
    case appendTogether(Int, bytes: Int)
    /// The next batch of a producer of which one is known, not durable.
    case produce(bytes: Int)
    /// The producer's last batch again, durable.
    case resend
    /// A batch of the producer that is not its next.
    case skip
    /// The first batch of the producer's next life.
    case restart
    /// The next batch of the life before.
    case haunt
    case sync
    /// Removes as many batches from the end.
    case truncate(batches: Int)
    /// Keeps so many bytes of segments.
    case retire(bytes: Int)
    /// Reads everything and compares it with what was appended.
    case read
    /// Somebody else opens the log, and appends if that succeeds.
    case intrude
}

/// A batch that was appended, and what was promised of it.
struct PromisedBatch: Hashable, Sendable {
    enum Fate: Hashable, Sendable {
        /// It may be there or not.
        case inDoubt
        /// It survives the process.
        case cached
        /// It survives the machine.
        case durable
        /// It is not there.
        case undone
    }

    let number: Int
    let count: Int
    let bytes: Int
    let stamp: ProducerStamp?
    var fate: Fate = .inDoubt
    /// Where it is, once that was told.
    var first: UInt64?

    /// The records.
    func batch() -> RecordBatch {
        var batch = RecordBatch(time: Moment(nanoseconds: Int64(number)))
        for index in 0..<count { batch.add(record(index).span) }
        return batch
    }

    /// A record says which it is, and all its bytes follow from that.
    func record(_ index: Int) -> [UInt8] {
        let head = [
            UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8),
            UInt8(truncatingIfNeeded: index), UInt8(truncatingIfNeeded: count),
        ]
        let fill = UInt8(truncatingIfNeeded: number &* 37 &+ index &* 11 &+ 1)
        return head + [UInt8](repeating: fill, count: bytes)
    }
}

/// What was promised of a log.
struct LogPromises: Sendable {
    /// All batches, in the order in which they were appended; undone ones among them.
    var batches: [PromisedBatch] = []
    /// The offsets that may be the oldest.
    var firsts: Set<UInt64> = [0]
    /// Set while what a truncation takes may be there or not, all of it or nothing.
    var mayBeCut: Set<Int> = []
    /// What was wrong while the log was in use.
    var broken: String?

    /// The producer's batches that count, those in doubt among them.
    var produced: [PromisedBatch] { batches.filter { $0.stamp != nil && $0.fate != .undone } }
}

/// A log on the simulated file system, over which small segments roll all the time.
struct LogSubject<Operations: FileOperations & ~Copyable>: CrashSubject, ~Copyable {
    typealias Operation = LogStep
    typealias Promises = LogPromises
    typealias Failure = StorageError

    private let engine: LogEngine<Operations>
    private let make: @Sendable () throws(StorageError) -> Operations
    private let mistake: ShenMistake?

    static func setting(
        _ mistake: ShenMistake?, growth: AppendFile.Growth, segmentSize: UInt64,
        _ make: @escaping @Sendable () throws(StorageError) -> Operations
    ) -> LogSetting<Operations> {
        var setting = LogSetting<Operations>(
            path: "log",
            options: SegmentedLog.Options(
                durability: .none, segmentSize: ByteCount(segmentSize), growth: growth,
                indexInterval: ByteCount(64), producerLimit: 4),
            make: make)
        setting.planted = mistake
        return setting
    }

    init(
        planting mistake: ShenMistake? = nil, growth: AppendFile.Growth = .exact,
        segmentSize: UInt64 = 400,
        _ make: @escaping @Sendable () throws(StorageError) -> Operations
    ) throws(StorageError) {
        engine = try LogEngine(
            Self.setting(mistake, growth: growth, segmentSize: segmentSize, make))
        self.make = make
        self.mistake = mistake
    }

    mutating func perform(_ operation: LogStep, _ ledger: Ledger<LogPromises>) {
        switch operation {
        case .append(let count, let bytes):
            append(count, bytes, stamp: nil, thenSync: false, ledger)
        case .appendDurably(let count, let bytes):
            append(count, bytes, stamp: nil, thenSync: true, ledger)
        case .appendTogether(let count, let bytes): appendTogether(count, bytes, ledger)
        case .produce, .resend, .skip, .restart, .haunt: produce(operation, ledger)
        case .sync:
            guard (try? engine.sync()) != nil else { return withdraw(ledger) }
            promiseAll(ledger)
        case .truncate(let batches): truncate(batches, ledger)
        case .retire(let bytes): retire(bytes, ledger)
        case .read:
            // A failed sync may have lost what was in the page cache alone.
            guard engine.failure == nil else { return }
            let complaint = compare(ledger.promises, after: nil)
            ledger.promises.broken = ledger.promises.broken ?? complaint
        case .intrude:
            // Two openers of one log overwrite each other, so the second must be refused.
            guard let other = try? LogSubject(planting: mistake, make) else { return }
            other.append(1, 64, stamp: nil, thenSync: true, ledger)
        }
    }

    // MARK: - Appending

    private func append(
        _ count: Int, _ bytes: Int, stamp: ProducerStamp?, thenSync: Bool,
        _ ledger: Ledger<LogPromises>
    ) {
        let place = ledger.promises.batches.count
        let promised = PromisedBatch(number: place, count: count, bytes: bytes, stamp: stamp)
        ledger.promises.batches.append(promised)
        do throws(LogError) {
            let appended = try submit(promised, thenSync)
            ledger.promises.batches[place].first = appended.first
            ledger.promises.batches[place].fate = .cached
            if thenSync { promiseAll(ledger) }
        } catch {
            if engine.failure == nil { ledger.promises.batches[place].fate = .undone }
            withdraw(ledger)
        }
    }

    private func appendTogether(_ count: Int, _ bytes: Int, _ ledger: Ledger<LogPromises>) {
        let place = ledger.promises.batches.count
        for number in place..<place + count {
            ledger.promises.batches.append(
                PromisedBatch(number: number, count: 1, bytes: bytes, stamp: nil))
        }
        let group = ledger.promises.batches[place...].map { Submission($0.batch(), nil) }
        let failure = engine.commitTogether(group)
        for (number, submission) in zip(place..., group) {
            if failure == nil, case .success(let appended) = submission.outcome {
                ledger.promises.batches[number].first = appended.first
                ledger.promises.batches[number].fate = .cached
            } else if engine.failure == nil {
                ledger.promises.batches[number].fate = .undone
            }
        }
        withdraw(ledger)
    }

    /// Appends by the log's core, since an engine appends everything in one way.
    private func submit(
        _ promised: PromisedBatch, _ thenSync: Bool
    ) throws(LogError) -> Appended {
        try engine.exclusively(closed: LogError.storage) { core throws(LogError) in
            let submission = Submission(promised.batch(), promised.stamp)
            try translating { () throws(StorageError) in
                try core.append([submission], thenSync: thenSync)
            }
            guard let outcome = submission.outcome else { preconditionFailure("no outcome") }
            return try outcome.get()
        }
    }

    private func produce(_ step: LogStep, _ ledger: Ledger<LogPromises>) {
        let produced = ledger.promises.produced
        // What is known of the producer where a batch is in doubt is in doubt as well.
        guard !produced.contains(where: { $0.fate == .inDoubt }) else { return }
        let last = produced.last
        let epoch = last?.stamp?.epoch ?? 1
        let next = last.map { ($0.stamp?.sequence ?? 0) + UInt64($0.count) } ?? 0
        let producer = ProducerID(7)
        switch step {
        case .produce(let bytes):
            let stamp = ProducerStamp(producer: producer, epoch: epoch, sequence: next)
            append(2, bytes, stamp: stamp, thenSync: false, ledger)
        case .restart:
            let stamp = ProducerStamp(producer: producer, epoch: epoch + 1, sequence: 0)
            append(1, 10, stamp: stamp, thenSync: true, ledger)
        case .skip:
            let stamp = ProducerStamp(producer: producer, epoch: epoch, sequence: next + 3)
            refuse(stamp, .gap(expected: next), ledger)
        case .haunt where epoch > 1:
            let stamp = ProducerStamp(producer: producer, epoch: epoch - 1, sequence: 0)
            refuse(stamp, .fenced(by: epoch), ledger)
        case .resend: if let last { resend(last, ledger) }
        default: break
        }
    }

    /// A batch that must not be stored.
    private func refuse(
        _ stamp: ProducerStamp, _ refusal: ProducerRefusal, _ ledger: Ledger<LogPromises>
    ) {
        guard engine.failure == nil else { return }
        let number = ledger.promises.batches.count
        var promised = PromisedBatch(number: number, count: 1, bytes: 5, stamp: stamp)
        promised.fate = .undone
        ledger.promises.batches.append(promised)
        do throws(LogError) {
            _ = try submit(promised, false)
            ledger.promises.broken = "\(stamp) was taken"
        } catch {
            guard error != .producer(refusal) else { return }
            ledger.promises.broken = "\(stamp) was refused for another reason: \(error)"
        }
    }

    private func resend(_ last: PromisedBatch, _ ledger: Ledger<LogPromises>) {
        // A batch that is stored a second time is seen by its number.
        do throws(LogError) {
            let appended = try submit(last, true)
            guard appended.isDuplicate, appended.first == last.first else {
                ledger.promises.broken = "what was sent again got \(appended), after \(last)"
                return
            }
            // What came behind it need not be durable for that.
            promiseAll(ledger, through: last.number)
        } catch {
            withdraw(ledger)
        }
    }

    // MARK: - Truncating and retiring

    private func truncate(_ count: Int, _ ledger: Ledger<LogPromises>) {
        guard engine.failure == nil else { return }
        let first = engine.currentView.first
        let there = ledger.promises.batches.filter {
            ($0.fate == .cached || $0.fate == .durable) && ($0.first ?? 0) >= first
        }
        let gone = there.suffix(count)
        guard let offset = gone.first?.first else { return }
        ledger.promises.mayBeCut = Set(gone.map(\.number))
        // A batch of a failed attempt may stand behind.
        do throws(LogError) {
            try engine.truncate(to: offset)
            promiseAll(ledger)
            for batch in gone { ledger.promises.batches[batch.number].fate = .undone }
            ledger.promises.mayBeCut = []
        } catch {
            if engine.failure == nil { ledger.promises.mayBeCut = [] }
            withdraw(ledger)
        }
    }

    private func retire(_ bytes: Int, _ ledger: Ledger<LogPromises>) {
        guard engine.failure == nil else { return }
        // Which segments go follows from their sizes; the newest never does.
        let view = engine.currentView
        ledger.promises.firsts.formUnion(view.entries.map(\.base))
        _ = try? engine.retire(LogRetention(bytes: ByteCount(UInt64(bytes))), now: 0)
        withdraw(ledger)
        if engine.failure == nil { ledger.promises.firsts = [engine.currentView.first] }
    }

    // MARK: - Promises

    private func promiseAll(_ ledger: Ledger<LogPromises>, through last: Int = .max) {
        for index in ledger.promises.batches.indices
        where index <= last && ledger.promises.batches[index].fate == .cached {
            ledger.promises.batches[index].fate = .durable
        }
    }

    /// After a failure that poisons nothing is known of what was not durable.
    private func withdraw(_ ledger: Ledger<LogPromises>) {
        guard engine.failure != nil else { return }
        Self.withdrawCached(ledger)
    }

    private static func withdrawCached(_ ledger: Ledger<LogPromises>) {
        for index in ledger.promises.batches.indices
        where ledger.promises.batches[index].fate == .cached {
            ledger.promises.batches[index].fate = .inDoubt
        }
    }

    consuming func close(_ ledger: Ledger<LogPromises>) {
        do throws(LogError) {
            try engine.close()
            promiseAll(ledger)
        } catch {
            Self.withdrawCached(ledger)
        }
    }
}

extension LogEngine where Operations: ~Copyable {
    /// Appends a group in one write; says what kept it from that.
    fileprivate func commitTogether(_ group: [Submission]) -> LogError? {
        do throws(LogError) {
            try exclusively(closed: LogError.storage) { core throws(LogError) in
                try translating { () throws(StorageError) in
                    try core.append(group, thenSync: false)
                }
            }
            return nil
        } catch {
            return error
        }
    }
}

/// What a log is held against.
extension LogSubject where Operations: ~Copyable {
    mutating func audit(_ promises: inout LogPromises, after crash: Crash) -> String? {
        if let complaint = promises.broken ?? compare(promises, after: crash) { return complaint }
        guard let found = try? contents() else { return "cannot be read a second time" }
        let there = Set(found.map(\.number))
        let first = engine.currentView.first
        for index in promises.batches.indices {
            var batch = promises.batches[index]
            let isRetired = (batch.first ?? .max) < first && batch.fate != .undone
            batch.fate = there.contains(batch.number) || isRetired ? .durable : .undone
            batch.first = found.first { $0.number == batch.number }?.first ?? batch.first
            promises.batches[index] = batch
        }
        promises.mayBeCut = []
        promises.firsts = [first]
        return nil
    }

    /// A batch as it was found.
    private struct Found {
        let number: Int
        let first: UInt64
    }

    /// What is wrong, if anything is; `crash` is nil where there was none.
    private func compare(_ promises: LogPromises, after crash: Crash?) -> String? {
        let found: [Found]
        do throws(LogError) {
            found = try contents()
        } catch .storage(.refused) where crash == nil {
            // A fault that was injected; a crash is audited without.
            return nil
        } catch {
            return "it cannot be read: \(error)"
        }
        let first = engine.currentView.first
        guard promises.firsts.contains(first) else {
            return "it begins with offset \(first), not with one of \(promises.firsts.sorted())"
        }
        return Self.orderComplaint(found, promises)
            ?? Self.presenceComplaint(found, promises, first, crash)
            ?? producersComplaint(found, promises, first)
    }

    private static func orderComplaint(_ found: [Found], _ promises: LogPromises) -> String? {
        var last = -1
        for batch in found {
            guard batch.number > last else {
                return "batch \(batch.number) is there twice or out of order, after \(last)"
            }
            guard batch.number < promises.batches.count else {
                return "batch \(batch.number) was never appended"
            }
            last = batch.number
            let promised = promises.batches[batch.number]
            if promised.fate == .undone { return "batch \(batch.number) was undone and is there" }
            if let first = promised.first, first != batch.first {
                return "batch \(batch.number) is at offset \(batch.first), not at \(first)"
            }
        }
        return nil
    }

    private static func presenceComplaint(
        _ found: [Found], _ promises: LogPromises, _ first: UInt64, _ crash: Crash?
    ) -> String? {
        let there = Set(found.map(\.number))
        let cut = promises.mayBeCut
        if !cut.isDisjoint(with: there), !cut.isSubset(of: there),
            promises.batches.allSatisfy({ !cut.contains($0.number) || $0.fate == .durable })
        {
            return "of the batches \(cut.sorted()), only a part was cut: \(there.sorted())"
        }
        for batch in promises.batches where !there.contains(batch.number) {
            // Retention may take what is below the oldest offset.
            if let offset = batch.first, offset < first { continue }
            if cut.contains(batch.number) { continue }
            switch batch.fate {
            case .durable: return "batch \(batch.number) was durable and is lost; \(there.sorted())"
            case .cached where crash?.isPowerCut != true:
                return "batch \(batch.number) was in the page cache and is lost; \(there.sorted())"
            default: break
            }
        }
        return nil
    }

    /// Whether what is known of the producer is what its batches say, those that were retired among them.
    private func producersComplaint(
        _ found: [Found], _ promises: LogPromises, _ first: UInt64
    ) -> String? {
        let there = Set(found.map(\.number))
        var expected = ProducerTable(limit: 4)
        var offset = first
        for batch in promises.batches {
            guard let stamp = batch.stamp, batch.fate != .undone else { continue }
            if let at = batch.first, at < first {
                expected.store(stamp, count: batch.count, at: at)
            } else if there.contains(batch.number) {
                offset = found.first { $0.number == batch.number }?.first ?? offset
                expected.store(stamp, count: batch.count, at: offset)
            }
        }
        let known = try? engine.exclusively(closed: LogError.storage) { core throws(LogError) in
            core.producers
        }
        guard known != expected else { return nil }
        return "of producers is known \(known?.entries ?? [:]), not \(expected.entries)"
    }

    /// All batches, each checked to be whole.
    private func contents() throws(LogError) -> [Found] {
        let view = engine.currentView
        var found: [Found] = []
        var records: [LogRecord] = []
        while view.first + UInt64(records.count) < view.end {
            let offset = view.first + UInt64(records.count)
            let more = try engine.records(from: offset, upTo: 1 << 20)
            for (index, record) in more.enumerated() {
                precondition(record.offset == offset + UInt64(index), "offsets with a gap")
            }
            records += more
        }
        var place = 0
        while place < records.count {
            let head = records[place].bytes.prefix(4).map(Int.init)
            let count = head.count == 4 ? head[3] : 0
            let number = head.count == 4 ? head[0] + head[1] << 8 : -1
            let bytes = records[place].bytes.count - 4
            let promised = PromisedBatch(number: number, count: count, bytes: bytes, stamp: nil)
            guard count > 0, place + count <= records.count,
                (0..<count).allSatisfy({ records[place + $0].bytes == promised.record($0) })
            else { return found + [Found(number: .max, first: records[place].offset)] }
            found.append(Found(number: number, first: records[place].offset))
            place += count
        }
        return found
    }
}
