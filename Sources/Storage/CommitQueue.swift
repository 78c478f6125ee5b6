import Quantities

/// What a queue commits to: a file, or what a store makes of several.
protocol CommitLog: ~Copyable {
    /// Where it is.
    var path: String { get }
    /// Where the next append goes.
    var length: UInt64 { get }
    /// Why it takes no more writes, once it does not.
    var failure: StorageError? { get }
    /// How often the kernel was asked to sync data.
    var syncs: UInt64 { get }

    /// Appends `bytes`, durably if `thenSync`, and returns where they begin.
    mutating func append(_ bytes: Span<UInt8>, thenSync: Bool) throws(StorageError) -> UInt64
    /// Appends what `buffer` holds, durably if `thenSync`, and returns where it begins.
    mutating func append(
        contentsOf buffer: inout IOBuffer, thenSync: Bool
    ) throws(StorageError) -> UInt64
    /// Makes all that was appended durable.
    mutating func sync() throws(StorageError)
    /// Closes it, whatever is thrown.
    consuming func close() throws(StorageError)
}

extension AppendLog: CommitLog where Operations: ~Copyable {}

/// Lets many threads append to one log, and lets them share syncs (group commit).
///
/// There is no thread of its own. The first append of a group leads it: it waits until the group
/// before is done, holds the group back for company as long as `GroupPatience` says, writes and
/// syncs the group's bytes in one step, and wakes the members. A thread that has just led comes
/// back without having slept and leads again, so that under load the device never waits for a
/// thread to wake up.
///
/// The idea is as old as Gawlick and Kinkade, "Varieties of concurrency control in IMS/VS Fast
/// Path" (1985); the number of callers to wait for, rather than a fixed delay, is this queue's own.
final class CommitQueue<Log: CommitLog & ~Copyable>: @unchecked Sendable {
    // Sendable: all that changes is guarded by `lock`, but for `log`, which belongs to the thread
    // that set `isCommitting` until it clears it, both under `lock`.

    private let lock = WaitLock()
    /// Signalled when `isCommitting` is cleared and when the gathering group may be complete.
    private let turn = WaitCondition()
    /// Signalled when a new group gathers.
    private let room = WaitCondition()

    private let durability: Durability
    private let groupCapacity: Int

    private var log: Log?
    private var isCommitting = false
    private var gathering: CommitGroup
    private var spare: CommitGroup?
    /// How many callers there were at once around the last group.
    private var callers = 1
    /// How long the gathering group is held back for them.
    private var patience: GroupPatience
    private var waitingForRoom = 0
    private var isClosed = false

    private let path: String
    private var length: UInt64
    private var failure: StorageError?
    private var counts = CommitStatistics()

    /// A queue before `log`, whose groups hold up to `groupCapacity` bytes.
    init(log: consuming Log, durability: Durability, groupCapacity: Int) {
        precondition(groupCapacity > 0, "a group of \(groupCapacity) bytes")
        if case .group(let delay) = durability {
            patience = GroupPatience(delay)
        } else {
            patience = .none
        }
        self.durability = durability
        self.groupCapacity = groupCapacity
        path = log.path
        length = log.length
        gathering = CommitGroup(capacity: groupCapacity)
        self.log = consume log
    }

    /// Appends `bytes`, as durably as the queue was made for, and returns where they begin.
    func append(_ bytes: Span<UInt8>) throws(StorageError) -> UInt64 {
        switch durability {
        case .none:
            try exclusively { log throws(StorageError) in try log.append(bytes, thenSync: false) }
        case .each:
            try exclusively { log throws(StorageError) in try log.append(bytes, thenSync: true) }
        case .group: try appendInGroup(bytes)
        }
    }

    /// Makes all that was appended durable.
    func sync() throws(StorageError) {
        try exclusively { log throws(StorageError) in try log.sync() }
    }

    /// Lets the appends under way finish, and closes the file.
    func close() throws(StorageError) {
        lock.lock()
        defer { lock.unlock() }
        guard !isClosed else { throw .closed(path: path) }
        isClosed = true
        turn.broadcast()
        room.broadcast()
        while isCommitting || gathering.members > 0 { turn.wait(lock) }
        guard let log = log.take() else { return }
        try log.close()
    }

    /// A copy of the counts.
    var statistics: CommitStatistics { locked { counts } }

    /// What the file holds, without appends under way.
    var committedLength: UInt64 { locked { length } }

    /// What poisoned the file, if anything did.
    var poison: StorageError? { locked { failure } }

    /// Whether closing has begun: new appends are refused.
    var isClosing: Bool { locked { isClosed } }

    private func locked<Value>(_ body: () -> Value) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }
}

