import Synchronization

/// A thread's view of a `SnapshotCell`.
///
/// One thread uses it at a time; it may be handed to another. Between reads it keeps the snapshot
/// that it read last pinned: a thread that will not read for a while calls `leave`, so that the
/// snapshot can be freed when it is replaced.
///
/// `@unchecked Sendable`: the slot is only this reader's to set, and the reader is noncopyable.
@safe public struct SnapshotReader<Snapshot: ~Copyable & Sendable>: ~Copyable, @unchecked Sendable {
    @usableFromInline let cell: SnapshotCell<Snapshot>
    private let slot: UnsafeMutablePointer<ReaderSlot>
    /// What the slot announces.
    @usableFromInline var pinned: SnapshotCell<Snapshot>.Box?

    init(of cell: SnapshotCell<Snapshot>, slot: UnsafeMutablePointer<ReaderSlot>) {
        self.cell = cell
        unsafe self.slot = slot
    }

    deinit {
        unpin()
        // Release: pairs with the acquire of the reader that claims the slot next.
        unsafe slot.pointee.isClaimed.store(false, ordering: .releasing)
    }

    /// Calls `body` with the latest snapshot, which stays the same and alive throughout.
    ///
    /// While nothing is published this costs one load and one comparison, on lines that all
    /// readers share unchanged; the first read after a publication announces the new snapshot and
    /// may free the old one.
    @inlinable @inline(__always)
    public mutating func read<Result: ~Copyable, Failure: Error>(
        _ body: (borrowing Snapshot) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Relaxed: if it is the pinned box, `pin` has acquired its contents, and otherwise will.
        // Equal addresses are the same snapshot: a pinned one is not freed, so its address cannot
        // have come back.
        var box = unsafe cell.current.load(ordering: .relaxed)
        if unsafe box != pinned { unsafe box = pin() }
        // Sound: the slot announces the box, so nobody frees it before the slot changes, which only
        // this reader does.
        return try unsafe body(box.pointee.snapshot)
    }

    /// Lets go of the snapshot that was read last; the next read pins the latest again.
    public mutating func leave() {
        unpin()
        unsafe pinned = nil
    }

    /// Replaces the latest snapshot by one that `change` makes from it. See `SnapshotCell.update`.
    public mutating func update<Failure: Error>(
        _ change: (borrowing Snapshot) throws(Failure) -> Snapshot
    ) throws(Failure) {
        while true {
            let box = unsafe pin()
            let next = try unsafe change(box.pointee.snapshot)
            if unsafe cell.replace(box, with: next) { return }
        }
    }

    /// Announces the latest snapshot and returns its box.
    @usableFromInline @inline(never)
    mutating func pin() -> SnapshotCell<Snapshot>.Box {
        // Relaxed: only a guess, which the load below confirms or corrects.
        var box = unsafe cell.current.load(ordering: .relaxed)
        while true {
            // Sequentially consistent, this store and the load after it: pairs with the writer's
            // exchange of `current` and its look at the slots after that. If the load still finds
            // the box, the exchange comes later and the look finds the announcement. The load is
            // also the acquire to the release of that exchange, for the snapshot's contents; the
            // store also the release to the look's acquire, for the reads of the one before.
            unsafe slot.pointee.pinned.store(
                UInt(bitPattern: box), ordering: .sequentiallyConsistent)
            let latest = unsafe cell.current.load(ordering: .sequentiallyConsistent)
            if unsafe latest == box { break }
            unsafe box = latest
        }
        unsafe pinned = box
        cell.readerHasLeft()
        return unsafe box
    }

    private func unpin() {
        // Sequentially consistent: see `readerHasLeft`. Release: pairs with the writer's look at
        // the slots, so that all reads precede the freeing.
        unsafe slot.pointee.pinned.store(0, ordering: .sequentiallyConsistent)
        cell.readerHasLeft()
    }
}
