import Synchronization

/// What a worker has done so far, at a moment in the recent past.
public struct WorkerStatistics: Equatable, Sendable, CustomStringConvertible {
    /// Its index.
    public let worker: Int
    /// Messages that it has taken out of its inbox.
    public let received: UInt64
    /// Messages that it has handled without an error in the end.
    public let handled: UInt64
    /// Errors thrown by its functions; a message that is tried three times may count three.
    public let failures: UInt64
    /// Messages that went to the dead letters, and portions of states that were released to the
    /// worker when it had ended.
    public let deadLetters: UInt64
    /// Requests that it did not handle, because nobody waited for the answer when it came to them.
    public let expired: UInt64
    /// How often its state was made anew after the first time.
    public let restarts: UInt64
    /// How often it went to wait for a message because there was none: spinning, then parking as
    /// the strategy says.
    public let waits: UInt64
    /// Messages that it has not come to yet: in its inbox, and in the batch that it has in hand.
    public let queueDepth: Int

    /// One line for a person.
    public var description: String {
        "worker \(worker): \(received) received, \(handled) handled, \(failures) failures, "
            + "\(deadLetters) dead letters, \(expired) expired, \(restarts) restarts, "
            + "\(waits) waits, "
            + "\(queueDepth) waiting"
    }
}

/// The counts of one worker, on cache lines that only its thread writes, but for dead letters,
/// which a resize may count on another.
@usableFromInline
final class WorkerCounters: Sendable {
    private let padding = InlineArray<14, UInt64>(repeating: 0)
    @usableFromInline let received = Atomic<UInt64>(0)
    @usableFromInline let handled = Atomic<UInt64>(0)
    let failures = Atomic<UInt64>(0)
    let deadLetters = Atomic<UInt64>(0)
    @usableFromInline let expired = Atomic<UInt64>(0)
    let restarts = Atomic<UInt64>(0)
    @usableFromInline let waits = Atomic<UInt64>(0)
    /// Messages in the batch in hand that it has not come to.
    @usableFromInline let inHand = Atomic<Int>(0)
    private let paddingAfter = InlineArray<8, UInt64>(repeating: 0)

    init() {}

    /// Stores a number that says nothing of anything else.
    @inlinable @inline(__always)
    static func note(_ number: Int, in counter: borrowing Atomic<Int>) {
        counter.store(number, ordering: .relaxed)
    }

    /// Adds dead letters. Any thread.
    func countDeadLetters(_ count: Int) {
        deadLetters.wrappingAdd(UInt64(count), ordering: .relaxed)
    }

    /// Adds one, where only the calling thread writes.
    @inlinable @inline(__always)
    static func count(_ counter: borrowing Atomic<UInt64>) {
        // Relaxed: a count says nothing of anything else.
        counter.store(counter.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}
