/// A 64-bit word of a ring's memory that many threads touch: a position, or a slot's stamp.
///
/// The orderings are in the names, as in `SharedWord`.
@safe @frozen @usableFromInline
struct SharedPosition<Atomics: AtomicsProvider> {
    @usableFromInline let address: UnsafeMutableRawPointer

    /// - Parameter address: of a word that an `allocate` has made an atomic of, in memory to which
    ///   the user of this value holds a reference. All accesses below rest on that.
    @inlinable @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe self.address = address
    }

    /// Makes the atomic.
    @inlinable
    func initialize(to value: UInt64) {
        unsafe Atomics.initialize(address, to: value)
    }

    /// Loads; what its writer did before a `storeReleasing` is then visible.
    @inlinable @inline(__always)
    func loadAcquiring() -> UInt64 {
        unsafe Atomics.loadAcquiring(address)
    }

    /// Loads as `loadAcquiring`, and takes the cache line away from whoever has it.
    @inlinable @inline(__always)
    func takeAcquiring() -> UInt64 {
        // Changes nothing: a word that is all ones stays so, and none is.
        unsafe Atomics.compareExchangeAcquiring(address, expected: .max, desired: .max)
    }

    /// Loads what somebody wrote, without a claim on anything else.
    @inlinable @inline(__always)
    func loadRelaxed() -> UInt64 {
        unsafe Atomics.loadRelaxed(address)
    }

    /// Stores; whoever loads it by `loadAcquiring` sees what was done before.
    @inlinable @inline(__always)
    func storeReleasing(_ value: UInt64) {
        unsafe Atomics.storeReleasing(address, value)
    }

    /// Stores `desired` if the word is `expected`; whether it was. Acquiring and releasing: who then
    /// loads one of the two positions sees the other one as far as it was when this one was claimed.
    @inlinable @inline(__always)
    func claim(_ expected: UInt64, _ desired: UInt64) -> Bool {
        unsafe Atomics.compareExchangeAcquiringAndReleasing(
            address, expected: expected, desired: desired) == expected
    }

    /// Sets bits; acquiring and releasing.
    @inlinable
    func setBits(_ bits: UInt64) {
        _ = unsafe Atomics.setBitsAcquiringAndReleasing(address, bits)
    }
}
