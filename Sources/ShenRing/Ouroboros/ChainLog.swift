import StateMachines

/// A write, and the epoch in which a head gave it its place in the log.
public struct ChainEntry: Hashable, Sendable {
    /// The epoch.
    public let epoch: UInt64
    /// What is written.
    public let request: ClientRequest

    /// A write that stands in the log.
    public init(epoch: UInt64, request: ClientRequest) {
        self.epoch = epoch
        self.request = request
    }

    /// About how many bytes it takes on the wire: what batches are counted in.
    public var size: Int { 8 + request.size }
}

/// Where the entries of an epoch begin in a log.
public struct EpochRun: Hashable, Sendable {
    /// The epoch.
    public let epoch: UInt64
    /// The place of its first entry.
    public let first: UInt64
}

/// The entries of a node above some place, in one array: appending, reading by place, and dropping at
/// either end cost O(1) an entry, amortised.
///
/// Since one head an epoch numbers entries, and a node takes entries only where the one before them is
/// the same (place and epoch), two logs that have an entry in common are alike up to it.
public struct ChainLog: Sendable {
    /// The last place that was dropped at the front; 0 where nothing was.
    public private(set) var base: UInt64 = 0
    /// The epoch of the entry there; 0 where there is none.
    public private(set) var baseEpoch: UInt64 = 0
    /// Entries from `dropped` on are those after `base`.
    private var entries: [ChainEntry] = []
    private var dropped = 0
    /// Where epochs begin among the entries.
    private(set) var runs: [EpochRun] = []

    /// An empty log.
    public init() {}

    /// The place of the last entry, `base` where there is none.
    public var last: UInt64 { base + UInt64(entries.count - dropped) }

    /// The entry at a place in `base + 1...last`.
    public subscript(index: UInt64) -> ChainEntry {
        precondition(index > base && index <= last, "place \(index) of \(base + 1)...\(last)")
        return entries[dropped + Int(index - base) - 1]
    }

    /// The epoch of the entry at a place, which may be `base`; nil where the log does not know.
    public func epoch(at index: UInt64) -> UInt64? {
        if index == base { return baseEpoch }
        return index > base && index <= last ? self[index].epoch : nil
    }

    /// Up to `most` entries after a place that is not before `base`.
    func entries(after index: UInt64, most: Int) -> [ChainEntry] {
        let start = dropped + Int(index - base)
        return Array(entries[start..<min(entries.count, start + most)])
    }

    /// How many of the entries after a place that is not before `base`, through another that is after
    /// it, fit into so many entries and bytes: one at least. O(count).
    func count(after index: UInt64, through end: UInt64, most: Int, bytes: Int) -> Int {
        precondition(index < end && end <= last, "entries of \(index)...\(end) up to \(last)")
        let start = dropped + Int(index - base)
        let limit = start + Int(min(end - index, UInt64(most)))
        var (place, left) = (start, bytes)
        while place < limit, place == start || entries[place].size <= left {
            left -= entries[place].size
            place += 1
        }
        return place - start
    }

    mutating func append(_ entry: ChainEntry) {
        if entry.epoch != runs.last?.epoch {
            runs.append(EpochRun(epoch: entry.epoch, first: last + 1))
        }
        entries.append(entry)
    }

    /// Drops what comes after a place that is not before `base`.
    mutating func truncate(to index: UInt64) {
        precondition(index >= base, "truncation to \(index) below \(base)")
        guard index < last else { return }
        entries.removeLast(Int(last - index))
        while let run = runs.last, run.first > index { runs.removeLast() }
    }

    /// Drops what comes up to a place that the log has.
    mutating func compact(through index: UInt64) {
        guard index > base else { return }
        let epoch = self[index].epoch
        dropped += Int(index - base)
        (base, baseEpoch) = (index, epoch)
        let gone = runs.prefix { $0.first <= index }
        if let run = gone.last {
            runs.removeFirst(gone.count)
            // The run that goes on above the new base begins there now.
            if index < last, self[index + 1].epoch == run.epoch {
                runs.insert(EpochRun(epoch: run.epoch, first: index + 1), at: 0)
            }
        }
        if dropped > entries.count / 2 {
            entries.removeFirst(dropped)
            dropped = 0
        }
    }

    /// Becomes an empty log after a place.
    mutating func reset(base: UInt64, epoch: UInt64) {
        self = ChainLog()
        (self.base, baseEpoch) = (base, epoch)
    }

    /// How far another log, told by its runs, is the same as this one; nil where this log no longer
    /// has the place where they part.
    ///
    /// The last place whose entry has the same epoch in both: O(runs), of which there are as many as
    /// there were epochs since the last compaction.
    func agreement(base theirBase: UInt64, epoch theirEpoch: UInt64, last: UInt64, runs: [EpochRun])
        -> UInt64?
    {
        var end = last
        for run in runs.reversed() {
            if let common = lastPlace(of: run.epoch, through: end), common >= run.first {
                return common
            }
            guard run.first > 0 else { return nil }
            end = run.first - 1
        }
        // What is below a base was committed, so it is the same wherever it is still known.
        return epoch(at: theirBase) == theirEpoch ? theirBase : nil
    }

    private func lastPlace(of epoch: UInt64, through end: UInt64) -> UInt64? {
        for place in runs.indices.reversed() where runs[place].epoch == epoch {
            let own = place + 1 < runs.count ? runs[place + 1].first - 1 : last
            if min(own, end) >= runs[place].first { return min(own, end) }
        }
        return base <= end && epoch == baseEpoch && base > 0 ? base : nil
    }
}
