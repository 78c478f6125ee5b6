import MemoryExplorer

/// Explored atomics of four bytes, for the words of a test.
enum Memory {
    // SAFETY (of all): `Words` hands out addresses of atomics that it has made.

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

    static func fenceSequentiallyConsistent() { ExploredAtomics.fenceSequentiallyConsistent() }

    static func fenceCompiler() { ExploredAtomics.fenceCompiler() }

    static func fenceEverywhere() { ExploredAtomics.fenceEverywhere() }

    static func sleep(_ word: UnsafeMutableRawPointer, while value: UInt32) {
        unsafe ExploredAtomics.sleep(word, while: value)
    }

    static func wake(_ word: UnsafeMutableRawPointer) {
        unsafe ExploredAtomics.wake(word, count: 1)
    }

    static func pause() { ExploredAtomics.pause() }

    static func willRead(_ address: UnsafeMutablePointer<Int32>) {
        unsafe ExploredAtomics.willRead(address, count: 1)
    }

    static func willWrite(_ address: UnsafeMutablePointer<Int32>) {
        unsafe ExploredAtomics.willWrite(address, count: 1)
    }
}
