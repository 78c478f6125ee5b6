import CNilometerShims
import Synchronization

/// A 32-bit word of a ring's memory that both ends touch: a token, a flag, a futex.
///
/// The orderings are in the names, so that a use says which one it needs and which one it meets.
@safe @frozen @usableFromInline
struct SharedWord {
    @usableFromInline let atomic: UnsafeMutablePointer<Atomic<UInt32>>

    /// - Parameter address: of a word that `RingMemory.allocate` has made an atomic of, in memory
    ///   to which the user of this value holds a reference. All accesses below rest on that.
    @inlinable @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe atomic = address.assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Makes the atomic.
    func initialize(to value: UInt32) {
        unsafe atomic.initialize(to: Atomic(value))
    }

    /// Loads; what its writer did before a `storeReleasing` is then visible.
    @inlinable @inline(__always)
    func loadAcquiring() -> UInt32 {
        unsafe atomic.pointee.load(ordering: .acquiring)
    }

    /// Loads as `loadAcquiring`, and takes the cache line away from whoever has it.
    @inlinable @inline(__always)
    func takeAcquiring() -> UInt32 {
        // Changes nothing: a word that is 0 becomes 0.
        unsafe atomic.pointee.compareExchange(
            expected: 0, desired: 0, ordering: .acquiring
        ).original
    }

    /// Loads what somebody wrote, without a claim on anything else.
    @inlinable @inline(__always)
    func loadRelaxed() -> UInt32 {
        unsafe atomic.pointee.load(ordering: .relaxed)
    }

    /// Stores; whoever loads it by `loadAcquiring` sees what was done before.
    @inlinable @inline(__always)
    func storeReleasing(_ value: UInt32) {
        unsafe atomic.pointee.store(value, ordering: .releasing)
    }

    /// Stores, with nothing to tell beyond the value.
    @inline(__always)
    func storeRelaxed(_ value: UInt32) {
        unsafe atomic.pointee.store(value, ordering: .relaxed)
    }

    /// Stores, and returns what was there.
    func exchangeRelaxed(_ value: UInt32) -> UInt32 {
        unsafe atomic.pointee.exchange(value, ordering: .relaxed)
    }

    /// Sleeps while the word is `value`, until `wakeSleeper`; may return early.
    func sleep(while value: UInt32) {
        // Sound: an atomic 32-bit word has the representation of its value; the kernel reads it.
        _ = unsafe UnsafeMutableRawPointer(atomic).withMemoryRebound(
            to: UInt32.self, capacity: 1
        ) { unsafe nilometer_futex_wait($0, value) }
    }

    /// Wakes a thread that sleeps on the word, if there is one.
    func wakeSleeper() {
        // Sound: the kernel uses the address only.
        _ = unsafe UnsafeMutableRawPointer(atomic).withMemoryRebound(
            to: UInt32.self, capacity: 1
        ) { unsafe nilometer_futex_wake($0, 1) }
    }
}

/// A 64-bit count in a ring's memory.
@safe @frozen @usableFromInline
struct SharedCount {
    @usableFromInline let atomic: UnsafeMutablePointer<Atomic<UInt64>>

    /// - Parameter address: as for `SharedWord`.
    @inlinable @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe atomic = address.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Makes the atomic.
    func initialize(to value: UInt64) {
        unsafe atomic.initialize(to: Atomic(value))
    }

    /// Loads; what its writer did before an `add` is then visible.
    func loadAcquiring() -> UInt64 {
        unsafe atomic.pointee.load(ordering: .acquiring)
    }

    /// Adds, where only the calling thread writes. Whoever loads it by `loadAcquiring` sees what
    /// was done before.
    @inlinable @inline(__always)
    func add(_ amount: UInt64) {
        unsafe atomic.pointee.store(
            atomic.pointee.load(ordering: .relaxed) &+ amount, ordering: .releasing)
    }

    /// Adds 1, where any thread may.
    func retain() {
        // Relaxed: who adds a reference has one, and reads nothing by this.
        unsafe atomic.pointee.add(1, ordering: .relaxed)
    }

    /// Subtracts 1, where any thread may; whether nothing is left.
    func release() -> Bool {
        // Releasing what this thread did, and acquiring, for the last one, what all others did.
        unsafe atomic.pointee.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }
}
