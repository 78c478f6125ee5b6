/// What the workers of a pool have done so far, taken together.
public struct PoolTotals: Equatable, Sendable {
    /// Messages that they have taken out of their inboxes.
    public private(set) var received: UInt64 = 0
    /// Messages that they have handled without an error in the end.
    public private(set) var handled: UInt64 = 0
    /// Errors thrown by their functions.
    public private(set) var failures: UInt64 = 0
    /// Messages that went to the dead letters.
    public private(set) var deadLetters: UInt64 = 0
    /// How often a state was made anew.
    public private(set) var restarts: UInt64 = 0
    /// How often one of them went to wait for a message.
    public private(set) var waits: UInt64 = 0

    init() {}

    mutating func add(_ worker: WorkerStatistics) {
        received &+= worker.received
        handled &+= worker.handled
        failures &+= worker.failures
        deadLetters &+= worker.deadLetters
        restarts &+= worker.restarts
        waits &+= worker.waits
    }
}
