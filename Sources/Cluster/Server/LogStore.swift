import Shen
import StateMachines
import Storage

/// Stores what a replica of a log is told, on a thread of its own, so that no file holds up the node's loop.
///
/// Records are made durable now and then, and before the replication protocol lets a state stand for them, which
/// waits for that: until then its own entries tell them again. Who tells much more than can be stored waits as
/// well, so that what is to be made durable then is never much. The node answers nobody meanwhile: where a
/// device takes longer for that than others bear a silence, they take it for dead for a while.
///
/// One thread, the node's loop, puts orders in, and has it `finish` at its end.
final class LogStore: @unchecked Sendable {
    /// What is to be done, in order.
    enum Order: Sendable {
        /// Stores a batch.
        case store(AgreedBatch)
        /// Everything that was agreed on up to this place has been told.
        case applied(through: UInt64)
        /// Makes everything durable, with the place that it reaches to.
        case keep(through: UInt64)
        /// Gives records to a replica that lacks them; in the place of an earlier such order for it that nobody
        /// has got to.
        case give(RecordDemand, to: NodeID)
        /// Stores records that another replica has given.
        case take(RecordCopy)
    }

    /// What came of it.
    enum Answer: Sendable {
        /// This is to be sent.
        case give(RecordCopy, to: NodeID)
        /// What was given is stored.
        case took(end: UInt64, PartitionImage?)
        /// Nothing is stored any more.
        case failed
    }

    /// How much was told, and is not durable.
    struct Backlog: Sendable {
        private(set) var batches = 0
        private(set) var bytes = 0

        mutating func add(_ order: Order) {
            guard case .store(let agreed) = order else { return }
            batches += 1
            bytes += agreed.batch.byteCount
        }

        mutating func subtract(_ other: Backlog) {
            batches -= other.batches
            bytes -= other.bytes
        }

        /// Whether it is time for a sync.
        var isWorthSyncing: Bool { batches >= 2_048 || bytes >= 4 << 20 }

        /// Whether who tells has to wait.
        var isFull: Bool { batches >= 8_192 || bytes >= 12 << 20 }
    }

    // Sendable: all that varies is used under `lock`, but for what only the thread has: `Life`.
    private let lock = WaitLock()
    private let changed = WaitCondition()
    private var orders: [Order] = []
    private var backlog = Backlog()
    /// How often everything was to be made durable, and was.
    private var keeps = (asked: 0, done: 0)
    private var isEnding = false
    private var problem: LogError?
    private var answer: (@Sendable (Answer) -> Void)?
    private var thread: WorkerThread?
    private let log: SegmentedLog
    private let part: Int
    private var copies = 0

    /// A store in `log`, which nobody else changes, and which its thread closes.
    ///
    /// - Parameter part: how many bytes of records are given to another replica at once.
    init(_ log: SegmentedLog, part: Int) { (self.log, self.part) = (log, part) }

    /// How often records were taken from other replicas, until none were missing.
    var copiesTaken: Int {
        lock.lock()
        defer { lock.unlock() }
        return copies
    }

    private var failure: LogError? {
        lock.lock()
        defer { lock.unlock() }
        return problem
    }

    /// Starts the thread.
    ///
    /// - Throws: `.storage` where there is no thread to be had.
    func begin() throws(LogError) {
        do throws(StorageError) {
            thread = try WorkerThread { [self] in run() }
        } catch {
            throw .storage(error)
        }
    }

    /// Has the thread tell `answer` what comes of orders; until then it waits where something does.
    func connect(_ answer: @escaping @Sendable (Answer) -> Void) {
        lock.lock()
        self.answer = answer
        changed.broadcast()
        lock.unlock()
    }

    /// Has an order done after all that came before it. Waits while too much is not durable.
    func put(_ order: Order) {
        lock.lock()
        while backlog.isFull && problem == nil && !isEnding { changed.wait(lock) }
        defer { lock.unlock() }
        guard problem == nil else { return }
        if case .give(_, let receiver) = order { removeGift(to: receiver) }
        orders.append(order)
        backlog.add(order)
        changed.broadcast()
    }

