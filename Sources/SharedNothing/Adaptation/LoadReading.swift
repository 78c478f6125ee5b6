import Hardware

/// What a pool was seen doing over an interval.
public struct LoadReading: Sendable, Equatable {
    /// The share of the interval in which workers were in their own code, over all workers: 0…1.
    public var utilisation: Double
    /// Messages waiting in all inboxes together, on average.
    public var queued: Double

    /// Memberwise. What is no number, or out of its range, is a programmer's mistake.
    public init(utilisation: Double, queued: Double) {
        precondition(
            (0...1).contains(utilisation) && queued >= 0 && queued.isFinite,
            "no reading: utilisation \(utilisation), queued \(queued)")
        self.utilisation = utilisation
        self.queued = queued
    }
}

/// What follows from the load.
public struct LoadSettings: Sendable, Equatable {
    /// Number of workers.
    public var workers: Int
    /// How many messages a worker takes from its inbox at once; a power of two.
    public var batch: Int
    /// What a worker does when its inbox is empty.
    public var wait: Profile.WaitStrategy

    /// Memberwise.
    public init(workers: Int, batch: Int, wait: Profile.WaitStrategy) {
        self.workers = workers
        self.batch = batch
        self.wait = wait
    }
}
