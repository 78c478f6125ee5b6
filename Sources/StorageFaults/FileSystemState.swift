import Glibc
import Storage

/// Everything about a simulated file system, as a value: a copy is the machine at that moment.
package struct FileSystemState: Sendable {
    /// An open file.
    private struct Opening: Sendable {
        let node: Int
        let isWritable: Bool
    }

    var names = NameTable()
    private(set) var files: [Int: FileNode] = [:]
    private var openings: [Int32: Opening] = [:]
    /// Who holds the lock of a file.
    private var locks: [Int: Int32] = [:]
    private var lastNode = NameTable.root
    // Descriptors are not used again, so that an opener who outlived a crash cannot touch the file
    // of another.
    private var lastDescriptor: Int32 = 2
    private var lastStamp = 0
    /// What files had that the device has forgotten the names of, by sector of theirs: where a block
    /// is given to another file, it still has that until it is written.
    private var remains: [UInt64: [UInt8]] = [:]

    /// The file system's limits.
    package var limits = FileSystemLimits()

    /// An empty file system.
    package init() {}

    /// A number for the next change.
    mutating func stamp() -> Int {
        lastStamp += 1
        return lastStamp
    }

    /// The node of an open file.
    func node(of descriptor: Int32) throws(ErrorNumber) -> Int {
        guard let opening = openings[descriptor] else { throw ErrorNumber(code: EBADF) }
        return opening.node
    }

    /// The node of a file that is open for writing.
    func writableNode(of descriptor: Int32) throws(ErrorNumber) -> Int {
        guard let opening = openings[descriptor], opening.isWritable else {
            throw ErrorNumber(code: EBADF)
        }
        return opening.node
    }

    /// The file with this number, which there is.
    subscript(node: Int) -> FileNode {
        get { files[node] ?? FileNode() }
        _modify { yield &files[node, default: FileNode()] }
    }

    /// Makes an empty file, without a name.
    mutating func makeFile() -> Int {
        lastNode += 1
        files[lastNode] = FileNode()
        return lastNode
    }

    /// A number for a new directory.
    mutating func makeDirectoryNode() -> Int {
        lastNode += 1
        return lastNode
    }

    /// Opens a file and returns its descriptor.
    mutating func open(_ node: Int, isWritable: Bool) -> Int32 {
        lastDescriptor += 1
        openings[lastDescriptor] = Opening(node: node, isWritable: isWritable)
        return lastDescriptor
    }

    /// Closes a file and gives up its lock.
    mutating func close(_ descriptor: Int32) throws(ErrorNumber) {
        let node = try node(of: descriptor)
        if locks[node] == descriptor { locks[node] = nil }
        openings[descriptor] = nil
    }

    /// Takes the lock; `false` when somebody else has it.
    mutating func lock(_ descriptor: Int32) throws(ErrorNumber) -> Bool {
        let node = try node(of: descriptor)
        let holder = locks[node] ?? descriptor
        locks[node] = holder
        return holder == descriptor
    }

    /// How many files are open.
    package var openFiles: Int { openings.count }

    /// Whether the node is on the device for its name or for somebody who has it open.
    private func isInUse(_ node: Int, _ named: Set<Int>) -> Bool {
        named.contains(node) || openings.values.contains { $0.node == node }
    }

    /// How many blocks are taken.
    package var allocatedBlocks: UInt64 {
        let named = names.nodes
        return files.reduce(0) { sum, file in
            isInUse(file.key, named) ? sum + UInt64(file.value.live.blocks.count) : sum
        }
    }

    /// The file system after `crash`: nobody has anything open, and what the crash took is gone.
    package func after(_ crash: Crash) -> FileSystemState {
        var result = self
        result.openings = [:]
        result.locks = [:]
        guard case .powerCut(let persistence, let survival) = crash else { return result }
        // Blocks are given away when nobody uses their file and it is durable that it has no name.
        let used = names.nodes.union(names.durableNodes).union(openings.values.map(\.node))
        for (node, file) in files.sorted(by: { $0.key < $1.key }) where !used.contains(node) {
            result.remains.merge(file.live.sectors) { _, newer in newer }
        }
        var survivors = Survivors(
            survival, persistence, changes: lastStamp, remains: result.remains)
        result.names = names.surviving(&survivors)
        result.files = [:]
        // In order, so that the decisions fall the same whenever the seed is the same.
        let named = result.names.nodes
        for (node, file) in files.sorted(by: { $0.key < $1.key }) where named.contains(node) {
            result.files[node] = FileNode(durable: file.surviving(&survivors))
        }
        return result
    }
}

/// What a file system has room for, and what it allows.
package struct FileSystemLimits: Sendable {
    /// How many blocks there are; `nil` for as many as anybody needs.
    package var blocks: UInt64?
    /// What it says when there is no room: `ENOSPC`, or `EDQUOT` where a quota is what is used up.
    package var lackOfRoom = ErrorNumber(code: ENOSPC)
    /// How large a file can be.
    package var largestFile = UInt64(Int64.max)
    /// Whether it is mounted for reading only.
    package var isReadOnly = false
    /// Whether the pages of a failed sync leave the cache at once. The kernel may drop them whenever
    /// it needs the memory, and as long as it does not, reading does not show that they are lost.
    package var evictsFailedPages = true
    /// Whether locks can be had: some network file systems have none.
    package var hasLocks = true

    /// No limits.
    package init() {}
}