    private func removeGift(to receiver: NodeID) {
        orders.removeAll {
            if case .give(_, receiver) = $0 { true } else { false }
        }
    }

    /// Waits until everything that was told is durable, with the place that it reaches to.
    func keep(through place: UInt64) {
        put(.keep(through: place))
        lock.lock()
        defer { lock.unlock() }
        keeps.asked += 1
        let number = keeps.asked
        while keeps.done < number && problem == nil { changed.wait(lock) }
    }

    /// Has the thread do what is left, make everything durable, close the log, and end.
    func finish() {
        lock.lock()
        isEnding = true
        changed.broadcast()
        lock.unlock()
    }

    /// Waits until the thread has ended, and says what went wrong, if anything did.
    func awaitEnd() -> LogError? {
        thread?.join()
        return failure
    }

    private func run() {
        do throws(LogError) {
            var life = Life(log, part: part, applied: try log.image().place)
            while let taken = takeOrders() {
                for order in taken {
                    if let answer = try life.perform(order) { tell(answer) }
                    if let synced = life.takeSynced() { release(synced, isKept: order.isKeep) }
                }
            }
            try life.settle()
            try log.close()
        } catch {
            lock.lock()
            problem = error
            changed.broadcast()
            lock.unlock()
            // What failed first is what is told.
            try? log.close()
            tell(.failed)
        }
    }

    private func tell(_ what: Answer) {
        lock.lock()
        if case .took(_, .some) = what { copies += 1 }
        while answer == nil && !isEnding { changed.wait(lock) }
        let answer = answer
        lock.unlock()
        answer?(what)
    }

    /// All orders that there are, at least one; nil at the end.
    private func takeOrders() -> [Order]? {
        lock.lock()
        defer { lock.unlock() }
        while orders.isEmpty && !isEnding { changed.wait(lock) }
        guard !orders.isEmpty else { return nil }
        var taken: [Order] = []
        swap(&taken, &orders)
        return taken
    }

    private func release(_ synced: Backlog, isKept: Bool) {
        lock.lock()
        backlog.subtract(synced)
        if isKept { keeps.done += 1 }
        changed.broadcast()
        lock.unlock()
    }
}

extension LogStore {
    /// What the thread knows of the log.
    private struct Life {
        private let log: SegmentedLog
        /// How many bytes of records are given at once.
        private let part: Int
        /// Up to which place everything that was agreed on is stored.
        private var applied: UInt64
        private var unsynced = Backlog()
        private var synced: Backlog?
        /// Where the batch stands that a replica is given next.
        private var places: [NodeID: BatchPlace] = [:]

        init(_ log: SegmentedLog, part: Int, applied: UInt64) {
            self.log = log
            self.part = part
            self.applied = applied
        }

        mutating func perform(_ order: Order) throws(LogError) -> Answer? {
            switch order {
            case .store(let batch):
                try log.store(batch)
                unsynced.add(order)
                if unsynced.isWorthSyncing { try settle() }
            case .keep(let place):
                applied = max(applied, place)
                try settle()
            case .applied(let place): applied = max(applied, place)
            case .give(let demand, let receiver):
                // What cannot be read here another replica may have; who reads it here is told.
                let copy = try? log.copy(
                    for: demand, applied: applied, upTo: part, at: &places[receiver])
                return copy.map { .give($0, to: receiver) }
            case .take(let copy):
                let image = try log.take(copy)
                if let image { applied = max(applied, image.place) }
                return .took(end: log.offsets.upperBound, image)
            }
            return nil
        }

        /// Makes everything durable, with the place that it reaches to.
        mutating func settle() throws(LogError) {
            try log.note(place: applied)
            try log.sync()
            synced = unsynced
            unsynced = Backlog()
        }

        /// What has become durable since the last time, if something was made so.
        mutating func takeSynced() -> Backlog? { synced.take() }
    }
}

extension LogStore.Order {
    fileprivate var isKeep: Bool { if case .keep = self { true } else { false } }
}
