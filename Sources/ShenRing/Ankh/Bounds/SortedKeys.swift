/// Keys in ascending order, each once. Finding one is logarithmic; inserting and removing move what
/// comes after it.
struct SortedKeys: Hashable, Sendable {
    /// The keys.
    private(set) var keys: [UInt64] = []

    var count: Int { keys.count }
    var first: UInt64? { keys.first }
    var last: UInt64? { keys.last }

    /// Inserts a key that is not there.
    mutating func insert(_ key: UInt64) {
        let place = place(of: key)
        precondition(place == keys.count || keys[place] != key, "key \(key) is there already")
        keys.insert(key, at: place)
    }

    /// Removes a key that is there.
    mutating func remove(_ key: UInt64) {
        let place = place(of: key)
        precondition(place < keys.count && keys[place] == key, "key \(key) is not there")
        keys.remove(at: place)
    }

    private func place(of key: UInt64) -> Int {
        if let last = keys.last, last < key { return keys.count }
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = low + (high - low) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
