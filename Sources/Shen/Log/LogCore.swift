import StateMachines
import Storage
import Synchronization

/// The log's rules, for one thread at a time: appending, rolling, truncating, retiring.
///
/// A log is a list of segments, which the manifest names. A segment is written by one opening of the log,
/// from its beginning on, and never again once something else was: what opening or truncation leaves of
/// it is written in the manifest, and the next append begins another segment, under a salt of its own. So
/// whatever a crash brings back of an earlier life of a file or of a block fails by its checksum, and a
/// truncation is one step, the manifest's.
///
/// The order of syncs when a segment is begun: its header, its name (the directory), then the manifest
/// that refers to it (synced, renamed, directory synced); only then a frame. A file that the manifest
/// does not name therefore never held a record that anybody was told of, whatever it shows after a crash,
/// and is removed; a file that it names has a header, or it is damaged.
///
/// Invariants: only the last entry of `manifest` is open, and `writer` writes it; `published` names the
/// same files but for a last one without records, and calls the last one open that has any; `durableEnd` ≤
/// `end`; every record below `durableEnd` is on the device.
struct LogCore<Operations: FileOperations & ~Copyable>: ~Copyable {
    let setting: LogSetting<Operations>
    let directory: LogDirectory<Operations>
    /// The segments as they are.
    var manifest: LogManifest
    /// The segments as the device has them.
    var published: LogManifest
    var writer: SegmentWriter<Operations>?
    /// Where some of the growing segment's frames are.
    var index: SharedIndex?
    var producers: ProducerTable
    /// The offset that the next record gets.
    var end: UInt64
    /// The mark of the last batch; 0 where there is none.
    var mark: UInt64
    /// Everything below this offset is durable.
    var durableEnd: UInt64
    /// Why it takes no more writes, once it does not.
    var failure: StorageError?
    /// What opening found.
    let recovery: LogRecovery
    private var scratch: [UInt8] = []
    private var buffer = IOBuffer(capacity: 64 << 10)
    /// How many syncs of data there were in segments that are complete.
    var earlierSyncs: UInt64 = 0

    /// Takes over what opening found.
    init(
        _ setting: LogSetting<Operations>, directory: consuming LogDirectory<Operations>,
        _ opened: LogOpening<Operations>
    ) {
        self.setting = setting
        self.directory = directory
        manifest = opened.manifest
        published = opened.published
        producers = opened.producers
        recovery = opened.report
        end = opened.manifest.entries.last?.end ?? opened.manifest.first
        durableEnd = end
        mark = opened.report.mark
    }

    /// The oldest offset.
    var first: UInt64 { manifest.first }
    /// How often the kernel was asked to sync data.
    var syncs: UInt64 { earlierSyncs + (writer?.syncs ?? 0) }

    /// Refuses a log that an earlier failure has poisoned.
    func checkUsable() throws(StorageError) {
        if let failure { throw .poisoned(path: setting.path, cause: failure) }
    }

    // MARK: - Appending

    /// Appends the batches of a group, those that are their producers' next, in one write, durably if
    /// `thenSync`, and gives each its outcome.
    ///
    /// - Throws: What kept the group from being written; none of it is in the log then, though after a
    ///   crash it may be.
    mutating func append(_ group: [Submission], thenSync: Bool) throws(StorageError) {
        try checkUsable()
        let plan = plan(group)
        if !plan.accepted.isEmpty {
            try makeSegmentReady()
            try write(plan, thenSync: thenSync)
        } else if thenSync, plan.answered > durableEnd, !setting.has(.duplicateAnsweredEarly) {
            // The first ones of what is sent again may have been written and not synced.
            try sync()
        }
        for (submission, outcome) in zip(group, plan.outcomes) { submission.outcome = outcome }
    }

    /// What a group comes to if it can be written.
    private struct Plan {
        var outcomes: [Result<Appended, LogError>] = []
        /// The batches to be written, in order.
        var accepted: [Submission] = []
        /// What is known of their producers then.
        var changed: [ProducerID: ProducerTable.Entry] = [:]
        /// The log's end then.
        var end: UInt64
        /// The highest offset that an answer speaks of.
        var answered: UInt64 = 0
    }

    private func plan(_ group: [Submission]) -> Plan {
        var plan = Plan(end: end)
        for submission in group {
            let count = submission.batch.count
            switch verdict(on: submission, plan) {
            case .new:
                if let stamp = submission.stamp {
                    plan.changed[stamp.producer] = ProducerTable.entry(
                        after: plan.changed[stamp.producer] ?? producers.entries[stamp.producer],
                        storing: stamp, count: count, at: plan.end)
                }
                plan.outcomes.append(
                    .success(Appended(first: plan.end, count: count, isDuplicate: false)))
                plan.accepted.append(submission)
                plan.end += UInt64(count)
            case .duplicate(let first):
                plan.outcomes.append(
                    .success(Appended(first: first, count: count, isDuplicate: true)))
                plan.answered = max(plan.answered, first + UInt64(count))
            case .refused(let refusal):
                plan.outcomes.append(.failure(.producer(refusal)))
            }
        }
        return plan
    }

