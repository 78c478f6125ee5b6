/// A name in a directory.
struct DirectoryEntry: Hashable, Sendable {
    let directory: Int
    let name: String
}

/// The directories of a file system: as processes see them, and as the device has them.
struct NameTable: Sendable {
    /// A change of names that happens in one step, on the device as well.
    private struct Change: Sendable {
        /// The entries and the nodes that they lead to from now on, if any.
        let entries: [(DirectoryEntry, Int?)]
        let stamp: Int
    }

    /// The node of the directory at the top.
    static let root = 0

    private(set) var live: [DirectoryEntry: Int] = [:]
    private var durable: [DirectoryEntry: Int] = [:]
    private var pending: [Change] = []
    /// Which nodes are directories.
    private(set) var directories: Set<Int> = [root]

    /// Gives `entry` to `node`, which is a directory or not.
    mutating func add(_ entry: DirectoryEntry, node: Int, isDirectory: Bool, stamp: Int) {
        if isDirectory { directories.insert(node) }
        apply([(entry, node)], stamp)
    }

    /// Takes `entry` away.
    mutating func remove(_ entry: DirectoryEntry, stamp: Int) { apply([(entry, nil)], stamp) }

    /// Gives what `old` leads to the name `new`, in the place of what had it.
    mutating func move(_ old: DirectoryEntry, to new: DirectoryEntry, stamp: Int) {
        guard old != new, let node = live[old] else { return }
        apply([(new, node), (old, nil)], stamp)
    }

    private mutating func apply(_ entries: [(DirectoryEntry, Int?)], _ stamp: Int) {
        for (entry, node) in entries { live[entry] = node }
        pending.append(Change(entries: entries, stamp: stamp))
    }

    /// Makes what was done in `directory` durable.
    mutating func sync(_ directory: Int) {
        pending.removeAll { change in
            guard change.entries.contains(where: { $0.0.directory == directory }) else {
                return false
            }
            for (entry, node) in change.entries { durable[entry] = node }
            return true
        }
    }

    /// The names in `directory`, in the order of their bytes.
    func names(in directory: Int) -> [String] {
        live.keys.filter { $0.directory == directory }.map(\.name)
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The nodes that have a name.
    var nodes: Set<Int> { Set(live.values) }

    /// The nodes that have a name on the device, for certain.
    var durableNodes: Set<Int> { Set(durable.values) }

    /// The names as a power cut leaves them.
    func surviving(_ survivors: inout Survivors) -> NameTable {
        var result = NameTable()
        result.directories = directories
        result.live = durable
        for change in pending where survivors.includesMetadata(change.stamp) {
            for (entry, node) in change.entries { result.live[entry] = node }
        }
        result.durable = result.live
        return result
    }
}
