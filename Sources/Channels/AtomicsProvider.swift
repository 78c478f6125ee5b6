/// How a channel touches the words that its ends share: the processor's own instructions in every
/// program, an explorer of interleavings in tests, which then checks the very code that ships.
///
/// All of it is static, so that a channel is compiled for its provider and a call is one
/// instruction. Addresses are of words that `initialize` has made atomics, in memory that lives.
///
/// The orderings are those of C11, and are in the names.
public protocol AtomicsProvider: SendableMetatype {
    /// Makes an atomic of four bytes that nobody else knows of yet.
    static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt32)
    /// Makes an atomic of eight bytes that nobody else knows of yet.
    static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt64)

    /// Loads; what its writer did before a releasing store is then visible.
    static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt32
    /// Loads, without a claim on anything else.
    static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt32
    /// Stores; whoever loads it acquiring sees what was done before.
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32)
    /// Stores, with nothing to tell beyond the value.
    static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32)
    /// Stores, and returns what was there; relaxed.
    static func exchangeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32) -> UInt32
    /// Stores `desired` if the word is `expected`; returns what was there. Acquiring.
    static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32

    /// As above, acquiring and releasing.
    static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32
    /// Adds `amount`, wrapping, and returns what was there; relaxed.
    static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt32) -> UInt32

    /// As for four bytes.
    static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt64
    /// As for four bytes.
    static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt64
    /// As for four bytes.
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt64)
    /// As for four bytes.
    static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt64)
    /// Stores, and returns what was there; acquiring and releasing.
    static func exchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ value: UInt64
    ) -> UInt64
    /// As for four bytes.
    static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64
    /// As for four bytes.
    static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64
    /// Adds `amount`, wrapping, and returns what was there; acquiring and releasing.
    static func addAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ amount: UInt64
    ) -> UInt64
    /// Sets the bits that `bits` has, and returns what was there; acquiring and releasing.
    static func setBitsAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ bits: UInt64
    ) -> UInt64
    /// Adds `amount`, wrapping; relaxed.
    static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt64)
    /// Subtracts 1 and returns what is left; acquiring and releasing.
    static func decrementAcquiringAndReleasing(_ word: UnsafeMutableRawPointer) -> UInt64

    /// A fence in the single order of all such fences.
    static func fenceSequentiallyConsistent()
    /// Keeps the compiler from moving accesses across; the processor's half of a fence comes from
    /// `fenceEverywhere` on another thread.
    static func fenceCompiler()
    /// Whether `fenceEverywhere` can be had in this process. May be asked any number of times.
    static func registerFenceEverywhere() -> Bool
    /// Makes every thread of the process pass a sequentially consistent fence before it returns.
    static func fenceEverywhere()

    /// Sleeps while the word is `value`, until `wake`; may return early.
    static func sleep(_ word: UnsafeMutableRawPointer, while value: UInt32)
    /// As `sleep(_:while:)`, at most until `hasPassed(deadline)`; false where that ended it.
    static func sleep(
        _ word: UnsafeMutableRawPointer, while value: UInt32, until deadline: UInt64
    ) -> Bool
    /// Wakes at most `count` threads that sleep on the word.
    static func wake(_ word: UnsafeMutableRawPointer, count: Int32)
    /// Nanoseconds of a clock that never goes back, the one by which deadlines are meant.
    static func now() -> UInt64
    /// Whether that clock has come to `deadline`. Costs about as much as a short pause.
    static func hasPassed(_ deadline: UInt64) -> Bool
    /// Says that this is a wait between two looks, and a short one.
    static func pause()
    /// Lets another thread have the processor between two looks.
    static func yield()
    /// Leaves the processor for about 50 µs between two looks: to any thread, also to one of lower
    /// priority, to which `yield` leaves nothing.
    static func nap()

    /// Says that `count` values from `address` on are about to be read, moved out or destroyed by
    /// plain instructions, which nobody may write meanwhile.
    static func willRead<Value: ~Copyable>(_ address: UnsafeMutablePointer<Value>, count: Int)
    /// Says that `count` values from `address` on are about to be written by plain instructions,
    /// and that nobody else may touch them meanwhile.
    static func willWrite<Value: ~Copyable>(_ address: UnsafeMutablePointer<Value>, count: Int)
    /// Gives back memory that `UnsafeMutableRawPointer.allocate` got: any later access is a defect.
    static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int)
}
