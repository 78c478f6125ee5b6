import Channels
import Glibc
import Synchronization

/// A bounded queue behind a lock: what is not lock-free, as the measure of those that say they are.
///
/// A lock that spins: the kernel hands one that sleeps from thread to thread, which takes longer than
/// anybody may wait here.
///
/// @unchecked Sendable: the elements are touched by the holder of the lock alone.
final class LockedQueue: @unchecked Sendable {
    private let isHeld = Atomic<Bool>(false)
    private var elements: [UInt64]
    private var first = 0
    private var count = 0

    /// A queue of at most `capacity` elements.
    init(capacity: Int) { elements = Array(repeating: 0, count: capacity) }

    fileprivate func push(_ element: UInt64) -> Bool {
        lock()
        defer { unlock() }
        guard count < elements.count else { return false }
        elements[(first + count) % elements.count] = element
        count += 1
        return true
    }

    fileprivate func pop() -> UInt64? {
        lock()
        defer { unlock() }
        guard count > 0 else { return nil }
        let element = elements[first]
        first = (first + 1) % elements.count
        count -= 1
        return element
    }

    private func lock() {
        // Acquires what the last holder released.
        while isHeld.exchange(true, ordering: .acquiring) {
            // The holder may share this core.
            sched_yield()
        }
    }

    private func unlock() { isHeld.store(false, ordering: .releasing) }
}

/// The sending end of a locked queue.
struct LockedSender: TryingSender {
    let queue: LockedQueue

    mutating func trySend(_ element: consuming UInt64) -> SendAttempt<UInt64> {
        queue.push(element) ? .sent : .full(element)
    }
}

/// The receiving end of a locked queue.
struct LockedReceiver: TryingReceiver {
    let queue: LockedQueue

    mutating func tryReceive() -> UInt64? { queue.pop() }
}
