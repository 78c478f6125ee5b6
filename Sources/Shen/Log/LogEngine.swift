import Quantities
import Storage

/// A log for many threads, over any file operations: appends share writes and syncs, and readers do not
/// wait for them.
///
/// There is no thread of its own. The first append of a group leads it: it waits until the group before is
/// done, holds the group back for company as long as `Durability.group` says, writes and syncs the group
/// in one step, and wakes the members, as Storage's group commit does. What a member gets is decided when
/// its group is written, in the order in which the members came: only then is it known which batches a
/// producer has sent before.
final class LogEngine<Operations: FileOperations & ~Copyable>: @unchecked Sendable {
    // Sendable: all that changes is guarded by `lock`, but for `core`, which belongs to the thread that
    // set `isCommitting` until it clears it, both under `lock`.

    let setting: LogSetting<Operations>
    let identity: LogIdentity
    let recovery: LogRecovery
    let readers: LogReaders<Operations>

    let lock = WaitLock()
    /// Signalled when `isCommitting` is cleared and when the gathering group may be complete.
    let turn = WaitCondition()
    /// Signalled when a new group gathers.
    let room = WaitCondition()
    /// Signalled when there is more to read, or nothing more will come.
    let news = WaitCondition()

    var core: LogCore<Operations>?
    var isCommitting = false
    var isClosed = false
    var gathering = SubmissionGroup()
    /// How many callers there were at once around the last group.
    var callers = 1
    /// How long the gathering group is held back for them.
    var patience: GroupPatience
    var waitingForRoom = 0
    /// How many readers wait for `turn`.
    var watchers = 0
    /// How many readers wait for news.
    var listeners = 0
    var view: LogView
    var cuts = CutHistory()
    var failure: StorageError?
    var counts = LogStatistics()

    /// Opens the log.
    init(_ setting: LogSetting<Operations>) throws(StorageError) {
        let directory = try LogDirectory(
            path: setting.path, creation: setting.options.creation,
            permissions: setting.options.permissions, make: setting.make)
        let opening = try LogOpening(setting, directory)
        let core = LogCore(setting, directory: directory, opening)
        self.setting = setting
        if case .group(let maxDelay) = setting.options.durability {
            patience = GroupPatience(maxDelay)
        } else {
            patience = .none
        }
        identity = core.manifest.log
        recovery = core.recovery
        readers = try LogReaders(setting, log: core.manifest.log)
        view = core.view
        self.core = consume core
    }

    /// Runs `body` on the log while nobody else does.
    func exclusively<Value, Failure: Error>(
        closed: (StorageError) -> Failure,
        _ body: (inout LogCore<Operations>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        lock.lock()
        defer { lock.unlock() }
        while isCommitting { turn.wait(lock) }
        guard !isClosed, var core = core.take() else { throw closed(.closed(path: setting.path)) }
        isCommitting = true
        lock.unlock()
        let result: Result<Value, Failure>
        do throws(Failure) {
            result = .success(try body(&core))
        } catch {
            result = .failure(error)
        }
        lock.lock()
        endCommit(core)
        return try result.get()
    }

    /// Lets the next one have the log. Called with the lock held.
    func endCommit(_ core: consuming LogCore<Operations>) {
        let before = view
        view = core.view
        failure = core.failure
        counts.syncs = core.syncs
        counts.segments = view.entries.count
        self.core = consume core
        isCommitting = false
        // Where all who wait want the same, one is enough to wake; but one who finds the log closed does
        // not take its turn, and the closer must not be missed.
        switch setting.options.durability {
        case .none, .each: if isClosed || watchers > 0 { turn.broadcast() } else { turn.signal() }
        case .group: turn.broadcast()
        }
        if listeners > 0, view.end != before.end || view.first != before.first { news.broadcast() }
    }

    /// Makes all that was appended durable.
    func sync() throws(LogError) {
        try exclusively(closed: LogError.storage) { core throws(LogError) in
            try translating { () throws(StorageError) in try core.sync() }
        }
    }

    /// Removes old segments.
    func retire(_ policy: LogRetention, now: Int64) throws(LogError) -> Int {
        let count = try exclusively(closed: LogError.storage) { core throws(LogError) in
            try translating { () throws(StorageError) in try core.retire(policy, now: now) }
        }
        readers.close(missingFrom: currentView)
        return count
    }

    /// Removes all records from `offset` on.
    func truncate(to offset: UInt64) throws(LogError) {
        try exclusively(closed: LogError.storage) { core throws(LogError) in
            guard offset >= core.first else { throw .offsetTooOld(first: core.first) }
            guard offset <= core.end else { throw .offsetBeyondEnd(end: core.end) }
            let isCut = offset < core.end
            do throws(LogCore<Operations>.CutFailure) {
                try core.truncate(to: offset)
            } catch {
                switch error {
                case .insideBatch(let first, let count):
                    throw .insideBatch(first: first, count: count)
                case .storage(let cause): throw .storage(cause)
                }
            }
            if isCut { note(cutTo: offset) }
        }
        readers.close(missingFrom: currentView)
    }

    /// Tells those who read behind `offset` that the log ends there. Called by who has the log.
    private func note(cutTo offset: UInt64) {
        lock.lock()
        cuts.note(offset)
        lock.unlock()
    }

    /// The log as readers see it now.
    var currentView: LogView { locked { view } }

    func locked<Value>(_ body: () -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }

    /// Lets the appends under way finish, refuses new ones, makes everything durable and closes the files.
    func close() throws(LogError) {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw .storage(.closed(path: setting.path)) }
        isClosed = true
        turn.broadcast()
        room.broadcast()
        news.broadcast()
        while isCommitting || !gathering.members.isEmpty { turn.wait(lock) }
        readers.closeAll()
        guard let core = core.take() else { return }
        do throws(StorageError) {
            try core.close()
        } catch {
            throw .storage(error)
        }
    }
}

/// Where a log was cut, for those who read it meanwhile.
struct CutHistory: Sendable {
    /// The cuts that no later one went below, by number; their offsets go up.
    private var cuts: [(number: UInt64, offset: UInt64)] = []
    /// How many cuts there were.
    private(set) var count: UInt64 = 0

    /// Notes that the log was cut to `offset`.
    mutating func note(_ offset: UInt64) {
        count += 1
        while let last = cuts.last, last.offset >= offset { cuts.removeLast() }
        cuts.append((count, offset))
    }

    /// The lowest offset that the log was cut to after its first `seen` cuts; `nil` where it was not.
    func lowest(after seen: UInt64) -> UInt64? { cuts.first { $0.number > seen }?.offset }
}

/// What a log has done since it was opened.
public struct LogStatistics: Hashable, Sendable {
    /// How many segments there are.
    public internal(set) var segments = 0
    /// How many groups of appends were written; without group commit, how many appends.
    public internal(set) var groups: UInt64 = 0
    /// How many batches were stored.
    public internal(set) var batches: UInt64 = 0
    /// How many batches were answered as duplicates.
    public internal(set) var duplicates: UInt64 = 0
    /// How many batches were refused or failed.
    public internal(set) var refused: UInt64 = 0
    /// How often the kernel was asked to sync data.
    public internal(set) var syncs: UInt64 = 0
}
