import Channels
import Glibc
import Synchronization

/// A bounded queue behind a lock: what is not lock-free, as the measure of those that say they are.
///
/// A lock that spins: the kernel hands one that sleeps from thread to thread, which takes longer than
/// anybody may wait here. Whoever holds it moves an element, or finds that it cannot, and does the
/// bounded piece of work that a container and an allocator do there: so much that a thread that does
/// nothing but operations holds the lock for about half of its time.
///
/// @unchecked Sendable: the elements are touched by the holder of the lock alone.
final class LockedQueue: @unchecked Sendable {
    /// Who holds the lock.
    enum Holder: UInt8 {
        case nobody, somebody, victim
    }

    /// Steps of the work under the lock, of a few cycles each.
    private static let steps = 64

    private let holder = Atomic<UInt8>(Holder.nobody.rawValue)
    private var elements: [UInt64]
    private var first = 0
    private var count = 0
    /// What the work comes to.
    private var digest: UInt64 = 1

    /// A queue of at most `capacity` elements.
    init(capacity: Int) { elements = Array(repeating: 0, count: capacity) }

    /// Whether the thread that is stopped holds the lock. Says something while it is stopped.
    var isHeldByVictim: Bool { holder.load(ordering: .acquiring) == Holder.victim.rawValue }

    fileprivate func push(_ element: UInt64, as thread: Holder) -> Bool {
        lock(as: thread)
        defer { unlock() }
        work()
        guard count < elements.count else { return false }
        elements[(first + count) % elements.count] = element
        count += 1
        return true
    }

    fileprivate func pop(as thread: Holder) -> UInt64? {
        lock(as: thread)
        defer { unlock() }
        work()
        guard count > 0 else { return nil }
        let element = elements[first]
        first = (first + 1) % elements.count
        count -= 1
        return element
    }

    /// Each step waits for the one before, and the result is kept, so that none can be left out.
    private func work() {
        var value = digest
        for _ in 0..<Self.steps { value = value &* 6_364_136_223_846_793_005 &+ 1 }
        digest = value
    }

    private func lock(as thread: Holder) {
        // Acquires what the last holder released.
        while !holder.compareExchange(
            expected: Holder.nobody.rawValue, desired: thread.rawValue, ordering: .acquiring
        ).exchanged {
            // The holder may share this core.
            sched_yield()
        }
    }

    private func unlock() { holder.store(Holder.nobody.rawValue, ordering: .releasing) }
}

/// The sending end of a locked queue.
struct LockedSender: TryingSender {
    let queue: LockedQueue
    /// Who sends.
    var thread = LockedQueue.Holder.somebody

    mutating func trySend(_ element: consuming UInt64) -> SendAttempt<UInt64> {
        queue.push(element, as: thread) ? .sent : .full(element)
    }
}

/// The receiving end of a locked queue.
struct LockedReceiver: TryingReceiver {
    let queue: LockedQueue
    /// Who receives.
    var thread = LockedQueue.Holder.somebody

    mutating func tryReceive() -> UInt64? { queue.pop(as: thread) }
}
