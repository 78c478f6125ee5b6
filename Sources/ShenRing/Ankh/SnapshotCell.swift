import Synchronization

/// Where a writer publishes immutable snapshots and readers look at the latest one, without a lock
/// and without a reference count that readers would contend for.
///
/// A reader announces in a slot of its own which snapshot it uses (a hazard pointer); a replaced
/// snapshot is freed as soon as no slot names it, by whoever notices first: the writer that
/// replaced it, or the reader that leaves it last. Source: Michael, "Hazard pointers: safe memory
/// reclamation for lock-free objects", IEEE TPDS 15(6), 2004; deviation: a reader keeps its slot
/// set between reads, so that a read of an unchanged snapshot is one load and one comparison.
///
/// Memory is bounded whatever readers do: the latest snapshot, one for each reader that has not
/// moved on, and those being freed at this moment. A reader that stalls holds back one
/// snapshot, not all that follow it (which is why this is not an epoch scheme).
///
/// Any thread may publish and make readers. `@unchecked Sendable`: all mutable state is atomic; a
/// box's contents are immutable while it can be read, and its link is written only by the one
/// thread that has taken it off `current` or off `retired`.
@safe public final class SnapshotCell<Snapshot: ~Copyable & Sendable>: @unchecked Sendable {
    @usableFromInline typealias Box = UnsafeMutablePointer<SnapshotBox<Snapshot>>

    /// Keeps `current`, which every read loads, off the line of the object's reference count.
    private let padding = InlineArray<14, UInt64>(repeating: 0)
    @usableFromInline let current: Atomic<Box>
    /// Replaced snapshots, linked; taken all at once, put back one by one.
    private let retired = unsafe Atomic<Box?>(nil)
    /// How many snapshots are replaced and not yet freed.
    private let retiredCount = Atomic(0)
    /// Counts the occasions on which something may have become free.
    private let departures = Atomic(0)
    private let slots = ReaderSlots()

    /// A cell whose first snapshot is `snapshot`.
    public init(_ snapshot: consuming Snapshot) {
        unsafe current = Atomic(SnapshotBox.allocate(snapshot))
    }

    deinit {
        // Sound: every reader keeps the cell alive, so there is none, nor anyone who publishes:
        // each box is only this thread's. Relaxed: the last release of the cell orders all of it.
        unsafe SnapshotBox.free(current.load(ordering: .relaxed))
        var next = unsafe retired.load(ordering: .relaxed)
        while let box = unsafe next {
            unsafe next = box.pointee.next
            unsafe SnapshotBox.free(box)
        }
    }

    /// A reader for one thread at a time; it starts with nothing pinned.
    ///
    /// - Complexity: linear in the readers that exist; a slot is allocated only when all are used.
    public func makeReader() -> SnapshotReader<Snapshot> {
        unsafe SnapshotReader(of: self, slot: slots.claim())
    }

    /// Makes `snapshot` the latest, and frees what no reader uses any more.
    ///
    /// Reads that begin after this returns see it or a later one. Never waits for readers.
    public func publish(_ snapshot: consuming Snapshot) {
        let box = unsafe SnapshotBox.allocate(snapshot)
        // Release: pairs with the confirming load in `SnapshotReader.pin`. Sequentially consistent:
        // precedes the look at the slots in `collect`, against a reader that sets its slot and
        // then loads `current` again.
        unsafe retire(current.exchange(box, ordering: .sequentiallyConsistent))
    }

    /// Replaces the latest snapshot by one that is made from it, so that no other writer's change
    /// is lost: when another was published meanwhile, `change` is called again with that one.
    ///
    /// - Throws: what `change` throws; nothing is published then.
    public func update<Failure: Error>(
        _ change: (borrowing Snapshot) throws(Failure) -> Snapshot
    ) throws(Failure) {
        var reader = makeReader()
        try reader.update(change)
    }

    /// How many replaced snapshots are not freed yet, because a reader uses them or because they
    /// are being freed at this moment.
    public var heldCount: Int { retiredCount.load(ordering: .relaxed) }
}

