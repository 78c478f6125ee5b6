import Storage

/// A log that holds the records of a replica: the store behind a `ShenPartition`.
extension SegmentedLog {
    /// What the records come to, for a replica that goes on from them.
    ///
    /// What was appended and is lost by a power cut is told again by the replication protocol, as far as its
    /// own log reaches back. With `Durability.none` the shell must therefore `sync` before the protocol drops
    /// entries: before a `QuorumNode` is asked to compact, and more often than every
    /// `CompactionRule.keeping` or `ChainSettings.retained` entries where it does so by itself. Otherwise,
    /// when all replicas lose power at about the same time, records that were agreed on may be lost.
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

extension LogEngine where Operations: ~Copyable {
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