    private func verdict(on submission: Submission, _ plan: Plan) -> ProducerVerdict {
        guard let stamp = submission.stamp else { return .new }
        let verdict = ProducerTable.verdict(
            of: plan.changed[stamp.producer] ?? producers.entries[stamp.producer], on: stamp,
            count: submission.batch.count)
        switch verdict {
        case .duplicate where setting.has(.duplicateStoredTwice): return .new
        case .refused(.gap) where setting.has(.gapAccepted): return .new
        case .refused(.fenced) where setting.has(.fencedProducerHeard): return .new
        default: return verdict
        }
    }

    /// Writes the accepted batches as frames.
    private mutating func write(_ plan: Plan, thenSync: Bool) throws(StorageError) {
        guard let writer else { preconditionFailure("no segment to write to") }
        let start = writer.length
        encode(plan.accepted, for: writer)
        var frames = buffer.take()
        if frames.capacity < scratch.count { frames = IOBuffer(capacity: scratch.count) }
        frames.removeAll()
        frames.append(scratch.span)
        do throws(StorageError) {
            let syncs = thenSync && !setting.has(.acknowledgedBeforeSync)
            try writer.append(&frames, thenSync: syncs)
        } catch {
            buffer = frames
            noteFailure()
            throw error
        }
        buffer = frames
        if thenSync && setting.has(.acknowledgedBeforeSync) { writer.claimDurable() }
        var (offset, position) = (end, start)
        for submission in plan.accepted {
            index?.note(first: offset, at: position)
            offset += UInt64(submission.batch.count)
            position += UInt64(submission.frameCount)
            writer.newest = max(writer.newest, submission.batch.time.nanoseconds)
        }
        end = plan.end
        mark = plan.accepted.last?.batch.mark ?? mark
        if thenSync { durableEnd = end }
        producers.merge(plan.changed)
    }

    /// Makes frames of the batches in `scratch`.
    private mutating func encode(
        _ accepted: [Submission], for writer: SegmentWriter<Operations>
    ) {
        scratch.removeAll(keepingCapacity: true)
        var offset = end
        for submission in accepted {
            let (batch, place) = (submission.batch, scratch.count)
            writer.number += 1
            var header = FrameHeader(batch, stamp: submission.stamp)
            header.first = offset
            header.durable = writer.durable
            header.number = writer.number
            header.append(to: &scratch)
            scratch.append(contentsOf: batch.content)
            scratch.pad(from: place)
            let sum = ContentHash.of(
                scratch.span.extracting(place + 8..<scratch.count),
                at: writer.length + UInt64(place), salt: setting.frameSalt(writer.header.salt))
            scratch.put(sum, at: place)
            offset += UInt64(batch.count)
        }
    }

    /// Takes over what the growing segment says of a failure.
    mutating func noteFailure() {
        guard !setting.has(.failedSyncForgotten) else { return }
        failure = failure ?? writer?.failure
    }

    /// Makes everything that was appended durable.
    mutating func sync() throws(StorageError) {
        try checkUsable()
        // A note has no record, and is to be durable as well.
        guard let writer, writer.durable < writer.length else { return durableEnd = end }
        do throws(StorageError) {
            try writer.sync()
        } catch {
            noteFailure()
            throw error
        }
        durableEnd = end
    }

    /// Makes everything durable, says so in the manifest, and closes the files.
    consuming func close() throws(StorageError) {
        guard failure == nil, writer != nil else { return }
        try seal()
        // Whichever manifest the device has then: opening finds the same end by a scan.
        try? publish(manifest)
    }
}

/// The sparse index of the segment that grows: one thread adds to it while others look.
final class SharedIndex: Sendable {
    private let index: Mutex<SparseIndex>

    init(interval: UInt64) { index = Mutex(SparseIndex(interval: interval)) }

    /// Notes a frame, which lies behind all that were noted.
    func note(first: UInt64, at position: UInt64) {
        index.withLock { $0.note(first: first, at: position) }
    }

    /// The last noted frame that begins with `offset` or before.
    func frame(before offset: UInt64) -> SparseIndex.Entry? {
        index.withLock { $0.frame(before: offset) }
    }

    /// What was noted so far.
    var snapshot: SparseIndex { index.withLock { $0 } }
}