/// The group's life: gathered under the lock, committed outside it.
extension CommitQueue where Log: ~Copyable {
    private func appendInGroup(_ bytes: Span<UInt8>) throws(StorageError) -> UInt64 {
        let (group, position, isLeader) = try join(bytes)
        if isLeader { lead(group) } else { group.done.wait() }
        guard let outcome = group.outcome else { preconditionFailure("a group without outcome") }
        if group.leave() {
            lock.lock()
            group.reset()
            spare = group
            lock.unlock()
        }
        return try outcome.get() + UInt64(position)
    }

    /// Stages an append in the group that gathers. Who leads it holds the lock after this.
    private func join(
        _ bytes: Span<UInt8>
    ) throws(StorageError) -> (group: CommitGroup, position: Int, isLeader: Bool) {
        lock.lock()
        do throws(StorageError) {
            try awaitRoom(for: bytes.count)
        } catch {
            lock.unlock()
            throw error
        }
        let group = gathering
        let position = group.stage(bytes)
        counts.waiting += 1
        let isLeader = group.members == 1
        // While a group is being committed, its end is what the leader waits for.
        let isAwaited = !isLeader && !isCommitting && isComplete(group)
        if !isLeader { lock.unlock() }
        if isAwaited { turn.broadcast() }
        return (group, position, isLeader)
    }

    private func awaitRoom(for count: Int) throws(StorageError) {
        while true {
            guard !isClosed else { throw .closed(path: path) }
            if let failure { throw .poisoned(path: path, cause: failure) }
            if gathering.hasRoom(for: count) { return }
            // The group is as full as it will get: its leader need not wait for more.
            waitingForRoom += 1
            turn.broadcast()
            room.wait(lock)
            waitingForRoom -= 1
        }
    }

    private func isComplete(_ group: CommitGroup) -> Bool {
        group.members >= callers || waitingForRoom > 0 || patience.limit == 0 || isClosed
    }

    /// Commits `group`, which gathers now, when its turn comes and it is complete or out of time, and has its
    /// members go on. Called with the lock held, which is given up.
    private func lead(_ group: CommitGroup) {
        let isDelayed = awaitTurn(of: group)
        isCommitting = true
        gathering = spare.take() ?? CommitGroup(capacity: groupCapacity)
        if waitingForRoom > 0 { room.broadcast() }
        lock.unlock()
        let began = WaitCondition.Instant.after(0)
        let outcome = commit(group)
        let ended = WaitCondition.Instant.after(0)
        lock.lock()
        patience.note(syncTook: ended - began)
        callers = group.members + gathering.members
        counts.note(group, isDelayed: isDelayed, outcome: outcome)
        counts.waiting -= group.members
        group.outcome = outcome
        endCommit()
        lock.unlock()
        group.done.open()
    }

    /// Waits until `group` may be committed; `true` when it had to be without being complete.
    private func awaitTurn(of group: CommitGroup) -> Bool {
        var deadline: WaitCondition.Instant?
        var isOver = false
        while true {
            if isCommitting {
                turn.wait(lock)
            } else if isComplete(group) || isOver {
                return !isComplete(group)
            } else {
                let limit = deadline ?? .after(patience.limit)
                deadline = limit
                isOver = !turn.wait(lock, until: limit)
            }
        }
    }

    /// Writes and syncs the group. Called by its leader, who has set `isCommitting`.
    private func commit(_ group: CommitGroup) -> Result<UInt64, StorageError> {
        do throws(StorageError) {
            guard
                let start = try log?.append(contentsOf: &group.buffer, thenSync: true)
            else { return .failure(.closed(path: path)) }
            return .success(start)
        } catch {
            return .failure(error)
        }
    }

    /// Runs `body` on the log while nobody else does.
    func exclusively<Value>(
        _ body: (inout Log) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        lock.lock()
        defer { lock.unlock() }
        while isCommitting { turn.wait(lock) }
        guard !isClosed, var log = log.take() else { throw .closed(path: path) }
        isCommitting = true
        lock.unlock()
        let result: Result<Value, StorageError>
        do throws(StorageError) {
            result = .success(try body(&log))
        } catch {
            result = .failure(error)
        }
        lock.lock()
        self.log = consume log
        endCommit()
        return try result.get()
    }

    /// Lets the next one have the file. Called with the lock held.
    private func endCommit() {
        length = log?.length ?? length
        counts.syncs = log?.syncs ?? counts.syncs
        failure = log?.failure
        isCommitting = false
        // Under `none` and `each` all who wait want the same, so one is enough; but one who finds
        // the file closed does not take its turn, and the closer must not be missed.
        switch durability {
        case .none, .each: if isClosed { turn.broadcast() } else { turn.signal() }
        case .group: turn.broadcast()
        }
    }
}
