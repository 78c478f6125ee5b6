import Cluster

/// Messages that nodes dropped because they could not leave: whoever said them says them again, so that
/// they cost time, and where they never can leave, all of it.
public struct DroppedMessages: Hashable, Sendable, Encodable {
    /// Those whose receiver did not take what it was sent before.
    public var overflowed: UInt64 = 0
    /// Those that were longer than a frame may be.
    public var tooLong: UInt64 = 0

    /// None.
    public init() {}

    /// What a node dropped in its life so far.
    init(_ statistics: NodeStatistics) {
        (overflowed, tooLong) = (statistics.overflowed, statistics.tooLong)
    }

    /// Whether there are none.
    var isEmpty: Bool { overflowed == 0 && tooLong == 0 }

    /// What was dropped, and why.
    var text: String {
        "\(overflowed) messages since their receivers took no more, \(tooLong) that were longer than a "
            + "frame may be"
    }

    static func + (one: Self, other: Self) -> Self {
        var sum = one
        sum.overflowed += other.overflowed
        sum.tooLong += other.tooLong
        return sum
    }
}
