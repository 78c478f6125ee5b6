public import StateMachines

/// Counts timestamps that are not above one that was known before they were asked for: inversions, which
/// break whatever takes timestamps for the order of events (linearizability, snapshot isolation).
///
/// Answers are told in the order in which they are received. Each costs O(log n) in the answers that were
/// the greatest so far.
public struct RealTimeOrder: Sendable {
    /// How many timestamps were told.
    public private(set) var count = 0
    /// How many were not above one that was known before.
    public private(set) var inversions = 0
    /// By how many milliseconds the worst of them was behind.
    public private(set) var worst: UInt64 = 0

    private let millisecond: @Sendable (UInt64) -> UInt64
    /// Timestamps that were the greatest when they were received, rising in both.
    private var rises: [(stamp: UInt64, received: Moment)] = []

    /// No timestamp yet; `millisecond` says which one a timestamp is of.
    public init(millisecond: @escaping @Sendable (UInt64) -> UInt64) {
        self.millisecond = millisecond
    }

    /// A timestamp that was asked for at one moment and received at another; whether it is above all that
    /// were known when it was asked for.
    @discardableResult
    public mutating func told(_ stamp: UInt64, asked: Moment, received: Moment) -> Bool {
        count += 1
        defer {
            if stamp > rises.last?.stamp ?? 0 || rises.isEmpty { rises.append((stamp, received)) }
        }
        var (low, high) = (0, rises.count)
        while low < high {
            let middle = (low + high) / 2
            if rises[middle].received < asked { low = middle + 1 } else { high = middle }
        }
        guard low > 0, stamp <= rises[low - 1].stamp else { return true }
        inversions += 1
        worst = max(worst, millisecond(rises[low - 1].stamp) - millisecond(stamp))
        return false
    }

    /// The share of timestamps that were not above one known before; 0 where there are none.
    public var share: Double { count == 0 ? 0 : Double(inversions) / Double(count) }
}
