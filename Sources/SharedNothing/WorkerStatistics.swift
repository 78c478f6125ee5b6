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
    /// Messages that went to the dead letters.
    public let deadLetters: UInt64
    /// How often its state was made anew after the first time.
    public let restarts: UInt64
    /// How often it went to wait for a message because there was none: spinning, then parking as
    /// the strategy says.
    public let waits: UInt64
    /// Messages in its inbox.
    public let queueDepth: Int

    /// One line for a person.
    public var description: String {
        "worker \(worker): \(received) received, \(handled) handled, \(failures) failures, "
            + "\(deadLetters) dead letters, \(restarts) restarts, \(waits) waits, "
            + "\(queueDepth) waiting"
    }
}

/// The counts of one worker, on cache lines that only its thread writes.
@usableFromInline
final class WorkerCounters: Sendable {
    private let padding = InlineArray<14, UInt64>(repeating: 0)
    @usableFromInline let received = Atomic<UInt64>(0)
    @usableFromInline let handled = Atomic<UInt64>(0)
    let failures = Atomic<UInt64>(0)
    let deadLetters = Atomic<UInt64>(0)
    let restarts = Atomic<UInt64>(0)
    @usableFromInline let waits = Atomic<UInt64>(0)
    private let paddingAfter = InlineArray<10, UInt64>(repeating: 0)

    init() {}

    /// Adds one, where only the calling thread writes.
    @inlinable @inline(__always)
    static func count(_ counter: borrowing Atomic<UInt64>) {
        // Relaxed: a count says nothing of anything else.
        counter.store(counter.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}
