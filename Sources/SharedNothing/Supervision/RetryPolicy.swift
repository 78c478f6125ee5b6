/// How often a message is tried before it becomes a dead letter.
public struct RetryPolicy: Sendable, Equatable {
    /// Attempts that a message gets, the first one included; positive.
    public let attempts: Int

    /// `attempts` in all, which must be positive.
    public init(attempts: Int) {
        precondition(attempts > 0, "\(attempts) attempts")
        self.attempts = attempts
    }

    /// Whether a message that has failed `failures` times is tried again.
    public func retries(after failures: Int) -> Bool { failures < attempts }
}
