import Shen
import StateMachines
import Storage
import Synchronization

/// What passes between a node's loop and the thread of its journal.
final class JournalQueue<Record: Sendable>: @unchecked Sendable {
    // Sendable: all that varies is used under the lock, or is atomic.
    private let lock = WaitLock()
    private let changed = WaitCondition()
    private var waiting: [Record] = []
    private var ending: JournalEnding?
    private var failed: LogError?
    private let wake: @Sendable () -> Void

    private let done = Atomic<RecordPosition>(0)
    private let hasFailed = Atomic<Bool>(false)
    private let groupCount = Atomic<UInt64>(0)

    /// A queue whose loop `wake` wakes.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    // The loop's side.

    var stored: RecordPosition { done.load(ordering: .acquiring) }
    var groups: UInt64 { groupCount.load(ordering: .relaxed) }

    var failure: LogError? {
        guard hasFailed.load(ordering: .acquiring) else { return nil }
        lock.lock()
        defer { lock.unlock() }
        return failed
    }

    func put(_ records: inout [Record]) {
        lock.lock()
        if waiting.isEmpty { swap(&waiting, &records) } else { waiting += records }
        lock.unlock()
        changed.signal()
        records.removeAll(keepingCapacity: true)
    }

    func end(_ ending: JournalEnding) {
        lock.lock()
        self.ending = ending
        lock.unlock()
        changed.signal()
    }

    // The thread's side.

    /// Waits for records; nil where it has to end.
    func take() -> [Record]? {
        lock.lock()
        defer { lock.unlock() }
        while waiting.isEmpty && ending == nil { changed.wait(lock) }
        guard ending != .abrupt, !waiting.isEmpty else { return nil }
        var taken: [Record] = []
        swap(&taken, &waiting)
        return taken
    }

    /// Whether all that was put in is to be stored before the end.
    var isOrderly: Bool {
        lock.lock()
        defer { lock.unlock() }
        return ending != .abrupt
    }

    /// So many more records are stored.
    func publish(_ count: Int) {
        groupCount.wrappingAdd(1, ordering: .relaxed)
        // What the loop says next rests on it: it must not see the number before the sync is done.
        done.wrappingAdd(RecordPosition(count), ordering: .releasing)
        wake()
    }

    /// No more records are stored.
    func fail(_ error: LogError) {
        lock.lock()
        failed = error
        lock.unlock()
        hasFailed.store(true, ordering: .releasing)
        wake()
    }
}
