import CNilometerShims
import Synchronization

/// A number that one thread raises and others sleep on.
///
/// @unchecked Sendable: the word is an atomic, touched by atomic operations and by the kernel.
@safe final class FutexWord: @unchecked Sendable {
    // Alone on its line: two lines are allocated for it.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>
    private static let bytes = 256

    init() {
        // SAFETY: aligned and large enough for the atomic that is made in it; freed with this.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.bytes, alignment: 128)
        unsafe word = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        unsafe word.initialize(to: Atomic(0))
    }

    deinit {
        // SAFETY: made in `init`, and nobody uses it any more.
        unsafe word.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(word).deallocate()
    }

    /// The number.
    var current: UInt32 {
        // SAFETY: made in `init`.
        unsafe word.pointee.load(ordering: .acquiring)
    }

    /// Raises the number by one and wakes the sleepers.
    func advanceAndWake() {
        // SAFETY: made in `init`; an atomic 32-bit word has the representation of its value. The
        // addition releases what was written before to who sees it in `sleep`.
        unsafe word.pointee.wrappingAdd(1, ordering: .releasing)
        _ = unsafe UnsafeMutableRawPointer(word).withMemoryRebound(to: UInt32.self, capacity: 1) {
            unsafe nilometer_futex_wake($0, .max)
        }
    }

    /// Sleeps until the number is another than `seen`; gives it.
    func sleep(past seen: UInt32) -> UInt32 {
        while true {
            let now = current
            if now != seen { return now }
            // SAFETY: as above; the kernel reads the word.
            _ = unsafe UnsafeMutableRawPointer(word).withMemoryRebound(
                to: UInt32.self, capacity: 1
            ) { unsafe nilometer_futex_wait($0, seen) }
        }
    }

    /// Sleeps until the number has reached `target`.
    func sleep(until target: UInt32) {
        var now = current
        while Int32(bitPattern: target &- now) > 0 { now = sleep(past: now) }
    }
}
