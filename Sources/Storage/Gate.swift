import CNilometerShims
import Synchronization

/// Something that threads wait for and that happens once: a gate, closed until it is opened (a futex).
///
/// Who has waited goes on without a lock. Members of a group that are woken by a condition take its mutex
/// one after the other, and each of them may find it taken, which is a second sleep.
@safe package final class Gate: @unchecked Sendable {
    // Sendable: the word is an atomic, touched by atomic operations and by the kernel; the pointer itself
    // never changes.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>

    private static let closed: UInt32 = 0
    /// Closed, and somebody may sleep before it.
    private static let awaited: UInt32 = 1
    private static let opened: UInt32 = 2

    /// A closed one.
    package init() {
        // The kernel is given the address, so it lives on the heap for as long as this object does.
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: Atomic(Self.closed))
    }

    deinit {
        // Whoever waits or opens holds a reference.
        unsafe word.deinitialize(count: 1)
        unsafe word.deallocate()
    }

    /// Lets all through who wait and who come. What was done before is seen by them.
    package func open() {
        // Releasing what was done before to who finds it open.
        let former = unsafe word.pointee.exchange(Self.opened, ordering: .releasing)
        guard former == Self.awaited else { return }
        // SAFETY: an atomic word has the representation of its value; the kernel uses the address only.
        _ = unsafe UnsafeMutableRawPointer(word).withMemoryRebound(to: UInt32.self, capacity: 1) {
            unsafe nilometer_futex_wake($0, .max)
        }
    }

    /// Waits until it is open.
    package func wait() {
        while true {
            // Acquiring what was done before it was opened, also where somebody else has waited before.
            let (_, found) = unsafe word.pointee.compareExchange(
                expected: Self.closed, desired: Self.awaited,
                successOrdering: .relaxed, failureOrdering: .acquiring)
            if found == Self.opened { return }
            // SAFETY: an atomic word has the representation of its value; the kernel reads it.
            _ = unsafe UnsafeMutableRawPointer(word).withMemoryRebound(
                to: UInt32.self, capacity: 1
            ) { unsafe nilometer_futex_wait($0, Self.awaited) }
        }
    }

    /// Closes it again. Nobody may wait, and who has opened it must be done.
    package func close() { unsafe word.pointee.store(Self.closed, ordering: .relaxed) }
}
