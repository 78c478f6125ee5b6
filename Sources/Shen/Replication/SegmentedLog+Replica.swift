import StateMachines
import Storage

/// A log that holds the records of a replica: the store behind a `ShenPartition`.
extension SegmentedLog {
    /// What the records come to, for a replica that goes on from them.
    ///
    /// What was stored and is lost by a power cut is told again by the replication protocol, as far as its
    /// own log reaches back. So that no record is lost, the protocol must drop no entry before the records up
    /// to it are durable here: `note` the place and `sync` before a `QuorumNode` is asked to compact, and do
    /// not ask one that is behind. A protocol that compacts by itself (`CompactionRule`,
    /// `ChainSettings.compaction`) has to keep more entries than are ever between two such notes, and than a
    /// replica ever is behind.
    ///
    /// - Throws: `.storage` with `.closed`.
    public func image() throws(LogError) -> PartitionImage { try engine.image() }

    /// Stores what replicas have agreed on. A batch that is here already, as one that is told again after a
    /// restart may be, is left as it is.
    ///
    /// - Throws: `.storage` with `.store` and `.mismatch` where the batch is not the next one, which a
    ///   replica's never is not; what `append` throws.
    public func store(_ agreed: AgreedBatch) throws(LogError) { try engine.store(agreed) }
}

extension SegmentedLog {
    /// Notes that everything agreed on up to `place` is stored, as `ShenPartition.Event.applied` says it;
    /// durable with the next `sync`. Without a note, `image` knows the place of the last batch alone.
    public func note(place: UInt64) throws(LogError) { try engine.note(place: place) }
}

/// What a replica that lacks records is given, and does with it.
extension SegmentedLog {
    /// What stands here of what is wanted: at least one batch, and of more no more than have `limit` bytes. Nil
    /// where this log has not come so far, or retention has removed what is wanted. O(bytes) where reading
    /// goes on at `place`, otherwise O(bytes of a segment).
    ///
    /// - Parameters:
    ///   - applied: the place up to which everything that was agreed on is stored here.
    ///   - place: where the last call ended; nil for the first one.
    package func copy(
        for demand: RecordDemand, applied: UInt64, upTo limit: Int, at place: inout BatchPlace?
    ) throws(LogError) -> RecordCopy? {
        try engine.copy(for: demand, applied: applied, upTo: limit, at: &place)
    }

    /// Stores a copy, and gives the image of the log, durable, where nothing is missing any more.
    ///
    /// - Throws: as `store`.
    package func take(_ copy: RecordCopy) throws(LogError) -> PartitionImage? {
        try engine.take(copy)
    }
}

extension LogEngine where Operations: ~Copyable {
    /// Notes a place, in a frame without records.
    func note(place: UInt64) throws(LogError) {
        try exclusively(closed: LogError.storage) { core throws(LogError) in
            guard place > core.mark else { return }
            var batch = RecordBatch(time: Moment(nanoseconds: .min))
            batch.mark = place
            let submission = Submission(batch, nil)
            try translating { () throws(StorageError) in
                try core.append([submission], thenSync: false)
            }
        }
    }

    /// What the records come to.
    func image() throws(LogError) -> PartitionImage {
        try exclusively(closed: LogError.storage) { core throws(LogError) in
            PartitionImage(place: core.mark, end: core.end, producers: core.producers.bytes)
        }
    }

    /// Appends what replicas have agreed on, where they have agreed that it is.
    func store(_ agreed: AgreedBatch) throws(LogError) {
        let (place, end) = try exclusively(closed: LogError.storage) { core throws(LogError) in
            (core.mark, core.end)
        }
        guard agreed.place > place else { return }
        guard agreed.first == end else {
            throw .storage(
                .store(
                    path: setting.path,
                    .mismatch(why: "a batch of offset \(agreed.first) behind \(end) records")))
        }
        let appended = try append(agreed.batch, agreed.stamp)
        guard appended.first == agreed.first, !appended.isDuplicate else {
            throw .storage(
                .store(
                    path: setting.path,
                    .mismatch(
                        why: "a batch of offset \(agreed.first) is there at \(appended.first)")))
        }
    }
}
