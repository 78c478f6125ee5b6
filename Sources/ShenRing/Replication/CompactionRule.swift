/// When a node lets its state stand for the beginning of its log, by itself.
///
/// That costs as much as the state is large, so it is done once for many entries; and entries take memory, so
/// it is done before they take too much.
public struct CompactionRule: Hashable, Sendable {
    /// How many applied entries, beyond those that stay, make the next compaction.
    public let entries: Int
    /// How many of them stay in memory all the same, for nodes that are a little behind.
    public let keeping: Int
    /// How many bytes of applied entries make the next compaction, however few they are. Of those that stay,
    /// no more than take a quarter of it.
    public let bytes: Int

    /// A compaction after so many entries or bytes, the last `keeping` entries of which stay.
    public init(entries: Int, keeping: Int, bytes: Int = .max) {
        self.entries = entries
        self.keeping = keeping
        self.bytes = bytes
    }

    /// How many of the entries up to the last one applied stay. O(those).
    ///
    /// - Parameters:
    ///   - available: how many there are.
    ///   - size: the bytes of the one that is so many before the last.
    func kept(of available: Int, size: (Int) -> Int) -> Int {
        var (kept, room) = (0, bytes / 4)
        while kept < min(keeping, available) {
            room -= size(kept)
            guard room >= 0 else { break }
            kept += 1
        }
        return kept
    }
}

/// What was applied since the last compaction.
struct CompactionDue: Sendable {
    private(set) var entries = 0
    private(set) var bytes = 0

    /// Notes that an entry was applied. O(1).
    mutating func applied(bytes size: Int) {
        entries += 1
        bytes += size
    }

    /// Whether it is time.
    func isReached(_ rule: CompactionRule) -> Bool {
        entries >= rule.entries || bytes >= rule.bytes
    }
}
