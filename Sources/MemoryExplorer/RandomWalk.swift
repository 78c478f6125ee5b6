import Randomness

/// Chooses at random what an execution does next.
///
/// A bug needs a thread that stands still for a while as often as one that is overtaken at each step:
/// so each walk has its own share of turns after which the same thread goes on.
struct RandomWalk {
    private var generator: Xoshiro256StarStar
    /// Of eight turns, how many are followed by another one of the same thread, where it can go on.
    private let stays: UInt64

    init(_ generator: Xoshiro256StarStar) {
        var generator = generator
        stays = generator.next(below: 8)
        self.generator = generator
    }

    /// One of `count` values.
    mutating func value(count: Int) -> Int {
        Int(generator.next(below: UInt64(count)))
    }

    /// One of the threads in the set `enabled`, which is not empty.
    mutating func turn(_ enabled: UInt64, current: Int) -> Int {
        if enabled & (1 << UInt64(current)) != 0, generator.next(below: 8) < stays {
            return current
        }
        var left = enabled
        for _ in 0..<generator.next(below: UInt64(enabled.nonzeroBitCount)) { left &= left - 1 }
        return left.trailingZeroBitCount
    }
}
