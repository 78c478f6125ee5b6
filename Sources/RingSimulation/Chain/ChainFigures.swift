public import StateMachines

/// Times that operations took, in the order in which they were answered.
public struct Latencies: Hashable, Sendable {
    /// The times.
    public internal(set) var all: [Span] = []

    /// None.
    public init() {}

    /// The mean; nil where there is none.
    public var mean: Span? {
        guard !all.isEmpty else { return nil }
        return Span(nanoseconds: all.reduce(0) { $0 + $1.nanoseconds } / Int64(all.count))
    }

    /// The time within which a share of them was answered, by the nearest rank; nil where there is none.
    public func within(_ share: Double) -> Span? {
        precondition(share > 0 && share <= 1, "a share of \(share)")
        guard !all.isEmpty else { return nil }
        let rank = Int((share * Double(all.count)).rounded(.up))
        return all.sorted()[max(rank, 1) - 1]
    }
}

/// What a chain did under load.
public struct ChainFigures: Hashable, Sendable {
    /// How long was measured.
    public var span: Span
    /// How long writes took, comparisons included.
    public var writes: Latencies
    /// How long reads took.
    public var reads: Latencies
    /// Messages that each member sent and received while it was measured, head first.
    public var messages: [Int]
    /// What the checkers found wrong: figures of such a run are worth nothing.
    public var violations: [String]

    /// Writes a second.
    public var writesPerSecond: Double { Double(writes.all.count) / span.inSeconds }
    /// Reads a second.
    public var readsPerSecond: Double { Double(reads.all.count) / span.inSeconds }
    /// Messages that each member sent and received for a write, head first; heartbeats and reads are in.
    public var messagesPerWrite: [Double] {
        messages.map { writes.all.isEmpty ? 0 : Double($0) / Double(writes.all.count) }
    }
}

/// What the failure of a member did to a chain under load.
public struct ChainFailOverFigures: Hashable, Sendable {
    /// From the crash until the wardens had decided the next configuration: silence is noticed, leases
    /// end, and they agree.
    public var detection: Span
    /// From then until the members that are left had all entered it.
    public var reconfiguration: Span
    /// From the crash until the first write was answered by them.
    public var outage: Span
    /// Writes that clients had been told of and that were gone in the end.
    public var lost: Int
    /// What the checkers found wrong.
    public var violations: [String]
}

/// What it took a replica without a disk to become a member.
public struct ChainCatchUpFigures: Hashable, Sendable {
    /// Entries in the log when it came.
    public var entries: UInt64
    /// From its start until it was a member.
    public var duration: Span
    /// Writes a second before, and meanwhile.
    public var writesBefore: Double
    /// See `writesBefore`.
    public var writesMeanwhile: Double
    /// Whether it got a state in place of entries.
    public var wasGivenState: Bool
    /// Entries at which members differ in the end, or that some lack.
    public var divergent: Int
    /// What the checkers found wrong.
    public var violations: [String]
}

/// What clients in one region saw of a chain across regions.
public struct ChainRegionFigures: Hashable, Sendable {
    /// The region, by its place in the geography.
    public var region: Int
    /// How long writes took.
    public var writes: Latencies
    /// How long reads took.
    public var reads: Latencies
    /// What arithmetic says of a write: to the head, down the chain, and back from the tail.
    public var modelledWrite: Span
    /// What arithmetic says of a read at the tail.
    public var modelledTailRead: Span
    /// What arithmetic says of a read of a clean key at the region's own member.
    public var modelledLocalRead: Span
    /// What the checkers found wrong in the run, the same for all regions.
    public var violations: [String]
}

/// What a partition of a chain's members, with clients on both sides, left of its service.
public struct ChainSplitFigures: Hashable, Sendable {
    /// What clients on one side got, from when the sides knew of the partition to its end.
    public struct Side: Hashable, Sendable {
        /// Writes answered a second.
        public var writesPerSecond: Double
        /// Reads answered a second.
        public var readsPerSecond: Double
    }

    /// The side of more members, on which a majority of the wardens is.
    public var more: Side
    /// The side of fewer.
    public var fewer: Side
    /// Writes that clients had been told of and that were gone after it was healed.
    public var lost: Int
    /// What the checkers found wrong.
    public var violations: [String]
}
