/// How many numbers are made durable at once, and whether that adapts to how fast they go.
package struct HorizonReach: Hashable, Sendable {
    /// How many lie beyond what was asked for once the horizon has moved.
    package enum Surplus: Hashable, Sendable {
        /// None: who asks, asks for a whole block.
        case none
        /// Half of the reach: who asks, asks for the other half.
        case half
        /// All but the one that was asked for.
        case rest
    }

    /// How many numbers a move makes durable at least.
    private let least: UInt64
    /// And at most.
    private let most: UInt64
    private let surplus: Surplus
    /// How many it makes durable now.
    package private(set) var current: UInt64
    /// When the last move ended, in nanoseconds of the monotonic clock.
    private var movedAt: UInt64?

    /// A reach of `least` numbers, which grows to `most` while they are used up faster than syncs
    /// make new ones.
    package init(_ least: UInt64, growingTo most: UInt64, surplus: Surplus) {
        precondition(least >= 1 && most >= least, "a reach from \(least) to \(most)")
        self.least = least
        self.most = most
        self.surplus = surplus
        current = least
    }

    /// The horizon that gives room to all below `asked`. It stays below the highest number that
    /// there is, if `asked` does.
    func goal(beyond asked: UInt64) -> UInt64 {
        let more =
            switch surplus {
            case .none: 0 as UInt64
            case .half: current / 2
            case .rest: current - 1
            }
        let (goal, overflow) = asked.addingReportingOverflow(more)
        return overflow ? .max : goal
    }

    /// Doubles the reach when what the last move made durable lasted for less than four syncs, so
    /// that the device, not the numbers, would set the pace; halves it when it lasted for more than
    /// 64, so that a crash skips few.
    ///
    /// - Parameters:
    ///   - began: when the move that has ended began, in nanoseconds of the monotonic clock.
    ///   - took: how long it took.
    mutating func adapt(movedAt began: UInt64, syncTook took: UInt64) {
        defer { movedAt = began + took }
        guard let movedAt, least < most else { return }
        let lasted = began - min(movedAt, began)
        if lasted / 4 < took {
            current = current > most / 2 ? most : current * 2
        } else if lasted / 64 > took {
            current = max(least, current / 2)
        }
    }
}
