import Channels
import MemoryExplorer

/// Explored atomics that a test can weaken: whatever it does not say otherwise is as it should be.
protocol Weakened: AtomicsProvider {}

extension Weakened {
    static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt32) {
        unsafe ExploredAtomics.initialize(word, to: value)
    }

    static func initialize(_ word: UnsafeMutableRawPointer, to value: UInt64) {
        unsafe ExploredAtomics.initialize(word, to: value)
    }

    static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt32 {
        unsafe ExploredAtomics.loadAcquiring(word)
    }

    static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt32 {
        unsafe ExploredAtomics.loadRelaxed(word)
    }

    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        unsafe ExploredAtomics.storeReleasing(word, value)
    }

    static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        unsafe ExploredAtomics.storeRelaxed(word, value)
    }

    static func exchangeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt32) -> UInt32 {
        unsafe ExploredAtomics.exchangeRelaxed(word, value)
    }

    static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32 {
        unsafe ExploredAtomics.compareExchangeAcquiring(word, expected: expected, desired: desired)
    }

    static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32 {
        unsafe ExploredAtomics.compareExchangeAcquiringAndReleasing(
            word, expected: expected, desired: desired)
    }

    static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt32) -> UInt32 {
        unsafe ExploredAtomics.addRelaxed(word, amount)
    }

    static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe ExploredAtomics.loadAcquiring(word)
    }

    static func loadRelaxed(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe ExploredAtomics.loadRelaxed(word)
    }

    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        unsafe ExploredAtomics.storeReleasing(word, value)
    }

    static func storeRelaxed(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        unsafe ExploredAtomics.storeRelaxed(word, value)
    }

    static func exchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ value: UInt64
    ) -> UInt64 {
        unsafe ExploredAtomics.exchangeAcquiringAndReleasing(word, value)
    }

    static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        unsafe ExploredAtomics.compareExchangeAcquiring(word, expected: expected, desired: desired)
    }

    static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        unsafe ExploredAtomics.compareExchangeAcquiringAndReleasing(
            word, expected: expected, desired: desired)
    }

    static func addAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ amount: UInt64
    ) -> UInt64 {
        unsafe ExploredAtomics.addAcquiringAndReleasing(word, amount)
    }

    static func setBitsAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ bits: UInt64
    ) -> UInt64 {
        unsafe ExploredAtomics.setBitsAcquiringAndReleasing(word, bits)
    }

    static func addRelaxed(_ word: UnsafeMutableRawPointer, _ amount: UInt64) {
        unsafe ExploredAtomics.addRelaxed(word, amount)
    }

    static func decrementAcquiringAndReleasing(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe ExploredAtomics.decrementAcquiringAndReleasing(word)
    }

    static func fenceSequentiallyConsistent() {
        ExploredAtomics.fenceSequentiallyConsistent()
    }

    static func fenceCompiler() {
        ExploredAtomics.fenceCompiler()
    }

    static func registerFenceEverywhere() -> Bool {
        ExploredAtomics.registerFenceEverywhere()
    }

    static func fenceEverywhere() {
        ExploredAtomics.fenceEverywhere()
    }

    static func sleep(_ word: UnsafeMutableRawPointer, while value: UInt32) {
        unsafe ExploredAtomics.sleep(word, while: value)
    }

    static func sleep(
        _ word: UnsafeMutableRawPointer, while value: UInt32, until deadline: UInt64
    ) -> Bool {
        unsafe ExploredAtomics.sleep(word, while: value, until: deadline)
    }

    static func now() -> UInt64 { ExploredAtomics.now() }

    static func hasPassed(_ deadline: UInt64) -> Bool { ExploredAtomics.hasPassed(deadline) }

    static func wake(_ word: UnsafeMutableRawPointer, count: Int32) {
        unsafe ExploredAtomics.wake(word, count: count)
    }

    static func pause() {
        ExploredAtomics.pause()
    }

    static func yield() {
        ExploredAtomics.yield()
    }

    static func nap() {
        ExploredAtomics.nap()
    }

    static func willRead<Value: ~Copyable>(
        _ address: UnsafeMutablePointer<Value>, count: Int
    ) {
        unsafe ExploredAtomics.willRead(address, count: count)
    }

    static func willWrite<Value: ~Copyable>(
        _ address: UnsafeMutablePointer<Value>, count: Int
    ) {
        unsafe ExploredAtomics.willWrite(address, count: count)
    }

    static func deallocate(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
        unsafe ExploredAtomics.deallocate(memory, byteCount: byteCount)
    }
}

/// Publishes without saying that what came before is to be seen.
enum Unreleased: Weakened {
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        unsafe ExploredAtomics.storeRelaxed(word, value)
    }
}

/// Imposes no fence on others.
enum Unfenced: Weakened {
    static func fenceEverywhere() {}
}

/// Stamps slots without saying that what came before is to be seen.
enum UnreleasedStamps: Weakened {
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        unsafe ExploredAtomics.storeRelaxed(word, value)
    }
}
