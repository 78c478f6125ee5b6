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
    /// Notes a mark, without a record.
    case note
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
        batch.mark = UInt64(number) + 1
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
    /// The last mark that survives the process, and the last that survives the machine.
    var cachedMark: UInt64 = 0
    var durableMark: UInt64 = 0
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

    let engine: LogEngine<Operations>
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
        setting.planted = Planted(mistake)
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
        case .note: note(ledger)
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
            ledger.promises.cachedMark = UInt64(place) + 1
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
                ledger.promises.cachedMark = UInt64(number) + 1
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

    /// A note takes a number, as a batch does, so that marks go up.
    private func note(_ ledger: Ledger<LogPromises>) {
        let place = ledger.promises.batches.count
        var number = PromisedBatch(number: place, count: 1, bytes: 0, stamp: nil)
        number.fate = .undone
        ledger.promises.batches.append(number)
        if (try? engine.note(place: UInt64(place) + 1)) != nil {
            ledger.promises.cachedMark = UInt64(place) + 1
        }
        withdraw(ledger)
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
        (ledger.promises.cachedMark, ledger.promises.durableMark) = (0, 0)
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
        if last == .max { ledger.promises.durableMark = ledger.promises.cachedMark }
    }

    /// After a failure that poisons nothing is known of what was not durable.
    private func withdraw(_ ledger: Ledger<LogPromises>) {
        guard engine.failure != nil else { return }
        Self.withdrawCached(ledger)
    }

    private static func withdrawCached(_ ledger: Ledger<LogPromises>) {
        ledger.promises.cachedMark = ledger.promises.durableMark
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
