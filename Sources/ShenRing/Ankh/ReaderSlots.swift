import Synchronization

/// The slots of a cell's readers: a list that grows to the largest number of readers that existed
/// at one time and whose slots are used again.
///
/// `@unchecked Sendable`: the list only grows, its links are written before a slot is published
/// in it, and the rest is atomic.
@safe final class ReaderSlots: @unchecked Sendable {
    private let first = unsafe Atomic<UnsafeMutablePointer<ReaderSlot>?>(nil)

    deinit {
        // Sound: the cell that owns the list is going away, and with it every reader. Relaxed: the
        // last release of the cell orders all that was done before.
        var next = unsafe first.load(ordering: .relaxed)
        while let slot = unsafe next {
            unsafe next = slot.pointee.next
            unsafe slot.deinitialize(count: 1)
            unsafe UnsafeMutableRawPointer(slot).deallocate()
        }
    }

    /// A slot that is the caller's until it stores `false` in `isClaimed`.
    func claim() -> UnsafeMutablePointer<ReaderSlot> {
        // Acquire: pairs with the release in the loop below, for the links and the slots' contents.
        let head = unsafe first.load(ordering: .acquiring)
        var next = unsafe head
        while let slot = unsafe next {
            // Acquire: pairs with the release of the reader that gave the slot back.
            let (claimed, _) = unsafe slot.pointee.isClaimed.compareExchange(
                expected: false, desired: true, ordering: .acquiring)
            if claimed { return unsafe slot }
            unsafe next = slot.pointee.next
        }
        return unsafe append()
    }

    /// The addresses that slots hold now, 0 for a slot that holds none.
    func pinnedAddresses() -> [UInt] {
        var addresses: [UInt] = []
        // Sequentially consistent: a slot that a reader appended and set before it found a box to
        // be current must be seen by whoever replaced the box after that.
        var next = unsafe first.load(ordering: .sequentiallyConsistent)
        while let slot = unsafe next {
            // Sequentially consistent: see `SnapshotReader.pin`. Acquire: pairs with a reader's
            // store when it leaves, so that its reads precede the freeing.
            let address = unsafe slot.pointee.pinned.load(ordering: .sequentiallyConsistent)
            if address != 0 { addresses.append(address) }
            unsafe next = slot.pointee.next
        }
        return addresses
    }

    private func append() -> UnsafeMutablePointer<ReaderSlot> {
        // Sound: room for one slot on lines of its own, initialised before it is published.
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: ReaderSlot.byteCount, alignment: ReaderSlot.byteCount)
        let slot = unsafe bytes.bindMemory(to: ReaderSlot.self, capacity: 1)
        unsafe slot.initialize(to: ReaderSlot())
        var head = unsafe first.load(ordering: .relaxed)
        while true {
            unsafe slot.pointee.next = head
            // Release: pairs with the loads of `first` above.
            let (exchanged, original) = unsafe first.weakCompareExchange(
                expected: head, desired: slot, ordering: .sequentiallyConsistent)
            if exchanged { return unsafe slot }
            unsafe head = original
        }
    }
}

/// One reader's announcement. Alone on 128 bytes: two lines, as the adjacent one is prefetched.
@safe struct ReaderSlot: ~Copyable {
    static let byteCount = 128

    /// The address of the box that the reader uses, 0 for none.
    let pinned = Atomic<UInt>(0)
    /// Whether a reader has the slot.
    let isClaimed = Atomic(true)
    /// The next slot; never changes once the slot is in the list.
    var next: UnsafeMutablePointer<ReaderSlot>?

    init() { unsafe next = nil }
}
