import CNilometerShims
import Glibc
import Synchronization

/// The atomics of the processor and the kernel's futex: what every program uses.
public enum ProcessorAtomics: AtomicsProvider {
    // All accesses below are sound because the caller passes the address of a word that
    // `initialize` has made an atomic of that width, in memory that lives (see `AtomicsProvider`).

    @inlinable @inline(__always)
    static func narrow(_ word: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe word.assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    @inlinable @inline(__always)
    static func wide(_ word: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe word.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Makes an atomic that nobody else knows of yet.
    @inlinable @inline(__always)
    public static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt32) {
        unsafe narrow(word).initialize(to: Atomic(value))
    }

    /// Makes an atomic that nobody else knows of yet.
    @inlinable @inline(__always)
    public static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt64) {
        unsafe wide(word).initialize(to: Atomic(value))
    }

    /// Loads; what its writer did before a releasing store is then visible.
    @inlinable @inline(__always)
    public static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt32 {
        unsafe narrow(word).pointee.load(ordering: .acquiring)
    }

    /// Loads, without a claim on anything else.
    @inlinable @inline(__always)
    public static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt32 {
        unsafe narrow(word).pointee.load(ordering: .relaxed)
    }

    /// Stores; whoever loads it acquiring sees what was done before.
    @inlinable @inline(__always)
    public static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        unsafe narrow(word).pointee.store(value, ordering: .releasing)
    }

    /// Stores, with nothing to tell beyond the value.
    @inlinable @inline(__always)
    public static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        unsafe narrow(word).pointee.store(value, ordering: .relaxed)
    }

    /// Stores, and returns what was there; relaxed.
    @inlinable @inline(__always)
    public static func exchangeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32) -> UInt32 {
        unsafe narrow(word).pointee.exchange(value, ordering: .relaxed)
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    @inlinable @inline(__always)
    public static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32 {
        unsafe narrow(word).pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiring
        ).original
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    @inlinable @inline(__always)
    public static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32 {
        unsafe narrow(word).pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiringAndReleasing
        ).original
    }

    /// Adds `amount`, wrapping, and returns what was there; relaxed.
    @inlinable @inline(__always)
    public static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt32) -> UInt32 {
        unsafe narrow(word).pointee.wrappingAdd(amount, ordering: .relaxed).oldValue
    }

    /// Loads; what its writer did before a releasing store is then visible.
    @inlinable @inline(__always)
    public static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe wide(word).pointee.load(ordering: .acquiring)
    }

    /// Loads, without a claim on anything else.
    @inlinable @inline(__always)
    public static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe wide(word).pointee.load(ordering: .relaxed)
    }

    /// Stores; whoever loads it acquiring sees what was done before.
    @inlinable @inline(__always)
    public static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        unsafe wide(word).pointee.store(value, ordering: .releasing)
    }

    /// Stores, with nothing to tell beyond the value.
    @inlinable @inline(__always)
    public static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        unsafe wide(word).pointee.store(value, ordering: .relaxed)
    }

    /// Stores, and returns what was there; acquiring and releasing.
    @inlinable @inline(__always)
    public static func exchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ value: UInt64
    ) -> UInt64 {
        unsafe wide(word).pointee.exchange(value, ordering: .acquiringAndReleasing)
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    @inlinable @inline(__always)
    public static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        unsafe wide(word).pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiring
        ).original
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    @inlinable @inline(__always)
    public static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        unsafe wide(word).pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiringAndReleasing
        ).original
    }

    /// Adds `amount`, wrapping, and returns what was there.
    @inlinable @inline(__always)
    public static func addAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ amount: UInt64
    ) -> UInt64 {
        unsafe wide(word).pointee.wrappingAdd(amount, ordering: .acquiringAndReleasing).oldValue
    }

    /// Sets bits, and returns what was there.
    @inlinable @inline(__always)
    public static func setBitsAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ bits: UInt64
    ) -> UInt64 {
        unsafe wide(word).pointee.bitwiseOr(bits, ordering: .acquiringAndReleasing).oldValue
    }

    /// Adds `amount`, wrapping; relaxed.
    @inlinable @inline(__always)
    public static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt64) {
        unsafe wide(word).pointee.wrappingAdd(amount, ordering: .relaxed)
    }

    /// Subtracts 1 and returns what is left.
    @inlinable @inline(__always)
    public static func decrementAcquiringAndReleasing(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe wide(word).pointee.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
    }

    /// A fence in the single order of all such fences.
    @inlinable @inline(__always)
    public static func fenceSequentiallyConsistent() {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Keeps the compiler from moving accesses across.
    @inlinable @inline(__always)
    public static func fenceCompiler() {
        nilometer_barrier_compiler()
    }

    /// Whether `fenceEverywhere` can be had in this process.
    public static func registerFenceEverywhere() -> Bool {
        nilometer_barrier_register() == 0
    }

    /// Makes every thread of the process pass a sequentially consistent fence.
    ///
    /// Where the kernel has granted this once, it has to go on doing so: a process that forbids
    /// itself `membarrier` does so before it makes channels.
    public static func fenceEverywhere() {
        let refusal = nilometer_barrier_everywhere()
        precondition(
            refusal == 0,
            "membarrier worked when a channel was made, and fails now with errno \(refusal): "
                + "was it forbidden since?")
    }

    /// Sleeps while the word is `value`, until `wake`; may return early.
    public static func sleep(_ word: UnsafeMutableRawPointer, while value: UInt32) {
        // Sound: an atomic 32-bit word has the representation of its value; the kernel reads it.
        _ = unsafe word.withMemoryRebound(to: UInt32.self, capacity: 1) {
            unsafe nilometer_futex_wait($0, value)
        }
    }

    /// Sleeps while the word is `value`, until `wake` or the deadline; may return early.
    public static func sleep(
        _ word: UnsafeMutableRawPointer, while value: UInt32, until deadline: UInt64
    ) -> Bool {
        // Sound: an atomic 32-bit word has the representation of its value; the kernel reads it.
        let reason = unsafe word.withMemoryRebound(to: UInt32.self, capacity: 1) {
            unsafe nilometer_futex_wait_until($0, value, deadline)
        }
        return reason != ETIMEDOUT
    }

    /// Wakes at most `count` threads that sleep on the word.
    public static func wake(_ word: UnsafeMutableRawPointer, count: Int32) {
        // Sound: the kernel uses the address only.
        _ = unsafe word.withMemoryRebound(to: UInt32.self, capacity: 1) {
            unsafe nilometer_futex_wake($0, count)
        }
    }

    /// Nanoseconds of `CLOCK_MONOTONIC`.
    public static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Whether that clock has come to `deadline`.
    public static func hasPassed(_ deadline: UInt64) -> Bool {
        now() >= deadline
    }

    /// A short wait between two looks.
    @inlinable @inline(__always)
    public static func pause() {
        nilometer_pause()
    }

    /// Lets another thread have the processor between two looks.
    public static func yield() {
        sched_yield()
    }

    /// Leaves the processor for about 50 µs, to any thread.
    public static func nap() {
        usleep(50)
    }

    // Instructions that follow need nobody's leave.

    /// Before plain instructions read, move out or destroy `count` values.
    @inlinable @inline(__always)
    public static func willRead<Value: ~Copyable>(
        _ address: UnsafeMutablePointer<Value>, count: Int
    ) {}

    /// Before plain instructions write `count` values.
    @inlinable @inline(__always)
    public static func willWrite<Value: ~Copyable>(
        _ address: UnsafeMutablePointer<Value>, count: Int
    ) {}

    /// Gives back memory that `UnsafeMutableRawPointer.allocate` got.
    public static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
        // Sound: the caller gives up what it has allocated.
        unsafe memory.deallocate()
    }
}
