/// How many messages go by between two looks at the clock of a worker that ticks.
@frozen @usableFromInline
struct TickPace {
    /// Messages until the next look.
    @usableFromInline var left = 1
    /// Messages between the last look and the next.
    @usableFromInline var stride: UInt64 = 1
    @usableFromInline var lastLook = MonotonicTime(nanoseconds: 0)

    @inlinable
    init() {}

    /// Counts a message; whether the clock is to be looked at.
    @inlinable @inline(__always)
    mutating func passesLook() -> Bool {
        left &-= 1
        return left <= 0
    }

    /// Says when the clock was looked at. The next look comes after so many messages that they take
    /// an eighth of the interval, by what the last ones took: at least one, and at most 16.
    @inlinable
    mutating func look(at now: MonotonicTime, interval: Duration) {
        let spent = max(1, now.nanoseconds &- min(lastLook.nanoseconds, now.nanoseconds))
        let nanoseconds = (MonotonicTime(nanoseconds: 0) + interval).nanoseconds
        // Within 2⁵⁷ ns, four years, nothing overflows below.
        let eighth = min(1 << 57, nanoseconds / 8)
        stride = max(1, min(16, eighth * stride / spent))
        left = Int(stride)
        lastLook = now
    }
}
