import StateMachines

/// What a token guards, as far as the guard goes: it takes writes in the order of their fencing numbers.
///
/// A write with a number below the highest so far is refused, whoever sends it and however it came so late.
/// Writes under one number are of one grant, and all are taken. The highest number has to be as durable as
/// the data: a resource that forgets it in a crash takes old writes again.
public struct FencedResource: Hashable, Sendable {
    /// What became of a write.
    public enum Answer: Hashable, Sendable {
        /// Taken, as the write of this number, counted from 1.
        case accepted(UInt64)
        /// Refused: a write of a later grant came before.
        case stale(newest: FencingNumber)
    }

    /// The highest number that a write was taken with; nil before the first.
    public private(set) var newest: FencingNumber?
    /// How many writes were taken.
    public private(set) var accepted: UInt64 = 0
    /// How many were refused.
    public private(set) var refused: UInt64 = 0
    /// The mistake to make on purpose.
    package var planted = Planted<CartoucheMistake>()

    /// A resource that nothing was written to.
    public init() {}

    /// Takes a write of a grant, unless a later grant's came before. O(1).
    public mutating func write(under number: FencingNumber) -> Answer {
        if let newest, number < newest, !looksAway {
            refused += 1
            return .stale(newest: newest)
        }
        newest = number
        accepted += 1
        return .accepted(accepted)
    }

    private var looksAway: Bool { planted.has(.resourceTakesOlderNumbers) }
}
