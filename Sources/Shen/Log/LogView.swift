import Storage

/// A log as readers see it: what they need to find a record without asking who appends.
struct LogView: Sendable {
    /// The growing segment.
    struct Growing: Sendable {
        let base: UInt64
        let salt: UInt64
        let index: SharedIndex
    }

    /// The oldest offset.
    var first: UInt64
    /// The offset behind the last record that readers may see.
    var end: UInt64
    /// All segments, oldest first; what it says of the length of an open one is too little.
    var entries: [LogManifest.Entry]
    var growing: Growing?

    /// The segment that holds a record between `first` and `end`. O(log n).
    func segment(of offset: UInt64) -> LogManifest.Entry {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].base <= offset { low = middle + 1 } else { high = middle }
        }
        precondition(low > 0, "no segment holds \(offset) of \(first)..<\(end)")
        return entries[low - 1]
    }
}

extension LogCore where Operations: ~Copyable {
    /// What readers may see: what an append has returned for, or is about to.
    var view: LogView {
        let growing: LogView.Growing? =
            if let index, let last = manifest.entries.last {
                LogView.Growing(base: last.base, salt: last.salt, index: index)
            } else {
                nil
            }
        return LogView(
            first: first, end: end, entries: manifest.entries,
            growing: growing)
    }
}
