import Quantities
import Storage

/// Batches that will be written and synced together. Guarded by the engine's lock, but for `members`
/// while the group is being written: then they are its leader's alone.
final class SubmissionGroup {
    var members: [Submission] = []
    /// Bytes of their frames.
    var byteCount = 0
    /// Whether the members have their outcomes.
    var isDone = false
    /// Waited for by the members, other than the leader, until they have.
    let done = WaitCondition()
}

extension LogEngine where Operations: ~Copyable {
    /// Appends a batch, as durably as the log was opened for.
    func append(_ batch: RecordBatch, _ stamp: ProducerStamp?) throws(LogError) -> Appended {
        guard batch.count > 0 else { throw .emptyBatch }
        let submission = Submission(batch, stamp)
        let byteLimit = FrameHeader.longest - FrameHeader.size - 8
        guard batch.byteCount <= byteLimit, batch.count <= FrameHeader.mostRecords else {
            throw .batchTooLarge(
                bytes: batch.byteCount, records: batch.count, byteLimit: byteLimit,
                recordLimit: FrameHeader.mostRecords)
        }
        switch setting.options.durability {
        case .none: try commitAlone(submission, thenSync: false)
        case .each: try commitAlone(submission, thenSync: true)
        case .group: try commitInGroup(submission)
        }
        guard let outcome = submission.outcome else {
            preconditionFailure("a batch that was committed has no outcome")
        }
        return try outcome.get()
    }

    private func commitAlone(_ submission: Submission, thenSync: Bool) throws(LogError) {
        lock.lock()
        defer { lock.unlock() }
        while isCommitting { turn.wait(lock) }
        guard !isClosed, var core = core.take() else {
            throw .storage(.closed(path: setting.path))
        }
        isCommitting = true
        lock.unlock()
        commit([submission], thenSync: thenSync, &core)
        lock.lock()
        count([submission])
        endCommit(core)
    }

    /// Has the log take the members of a group, and gives each its outcome.
    private func commit(
        _ members: [Submission], thenSync: Bool, _ core: inout LogCore<Operations>
    ) {
        do throws(StorageError) {
            try core.append(members, thenSync: thenSync)
        } catch {
            for member in members { member.outcome = .failure(.storage(error)) }
        }
    }

    private func count(_ members: [Submission]) {
        counts.groups += 1
        for member in members {
            switch member.outcome {
            case .success(let appended) where appended.isDuplicate: counts.duplicates += 1
            case .success: counts.batches += 1
            default: counts.refused += 1
            }
        }
    }

    // MARK: - Groups

    private func commitInGroup(_ submission: Submission) throws(LogError) {
        lock.lock()
        defer { lock.unlock() }
        try awaitRoom(for: submission)
        let group = gathering
        group.members.append(submission)
        group.byteCount += submission.frameCount
        if group.members.count == 1 {
            lead(group)
        } else {
            if isComplete(group) { turn.broadcast() }
            while !group.isDone { group.done.wait(lock) }
        }
    }

    private func awaitRoom(for submission: Submission) throws(LogError) {
        while true {
            guard !isClosed else { throw .storage(.closed(path: setting.path)) }
            if let failure {
                throw .storage(.poisoned(path: setting.path, cause: failure))
            }
            let isFitting =
                gathering.byteCount + submission.frameCount
                <= Int(setting.options.groupCapacity.rawValue)
            // A group of one may be as large as need be.
            if gathering.members.isEmpty || isFitting { return }
            // The group is as full as it will get: its leader need not wait for more.
            waitingForRoom += 1
            turn.broadcast()
            room.wait(lock)
            waitingForRoom -= 1
        }
    }

    private func isComplete(_ group: SubmissionGroup) -> Bool {
        group.members.count >= callers || waitingForRoom > 0 || patience.limit == 0
            || isClosed
    }

    /// Commits `group`, which gathers now, when its turn comes and it is complete or out of time.
    private func lead(_ group: SubmissionGroup) {
        awaitTurn(of: group)
        guard var core = core.take() else {
            preconditionFailure("the log was closed while a group gathered")
        }
        isCommitting = true
        gathering = SubmissionGroup()
        if waitingForRoom > 0 { room.broadcast() }
        lock.unlock()
        let began = WaitCondition.Instant.after(0)
        commit(group.members, thenSync: true, &core)
        let ended = WaitCondition.Instant.after(0)
        lock.lock()
        patience.note(syncTook: ended - began)
        callers = group.members.count + gathering.members.count
        count(group.members)
        group.isDone = true
        endCommit(core)
        if group.members.count > 1 { group.done.broadcast() }
    }

    private func awaitTurn(of group: SubmissionGroup) {
        var deadline: WaitCondition.Instant?
        var isOver = false
        while true {
            if isCommitting {
                turn.wait(lock)
            } else if isComplete(group) || isOver {
                return
            } else {
                let limit = deadline ?? .after(patience.limit)
                deadline = limit
                isOver = !turn.wait(lock, until: limit)
            }
        }
    }
}
