import Channels
import Synchronization

/// A word on which threads sleep until another changes it, alone on its cache lines.
///
/// `@unchecked Sendable`: the memory is written in `init` and freed in `deinit`; in between it is
/// touched by atomic instructions and the kernel alone.
@safe @usableFromInline
final class EventWord: @unchecked Sendable {
    @usableFromInline let word: UnsafeMutablePointer<Atomic<UInt32>>

    @usableFromInline
    init(_ value: UInt32 = 0) {
        // Sound: room for one atomic, which is initialised before anyone sees the address.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        unsafe word = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        unsafe word.initialize(to: Atomic(value))
    }

    deinit {
        unsafe word.deinitialize(count: 1)
        unsafe word.deallocate()
    }

    // Sound, all below: the object owns the word.

    /// The value, with what its writer did before.
    @inlinable @inline(__always)
    func load() -> UInt32 { unsafe word.pointee.load(ordering: .acquiring) }

    /// Sets bits and wakes all sleepers; what was there.
    @discardableResult
    func raise(_ bits: UInt32) -> UInt32 {
        let old = unsafe word.pointee.bitwiseOr(bits, ordering: .acquiringAndReleasing).oldValue
        wakeAll()
        return old
    }

    /// Clears bits and wakes all sleepers; what was there.
    @discardableResult
    func lower(_ bits: UInt32) -> UInt32 {
        let old = unsafe word.pointee.bitwiseAnd(~bits, ordering: .acquiringAndReleasing).oldValue
        wakeAll()
        return old
    }

    /// Clears bits, for who knows that nobody else sleeps on the word; what was there.
    func take(_ bits: UInt32) -> UInt32 {
        unsafe word.pointee.bitwiseAnd(~bits, ordering: .acquiringAndReleasing).oldValue
    }

    /// Counts down by one; wakes all sleepers when nothing is left. What is left.
    @discardableResult
    func countDown() -> UInt32 {
        let left = unsafe word.pointee.subtract(1, ordering: .acquiringAndReleasing).newValue
        if left == 0 { wakeAll() }
        return left
    }

    /// Stores `desired` if the word is `expected`; what was there. Acquiring and releasing.
    @inlinable
    func exchange(_ expected: UInt32, for desired: UInt32) -> UInt32 {
        unsafe word.pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiringAndReleasing
        ).original
    }

    /// Stores, for whoever loads the word to see what was done before.
    @inlinable
    func store(_ value: UInt32) {
        unsafe word.pointee.store(value, ordering: .releasing)
    }

    /// Sleeps while the word is `value`, until woken or until `deadline`; may return early.
    @usableFromInline
    func sleep(while value: UInt32, until deadline: MonotonicTime?) {
        guard let deadline else {
            return unsafe ProcessorAtomics.sleep(UnsafeMutableRawPointer(word), while: value)
        }
        let now = MonotonicTime.now()
        guard now < deadline else { return }
        // The kernel's deadlines are on another clock: hence by way of the span.
        let span = deadline.nanoseconds - now.nanoseconds
        let (end, overflow) = ProcessorAtomics.now().addingReportingOverflow(span)
        _ = unsafe ProcessorAtomics.sleep(
            UnsafeMutableRawPointer(word), while: value, until: overflow ? .max : end)
    }

    /// Wakes everybody who sleeps on the word.
    @usableFromInline
    func wakeAll() {
        unsafe ProcessorAtomics.wake(UnsafeMutableRawPointer(word), count: .max)
    }

    /// Waits until `isDone` holds for the word, or until `deadline`; whether it held.
    func wait(until deadline: MonotonicTime?, _ isDone: (UInt32) -> Bool) -> Bool {
        while true {
            let value = load()
            if isDone(value) { return true }
            if let deadline, MonotonicTime.now() >= deadline { return false }
            sleep(while: value, until: deadline)
        }
    }
}
