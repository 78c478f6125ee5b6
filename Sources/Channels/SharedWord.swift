/// A 32-bit word of a ring's memory that both ends touch: a token, a flag, a futex.
///
/// The orderings are in the names, so that a use says which one it needs and which one it meets.
@safe @frozen @usableFromInline
struct SharedWord<Atomics: AtomicsProvider> {
    @usableFromInline let address: UnsafeMutableRawPointer

    /// - Parameter address: of a word that `RingMemory.allocate` has made an atomic of, in memory
    ///   to which the user of this value holds a reference. All accesses below rest on that.
    @inlinable @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe self.address = address
    }

    /// Makes the atomic.
    @inlinable
    func initialize(to value: UInt32) {
        unsafe Atomics.initialize(address, to: value)
    }

    /// Loads; what its writer did before a `storeReleasing` is then visible.
    @inlinable @inline(__always)
    func loadAcquiring() -> UInt32 {
        unsafe Atomics.loadAcquiring(address)
    }

    /// Loads as `loadAcquiring`, and takes the cache line away from whoever has it.
    @inlinable @inline(__always)
    func takeAcquiring() -> UInt32 {
        // Changes nothing: a word that is 0 becomes 0.
        unsafe Atomics.compareExchangeAcquiring(address, expected: 0, desired: 0)
    }

    /// Loads what somebody wrote, without a claim on anything else.
    @inlinable @inline(__always)
    func loadRelaxed() -> UInt32 {
        unsafe Atomics.loadRelaxed(address)
    }

    /// Stores; whoever loads it by `loadAcquiring` sees what was done before.
    @inlinable @inline(__always)
    func storeReleasing(_ value: UInt32) {
        unsafe Atomics.storeReleasing(address, value)
    }

    /// Stores, with nothing to tell beyond the value.
    @inlinable @inline(__always)
    func storeRelaxed(_ value: UInt32) {
        unsafe Atomics.storeRelaxed(address, value)
    }

    /// Stores, and returns what was there.
    @inlinable
    func exchangeRelaxed(_ value: UInt32) -> UInt32 {
        unsafe Atomics.exchangeRelaxed(address, value)
    }

    /// Adds, wrapping, and returns what was there.
    @inlinable
    func addRelaxed(_ amount: UInt32) -> UInt32 {
        unsafe Atomics.addRelaxed(address, amount)
    }

    /// Stores `desired` if the word is `expected`; returns what was there. Acquiring and releasing.
    @inlinable
    func compareExchange(expected: UInt32, desired: UInt32) -> UInt32 {
        unsafe Atomics.compareExchangeAcquiringAndReleasing(
            address, expected: expected, desired: desired)
    }

    /// Sleeps while the word is `value`, until `wakeSleepers`; may return early.
    @inlinable
    func sleep(while value: UInt32) {
        unsafe Atomics.sleep(address, while: value)
    }

    /// As `sleep(while:)`, at most until the provider's clock has come to `deadline`; false where
    /// that ended it. Without a deadline as `sleep(while:)`.
    @inlinable
    func sleep(while value: UInt32, until deadline: UInt64?) -> Bool {
        guard let deadline else {
            unsafe Atomics.sleep(address, while: value)
            return true
        }
        return unsafe Atomics.sleep(address, while: value, until: deadline)
    }

    /// Wakes so many of the threads that sleep on the word, or all if there are fewer.
    @inlinable
    func wakeSleepers(_ count: Int32) {
        unsafe Atomics.wake(address, count: count)
    }
}

/// A 64-bit count in a ring's memory.
@safe @frozen @usableFromInline
struct SharedCount<Atomics: AtomicsProvider> {
    @usableFromInline let address: UnsafeMutableRawPointer

    /// - Parameter address: as for `SharedWord`.
    @inlinable @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe self.address = address
    }

    /// Makes the atomic.
    @inlinable
    func initialize(to value: UInt64) {
        unsafe Atomics.initialize(address, to: value)
    }

    /// Loads; what its writer did before an `add` is then visible.
    @inlinable
    func loadAcquiring() -> UInt64 {
        unsafe Atomics.loadAcquiring(address)
    }

    /// Adds, where only the calling thread writes. Whoever loads it by `loadAcquiring` sees what
    /// was done before.
    @inlinable @inline(__always)
    func add(_ amount: UInt64) {
        unsafe Atomics.storeReleasing(address, Atomics.loadRelaxed(address) &+ amount)
    }

    /// Adds 1, where any thread may.
    @inlinable
    func retain() { addShared(1) }

    /// Adds, where any thread may.
    @inlinable
    func addShared(_ amount: UInt64) {
        // Relaxed: who adds a reference has one, and reads nothing by this.
        unsafe Atomics.addRelaxed(address, amount)
    }

    /// Subtracts 1, where any thread may; whether nothing is left.
    @inlinable
    func release() -> Bool {
        // Releasing what this thread did, and acquiring, for the last one, what all others did.
        unsafe Atomics.decrementAcquiringAndReleasing(address) == 0
    }
}
