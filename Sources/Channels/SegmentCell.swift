/// A 64-bit word of an unbounded channel that any thread may touch: an address, tickets, a count.
///
/// The orderings are in the names; what changes the word and returns what was there is acquiring
/// and releasing.
@safe @frozen @usableFromInline
struct SegmentCell<Atomics: AtomicsProvider> {
    @usableFromInline let address: UnsafeMutableRawPointer

    /// - Parameter address: of eight bytes that `initialize` makes an atomic, in memory that lives.
    ///   All accesses below rest on that.
    @inlinable @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe self.address = address
    }

    /// Makes the atomic.
    @inlinable
    func initialize(to value: UInt64) {
        unsafe Atomics.initialize(address, to: value)
    }

    /// Loads; what was done before a releasing change is then visible.
    @inlinable @inline(__always)
    func loadAcquiring() -> UInt64 {
        unsafe Atomics.loadAcquiring(address)
    }

    /// Loads, without a claim on anything else.
    @inlinable @inline(__always)
    func loadRelaxed() -> UInt64 {
        unsafe Atomics.loadRelaxed(address)
    }

    /// Stores, with nothing to tell beyond the value.
    @inlinable @inline(__always)
    func storeRelaxed(_ value: UInt64) {
        unsafe Atomics.storeRelaxed(address, value)
    }

    /// Adds, wrapping; relaxed.
    @inlinable @inline(__always)
    func addRelaxed(_ amount: UInt64) {
        unsafe Atomics.addRelaxed(address, amount)
    }

    /// Adds, wrapping; returns what was there.
    @inlinable @inline(__always)
    func add(_ amount: UInt64) -> UInt64 {
        unsafe Atomics.addAcquiringAndReleasing(address, amount)
    }

    /// Stores, and returns what was there.
    @inlinable
    func exchange(_ value: UInt64) -> UInt64 {
        unsafe Atomics.exchangeAcquiringAndReleasing(address, value)
    }

    /// Stores `desired` if the word is `expected`; whether it was. What was there, if not, is then in
    /// `expected`.
    @inlinable
    func replace(_ expected: inout UInt64, by desired: UInt64) -> Bool {
        let found = unsafe Atomics.compareExchangeAcquiringAndReleasing(
            address, expected: expected, desired: desired)
        defer { expected = found }
        return found == expected
    }
}
