import Glibc
import Storage

/// Paths.
extension FileSystemState {
    /// Where `path` leads: the directory and the name in it. There are no links.
    func entry(at path: String) throws(ErrorNumber) -> DirectoryEntry {
        var components = FileSystemState.components(of: path)
        guard let name = components.popLast() else { throw ErrorNumber(code: EISDIR) }
        return DirectoryEntry(directory: try directory(components[...]), name: name)
    }

    /// The directory at `path`.
    func directory(at path: String) throws(ErrorNumber) -> Int {
        try directory(FileSystemState.components(of: path)[...])
    }

    private func directory(_ components: ArraySlice<String>) throws(ErrorNumber) -> Int {
        var node = NameTable.root
        for name in components {
            guard let next = names.live[DirectoryEntry(directory: node, name: name)] else {
                throw ErrorNumber(code: ENOENT)
            }
            guard names.directories.contains(next) else { throw ErrorNumber(code: ENOTDIR) }
            node = next
        }
        return node
    }

    private static func components(of path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }

    /// Opens or creates the file at `path`, as open(2) does with these flags.
    mutating func open(_ path: String, flags: Int32) throws(ErrorNumber) -> Int32 {
        let isWritable = flags & O_ACCMODE != O_RDONLY
        let entry = try entry(at: path)
        if let node = names.live[entry] {
            guard flags & (O_CREAT | O_EXCL) != O_CREAT | O_EXCL else {
                throw ErrorNumber(code: EEXIST)
            }
            guard !names.directories.contains(node) else { throw ErrorNumber(code: EISDIR) }
            guard !isWritable || !limits.isReadOnly else { throw ErrorNumber(code: EROFS) }
            if flags & O_TRUNC != 0 && isWritable { self[node].resize(to: 0, stamp: stamp()) }
            return open(node, isWritable: isWritable)
        }
        guard flags & O_CREAT != 0 else { throw ErrorNumber(code: ENOENT) }
        guard !limits.isReadOnly else { throw ErrorNumber(code: EROFS) }
        let node = makeFile()
        names.add(entry, node: node, isDirectory: false, stamp: stamp())
        return open(node, isWritable: isWritable)
    }

    /// Makes the directory at `path`.
    mutating func makeDirectory(_ path: String) throws(ErrorNumber) {
        let entry = try entry(at: path)
        guard names.live[entry] == nil else { throw ErrorNumber(code: EEXIST) }
        guard !limits.isReadOnly else { throw ErrorNumber(code: EROFS) }
        names.add(entry, node: makeDirectoryNode(), isDirectory: true, stamp: stamp())
    }

    /// Renames what is at `path`, over a file that has the new name.
    mutating func rename(_ path: String, to newPath: String) throws(ErrorNumber) {
        let old = try entry(at: path)
        let new = try entry(at: newPath)
        guard let node = names.live[old] else { throw ErrorNumber(code: ENOENT) }
        if let target = names.live[new], target != node {
            let isDirectory = names.directories.contains(node)
            guard names.directories.contains(target) == isDirectory else {
                throw ErrorNumber(code: isDirectory ? ENOTDIR : EISDIR)
            }
            guard !isDirectory || names.names(in: target).isEmpty else {
                throw ErrorNumber(code: ENOTEMPTY)
            }
        }
        guard !limits.isReadOnly else { throw ErrorNumber(code: EROFS) }
        names.move(old, to: new, stamp: stamp())
    }

    /// Removes the name of a file.
    mutating func remove(_ path: String) throws(ErrorNumber) {
        let entry = try entry(at: path)
        guard let node = names.live[entry] else { throw ErrorNumber(code: ENOENT) }
        guard !names.directories.contains(node) else { throw ErrorNumber(code: EISDIR) }
        guard !limits.isReadOnly else { throw ErrorNumber(code: EROFS) }
        names.remove(entry, stamp: stamp())
    }

    /// The file at `path`, for tests that look at it from outside or damage it.
    package func image(at path: String) -> FileImage? {
        guard let entry = try? entry(at: path), let node = names.live[entry],
            !names.directories.contains(node)
        else { return nil }
        return self[node].live
    }

    /// Puts `image` at `path`, on the device as well: damage that somebody else did.
    package mutating func replaceFile(at path: String, by image: FileImage) {
        guard let entry = try? entry(at: path) else { return }
        let node = names.live[entry] ?? makeFile()
        if names.live[entry] == nil {
            names.add(entry, node: node, isDirectory: false, stamp: stamp())
            names.sync(entry.directory)
        }
        self[node] = FileNode(durable: image)
    }
}
