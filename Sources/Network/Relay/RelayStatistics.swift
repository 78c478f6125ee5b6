public import StateMachines

/// What a relay did so far.
public struct RelayStatistics: Sendable {
    /// Connections that were accepted.
    public internal(set) var connections: UInt64 = 0
    /// Connections that could not be made to the other end.
    public internal(set) var refused: UInt64 = 0
    /// Pieces of bytes that were taken from senders.
    public internal(set) var taken: UInt64 = 0
    /// Pieces of bytes that were given to receivers.
    public internal(set) var given: UInt64 = 0
    /// Bytes that were taken from senders.
    public internal(set) var bytesTaken: UInt64 = 0
    /// Bytes that were given to receivers.
    public internal(set) var bytesGiven: UInt64 = 0
    /// Segments that were lost.
    public internal(set) var lost: UInt64 = 0
    /// Times that a sender was not read from any more, because its window was used up.
    public internal(set) var pauses: UInt64 = 0
    /// By how much pieces were given later than they were due.
    public internal(set) var lateness = Lateness()

    /// Nothing so far.
    public init() {}
}

/// By how much things were late: every one of them, or every second, fourth … of very many, so that the
/// memory is bounded and no part of the time counts more than another.
public struct Lateness: Sendable {
    private static let capacity = 1 << 16

    private var kept: [Int64] = []
    private var step = 1
    private var skipped = 0
    /// The longest of all.
    public private(set) var longest = Span.zero

    /// Nothing so far.
    public init() {}

    /// How many are kept.
    public var count: Int { kept.count }

    /// Notes one. O(1) amortised.
    mutating func note(_ span: Span) {
        longest = max(longest, span)
        skipped += 1
        guard skipped == step else { return }
        skipped = 0
        kept.append(span.nanoseconds)
        guard kept.count == Self.capacity else { return }
        kept = stride(from: 1, to: kept.count, by: 2).map { kept[$0] }
        step *= 2
    }

    /// What this share of them stays within, by the nearest rank; nil where there are none. O(n log n).
    public func within(share: Double) -> Span? {
        precondition((0...1).contains(share), "a share of \(share)")
        guard !kept.isEmpty else { return nil }
        let rank = max(0, Int((share * Double(kept.count)).rounded(.up)) - 1)
        return Span(nanoseconds: kept.sorted()[rank])
    }
}
