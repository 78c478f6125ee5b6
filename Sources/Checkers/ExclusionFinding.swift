public import StateMachines

/// A right that a node held alone, or should have.
public struct HeldRight: Hashable, Sendable, CustomStringConvertible {
    /// Who held it.
    public let holder: NodeID
    /// The number that came with it; greater than those of all rights before it.
    public let fence: UInt64
    /// From when.
    public let from: Moment
    /// Until before when; nil where it has not ended.
    public let until: Moment?

    /// The holder, the fence and the span.
    public var description: String {
        "\(holder) with fence \(fence) from \(from) to \(until.map { "\($0)" } ?? "now")"
    }
}

/// A rule of mutual exclusion that was broken.
public enum ExclusionFinding: Hashable, Sendable, CustomStringConvertible {
    /// Two nodes held the right at one time, from when the second began.
    case overlap(first: HeldRight, second: HeldRight)
    /// A right began with a fence that is not above those of all rights before it.
    case fenceNotGreater(HeldRight, than: HeldRight)
    /// A node ended a right that it did not hold.
    case endedWithoutRight(NodeID, fence: UInt64, at: Moment)
    /// The resource accepted what carries a fence that nobody was ever given.
    case acceptedUnknownFence(UInt64, from: NodeID, at: Moment)
    /// The resource accepted what carries a fence from a node that it was not given to.
    case acceptedFromStranger(NodeID, at: Moment, right: HeldRight)
    /// The resource accepted a fence after it had accepted a greater one.
    case acceptedTooLate(fence: UInt64, from: NodeID, at: Moment, after: UInt64, since: Moment)

    /// What was broken, by whom and when, in one line.
    public var description: String {
        switch self {
        case .overlap(let first, let second):
            "two holders at \(second.from): \(first), and \(second)"
        case .fenceNotGreater(let right, let before):
            "the fence did not rise: \(right), after \(before)"
        case .endedWithoutRight(let node, let fence, let now):
            "\(node) gave up fence \(fence) at \(now), which it did not hold"
        case .acceptedUnknownFence(let fence, let node, let now):
            "the resource accepted fence \(fence) of \(node) at \(now), which nobody was given"
        case .acceptedFromStranger(let node, let now, let right):
            "the resource accepted \(node) at \(now) with the fence of \(right)"
        case .acceptedTooLate(let fence, let node, let now, let greater, let before):
            "the resource accepted fence \(fence) of \(node) at \(now), after \(greater) at \(before)"
        }
    }
}
