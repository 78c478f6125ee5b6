import Channels
import Synchronization

/// A bounded queue behind a lock: what is not lock-free, as the measure of those that say they are.
final class LockedQueue: Sendable {
    private let ring: Mutex<Ring>

    /// A queue of at most `capacity` elements.
    init(capacity: Int) { ring = Mutex(Ring(capacity: capacity)) }

    fileprivate func push(_ element: UInt64) -> Bool { ring.withLock { $0.push(element) } }
    fileprivate func pop() -> UInt64? { ring.withLock { $0.pop() } }

    private struct Ring {
        private var elements: [UInt64]
        private var first = 0
        private var count = 0

        init(capacity: Int) { elements = Array(repeating: 0, count: capacity) }

        mutating func push(_ element: UInt64) -> Bool {
            guard count < elements.count else { return false }
            elements[(first + count) % elements.count] = element
            count += 1
            return true
        }

        mutating func pop() -> UInt64? {
            guard count > 0 else { return nil }
            let element = elements[first]
            first = (first + 1) % elements.count
            count -= 1
            return element
        }
    }
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
