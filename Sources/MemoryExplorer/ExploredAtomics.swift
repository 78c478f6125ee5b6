import Channels

/// Atomics that ask the explorer what they read, and whose turn it is.
public enum ExploredAtomics: AtomicsProvider {
    /// The execution that runs; only one thread of it does at a time.
    nonisolated(unsafe) static var current: Execution?

    static var execution: Execution {
        guard let current = unsafe current else {
            preconditionFailure("explored atomics are used outside an exploration")
        }
        return current
    }

    /// Does an operation, also one of an ordering that no channel asks for.
    static func perform(
        _ kind: Operation.Kind, _ word: UnsafeMutableRawPointer
    ) -> UInt64 {
        execution.perform(kind, at: UInt(bitPattern: word))
    }

    /// Makes an atomic that nobody else knows of yet.
    public static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt32) {
        execution.initialize(UInt(bitPattern: word), to: UInt64(value))
    }

    /// Makes an atomic that nobody else knows of yet.
    public static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt64) {
        execution.initialize(UInt(bitPattern: word), to: value)
    }

    /// Loads; what its writer did before a releasing store is then visible.
    public static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt32 {
        UInt32(unsafe perform(.load(isAcquiring: true), word))
    }

    /// Loads, without a claim on anything else.
    public static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt32 {
        UInt32(unsafe perform(.load(isAcquiring: false), word))
    }

    /// Stores; whoever loads it acquiring sees what was done before.
    public static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        _ = unsafe perform(.store(UInt64(value), isReleasing: true), word)
    }

    /// Stores, with nothing to tell beyond the value.
    public static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        _ = unsafe perform(.store(UInt64(value), isReleasing: false), word)
    }

    /// Stores, and returns what was there; relaxed.
    public static func exchangeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32) -> UInt32 {
        UInt32(
            unsafe perform(
                .update(.exchange(UInt64(value)), isAcquiring: false, isReleasing: false), word))
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    public static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32 {
        UInt32(
            unsafe perform(
                .compareExchange(
                    expected: UInt64(expected), desired: UInt64(desired), isAcquiring: true,
                    isReleasing: false), word))
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    public static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32 {
        UInt32(
            unsafe perform(
                .compareExchange(
                    expected: UInt64(expected), desired: UInt64(desired), isAcquiring: true,
                    isReleasing: true), word))
    }

    /// Adds `amount` and returns what was there; relaxed.
    ///
    /// What the word would need more than 32 bits for is not explored.
    public static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt32) -> UInt32 {
        let old = unsafe perform(
            .update(.add(UInt64(amount)), isAcquiring: false, isReleasing: false), word)
        precondition(old + UInt64(amount) <= UInt32.max, "a sum of more than 32 bits")
        return UInt32(old)
    }

    /// Loads; what its writer did before a releasing store is then visible.
    public static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe perform(.load(isAcquiring: true), word)
    }

    /// Loads, without a claim on anything else.
    public static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe perform(.load(isAcquiring: false), word)
    }

    /// Stores; whoever loads it acquiring sees what was done before.
    public static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        _ = unsafe perform(.store(value, isReleasing: true), word)
    }

    /// Stores, with nothing to tell beyond the value.
    public static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        _ = unsafe perform(.store(value, isReleasing: false), word)
    }

    /// Stores, and returns what was there.
    public static func exchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ value: UInt64
    ) -> UInt64 {
        unsafe perform(.update(.exchange(value), isAcquiring: true, isReleasing: true), word)
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    public static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        unsafe perform(
            .compareExchange(
                expected: expected, desired: desired, isAcquiring: true, isReleasing: false), word)
    }

    /// Stores `desired` if the word is `expected`; returns what was there.
    public static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        unsafe perform(
            .compareExchange(
                expected: expected, desired: desired, isAcquiring: true, isReleasing: true), word)
    }

    /// Adds `amount`, wrapping, and returns what was there.
    public static func addAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ amount: UInt64
    ) -> UInt64 {
        unsafe perform(.update(.add(amount), isAcquiring: true, isReleasing: true), word)
    }

    /// Sets bits, and returns what was there.
    public static func setBitsAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ bits: UInt64
    ) -> UInt64 {
        unsafe perform(.update(.setBits(bits), isAcquiring: true, isReleasing: true), word)
    }

    /// Adds `amount`, wrapping; relaxed.
    public static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt64) {
        _ = unsafe perform(
            .update(.add(amount), isAcquiring: false, isReleasing: false), word)
    }

    /// Subtracts 1 and returns what is left.
    public static func decrementAcquiringAndReleasing(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe perform(.update(.add(.max), isAcquiring: true, isReleasing: true), word) &- 1
    }

    /// A fence in the single order of all such fences.
    public static func fenceSequentiallyConsistent() {
        _ = execution.perform(.fence, at: nil)
    }

    /// Nothing is moved across, since nothing is moved.
    public static func fenceCompiler() {}

    /// Whether `fenceEverywhere` can be had in this process.
    public static func registerFenceEverywhere() -> Bool { true }

    /// Makes every thread of the process pass a sequentially consistent fence.
    public static func fenceEverywhere() {
        _ = execution.perform(.fenceEverywhere, at: nil)
    }

    /// Sleeps while the word is `value`, until `wake`; may return early.
    public static func sleep(_ word: UnsafeMutableRawPointer, while value: UInt32) {
        _ = unsafe perform(.sleep(while: UInt64(value), until: nil), word)
    }

    /// Sleeps while the word is `value`, until `wake`, or until any moment that the explorer likes
    /// to try: then false, and the thread's clock has come to the deadline.
    public static func sleep(
        _ word: UnsafeMutableRawPointer, while value: UInt32, until deadline: UInt64
    ) -> Bool {
        unsafe perform(.sleep(while: UInt64(value), until: deadline), word) != 0
    }

    /// Wakes at most `count` threads that sleep on the word.
    public static func wake(_ word: UnsafeMutableRawPointer, count: Int32) {
        _ = unsafe perform(.wake(count: Int(count)), word)
    }

    /// Nanoseconds of the calling thread's clock, which moves when it is asked for a deadline.
    public static func now() -> UInt64 { execution.now() }

    /// Whether the calling thread's clock has come to `deadline`: both is tried, and it has where
    /// nobody else can go on.
    public static func hasPassed(_ deadline: UInt64) -> Bool { execution.hasPassed(deadline) }

    /// A short wait between two looks.
    public static func pause() { execution.pause() }

    /// Lets another thread have the processor between two looks.
    public static func yield() { execution.pause() }

    /// Leaves the processor to others between two looks.
    public static func nap() { execution.pause() }

    /// Before plain instructions read, move out or destroy `count` values.
    public static func willRead<Value: ~Copyable>(
        _ address: UnsafeMutablePointer<Value>, count: Int
    ) {
        for index in 0..<count {
            execution.touchPlain(UInt(bitPattern: unsafe address + index), isWrite: false)
        }
    }

    /// Before plain instructions write `count` values.
    public static func willWrite<Value: ~Copyable>(
        _ address: UnsafeMutablePointer<Value>, count: Int
    ) {
        for index in 0..<count {
            execution.touchPlain(UInt(bitPattern: unsafe address + index), isWrite: true)
        }
    }

    /// Gives back memory: nobody may touch it again, and it keeps its address to the end of the
    /// execution, so that no other gets it and what is used too late is found.
    public static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
        let start = UInt(bitPattern: memory)
        execution.deallocate(start..<start + UInt(byteCount))
    }
}