extension SnapshotCell where Snapshot: ~Copyable {
    /// Replaces `expected`, which the caller has pinned, by `snapshot` if it is still the latest.
    func replace(_ expected: Box, with snapshot: consuming Snapshot) -> Bool {
        let box = unsafe SnapshotBox.allocate(snapshot)
        // As in `publish`. The address cannot have been freed and used again: it is pinned.
        let (exchanged, _) = unsafe current.compareExchange(
            expected: expected, desired: box, ordering: .sequentiallyConsistent)
        if exchanged { unsafe retire(expected) } else { unsafe SnapshotBox.free(box) }
        return exchanged
    }

    /// Called by a reader after it has cleared or changed its slot.
    func readerHasLeft() {
        // Sequentially consistent, after the slot's store: pairs with the count's increase before
        // the slots are read in `retire`. Either that look sees the slot changed, or this load sees
        // the count.
        if retiredCount.load(ordering: .sequentiallyConsistent) > 0 { reclaim() }
    }

    private func retire(_ box: Box) {
        retiredCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
        unsafe putBack(box)
        reclaim()
    }

    /// Frees what no slot names, and looks again if a reader left meanwhile: what this thread had
    /// taken off the list, that reader could not see.
    private func reclaim() {
        // All sequentially consistent: a leaving reader adds to `departures` and then takes
        // the list; this thread puts back what it keeps and then loads `departures`. Either the
        // reader finds it in the list, or this load sees that the reader was there.
        departures.wrappingAdd(1, ordering: .sequentiallyConsistent)
        var seen = departures.load(ordering: .sequentiallyConsistent)
        while collect() {
            let now = departures.load(ordering: .sequentiallyConsistent)
            if now == seen { return }
            seen = now
        }
    }

    /// Takes all replaced snapshots, frees those that no slot names, puts the others back; whether
    /// there were others.
    private func collect() -> Bool {
        // Acquire: pairs with `putBack`'s release, for the links.
        var next = unsafe retired.exchange(nil, ordering: .sequentiallyConsistent)
        if unsafe next == nil { return false }
        // After the list is taken: whoever still uses one of its boxes has set a slot, and has
        // found the box to be current after that, so before it was replaced.
        let pinned = slots.pinnedAddresses()
        var keptAny = false
        while let box = unsafe next {
            // Sound: a box in the list belongs to the thread that took it.
            unsafe next = box.pointee.next
            if pinned.contains(UInt(bitPattern: box)) {
                keptAny = true
                unsafe putBack(box)
            } else {
                unsafe SnapshotBox.free(box)
                // Relaxed: a count that is seen too high costs a look at the list.
                retiredCount.wrappingSubtract(1, ordering: .relaxed)
            }
        }
        return keptAny
    }

    private func putBack(_ box: Box) {
        var head = unsafe retired.load(ordering: .relaxed)
        while true {
            // Sound: the box is this thread's until the exchange succeeds. Release: pairs with
            // `collect`'s exchange.
            unsafe box.pointee.next = head
            let (exchanged, original) = unsafe retired.weakCompareExchange(
                expected: head, desired: box, ordering: .sequentiallyConsistent)
            if exchanged { return }
            unsafe head = original
        }
    }
}

/// A published snapshot, and its link in the list of replaced ones.
@safe @frozen @usableFromInline struct SnapshotBox<Snapshot: ~Copyable & Sendable>: ~Copyable {
    @usableFromInline let snapshot: Snapshot
    var next: UnsafeMutablePointer<SnapshotBox>?

    init(_ snapshot: consuming Snapshot) {
        self.snapshot = snapshot
        unsafe next = nil
    }

    static func allocate(_ snapshot: consuming Snapshot) -> UnsafeMutablePointer<SnapshotBox> {
        // Sound: room for one box, initialised before anyone sees the pointer.
        let box = UnsafeMutablePointer<SnapshotBox>.allocate(capacity: 1)
        unsafe box.initialize(to: SnapshotBox(snapshot))
        return unsafe box
    }

    /// Destroys the snapshot and its box, which nobody else can reach.
    static func free(_ box: UnsafeMutablePointer<SnapshotBox>) {
        unsafe box.deinitialize(count: 1)
        unsafe box.deallocate()
    }
}
