/// What a node is held to be.
public enum MemberStatus: UInt8, Sendable, CaseIterable {
    /// It answers, or nobody has reason to doubt it.
    case alive = 0
    /// It did not answer, and has time to object. Still a member: it is served and probed.
    case suspect = 1
    /// It did not object in time.
    case dead = 2
    /// It said that it leaves.
    case left = 3
}

/// What is known of a node: its incarnation and its status in it, in one word.
///
/// Words are ordered, and of two the greater one holds:
/// alive(i) < suspect(i) < dead(i) < left(i) < alive(i+1). So views merge by taking the maximum, in
/// any order and any number of times, and only the node itself, which alone raises its incarnation,
/// gets rid of a suspicion or a death.
///
/// The order is SWIM's (Das, Gupta, Motivala: "SWIM: scalable weakly-consistent infection-style
/// process group membership protocol", DSN 2002, section 4.2) but for death: SWIM's is final and a
/// process that comes back has a new name; here a node keeps its number, and a greater incarnation
/// ends its death, as in Serf and memberlist.
public struct MemberState: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The incarnation in the upper 30 bits, the status in the lower two.
    public let rawValue: UInt32

    @inlinable
    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Nothing is known. Less than anything that is.
    @inlinable
    public static var unknown: MemberState { MemberState(rawValue: 0) }

    /// The greatest incarnation, with room for the one that refutes it. 2³⁰ − 2.
    public static let mostIncarnations: UInt32 = (1 << 30) - 2

    /// A status in an incarnation from 1 to `mostIncarnations` + 1.
    public init(_ status: MemberStatus, incarnation: UInt32) {
        precondition(
            (1...MemberState.mostIncarnations + 1).contains(incarnation),
            "incarnation \(incarnation) is out of range")
        rawValue = incarnation << 2 | UInt32(status.rawValue)
    }

    /// Counts what the node has said of itself; 0 where it is unknown.
    @inlinable
    public var incarnation: UInt32 { rawValue >> 2 }

    /// The status; nil where it is unknown.
    public var status: MemberStatus? {
        isKnown ? MemberStatus(rawValue: UInt8(rawValue & 3)) : nil
    }

    /// Whether anything is known.
    @inlinable
    public var isKnown: Bool { rawValue != 0 }

    /// Whether the node counts as a member: alive or suspect.
    @inlinable
    public var isRunning: Bool { rawValue != 0 && rawValue & 2 == 0 }

    /// Whether the node is a member without any doubt.
    @inlinable
    public var isAlive: Bool { rawValue != 0 && rawValue & 3 == 0 }

    /// Whether the node is a member that somebody doubts.
    var isSuspect: Bool { rawValue & 3 == UInt32(MemberStatus.suspect.rawValue) }

    /// Whether the right one holds against the left one.
    @inlinable
    public static func < (left: MemberState, right: MemberState) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The status, with the incarnation in brackets.
    public var description: String { status.map { "\($0)(\(incarnation))" } ?? "unknown" }
}
