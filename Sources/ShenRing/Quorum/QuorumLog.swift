/// A log whose beginning a snapshot may have replaced: the entries after `base`, in one array.
///
/// Places count from 1. The entry at a place, and its term, are found in O(1); where a term ends in
/// O(log t) for t terms. Compaction moves what stays, which is less than what goes.
struct QuorumLog: Sendable {
    /// A place, and the term of the entry there.
    struct Place: Hashable, Sendable {
        var index: UInt64
        var term: UInt64
    }

    /// A run of entries of one term: the place of the first.
    private struct Run {
        var first: UInt64
        var term: UInt64
    }

    /// The place before the first entry.
    private(set) var base = Place(index: 0, term: 0)
    private var entries: [QuorumEntry] = []
    private var runs: [Run] = []
    /// Memberships by the place from which they are in force; the first is that of the base.
    private var memberships: [(index: UInt64, membership: QuorumMembership)]
    /// The last snapshot that was made or installed; never before the base.
    private(set) var snapshot: QuorumSnapshot?
    /// How far it is committed.
    private(set) var commit: UInt64 = 0

    /// An empty log, with the membership that is in force at its beginning.
    init(founding membership: QuorumMembership) { memberships = [(0, membership)] }

    var lastIndex: UInt64 { base.index + UInt64(entries.count) }
    var lastTerm: UInt64 { entries.last?.term ?? base.term }
    /// The membership in force: the last one that stands in the log, committed or not (Raft §6).
    var membership: QuorumMembership { memberships[memberships.count - 1].membership }
    var membershipIndex: UInt64 { memberships[memberships.count - 1].index }

    /// The term of the entry at a place; nil where it is not there, be it gone or not yet written.
    func term(at index: UInt64) -> UInt64? {
        if index == base.index { return base.term }
        guard index > base.index, index <= lastIndex else { return nil }
        return entries[Int(index - base.index) - 1].term
    }

    /// The entry at a place that the log has.
    subscript(index: UInt64) -> QuorumEntry { entries[Int(index - base.index) - 1] }

    /// The entries from a place on that fit into so many bytes, one at least where there is one.
    func entries(from first: UInt64, bytes: Int) -> [QuorumEntry] {
        let start = Int(first - base.index) - 1
        var (end, left) = (start, bytes)
        while end < entries.count, end == start || entries[end].size <= left {
            left -= entries[end].size
            end += 1
        }
        return Array(entries[start..<end])
    }

    /// Whether a log that ends so is at least as far as this one (Raft §5.4.1): a later last term,
    /// or the same one and no shorter.
    func isReached(by index: UInt64, term: UInt64) -> Bool {
        (term, index) >= (lastTerm, lastIndex)
    }

    /// The last place from the base on that is not after `index` and whose term is at most `term`,
    /// and the term there; nil where there is none. Where two logs differ at `index`, they cannot
    /// agree between there and here, since terms only grow along a log.
    func lastPlace(notAfter index: UInt64, termAtMost term: UInt64) -> Place? {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].first <= index && runs[middle].term <= term {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0 else { return base.index <= index && base.term <= term ? base : nil }
        let end = low < runs.count ? runs[low].first - 1 : lastIndex
        return Place(index: min(index, end), term: runs[low - 1].term)
    }

    /// The membership in force at a place that is not before the base.
    func membership(at index: UInt64) -> QuorumMembership {
        let place = memberships.lastIndex { $0.index <= index } ?? 0
        return memberships[place].membership
    }
}

extension QuorumLog {
    mutating func append(_ entry: QuorumEntry) {
        if entry.term != runs.last?.term {
            runs.append(Run(first: lastIndex + 1, term: entry.term))
        }
        entries.append(entry)
        if case .configuration(let membership) = entry.payload {
            memberships.append((lastIndex, membership))
        }
    }

    /// Takes back the entries from a place on, which must not be committed.
    mutating func truncate(from index: UInt64) {
        precondition(index > base.index, "place \(index) is not after \(base.index)")
        entries.removeLast(Int(lastIndex - index + 1))
        while let last = runs.last, last.first >= index { runs.removeLast() }
        while memberships.count > 1, membershipIndex >= index { memberships.removeLast() }
    }

    mutating func commit(through index: UInt64) {
        precondition(index >= commit && index <= lastIndex, "commit \(index) after \(commit)")
        commit = index
    }

    /// Lets a snapshot stand for the entries up to its index, of which the last `keeping` stay.
    mutating func compact(into snapshot: QuorumSnapshot, keeping: Int) {
        precondition(snapshot.index <= commit, "a snapshot of what is not committed")
        self.snapshot = snapshot
        let kept = UInt64(keeping)
        guard snapshot.index > base.index + kept else { return }
        let index = snapshot.index - kept
        guard let term = term(at: index) else { return }
        entries.removeFirst(Int(index - base.index))
        base = Place(index: index, term: term)
        var gone = 0
        while gone + 1 < runs.count, runs[gone + 1].first <= index + 1 { gone += 1 }
        runs.removeFirst(gone)
        if entries.isEmpty { runs.removeAll() } else { runs[0].first = index + 1 }
        let place = memberships.lastIndex { $0.index <= index } ?? 0
        memberships.removeFirst(place)
    }

    /// Lets a snapshot stand for all of the log.
    mutating func reset(to snapshot: QuorumSnapshot) {
        base = Place(index: snapshot.index, term: snapshot.term)
        entries.removeAll()
        runs.removeAll()
        memberships = [(snapshot.index, snapshot.membership)]
        commit = snapshot.index
        self.snapshot = snapshot
    }
}
