/// A reader of a directory. The input is its files, one after the other: the length of a name (1 byte), the
/// name, the length of the content (4, little-endian), the content.
///
/// What is read of a directory once it was opened is read of it as well when it is opened again: opening
/// repairs what a crash has torn for good, or not at all.
protocol FuzzedDirectory: FuzzedReader {
    /// What is there.
    associatedtype Content: Equatable

    /// Opens what is in a directory and reads all of it; throws where it is refused.
    static func content(of path: String) throws -> Content
    /// Makes what can be read, in a directory that is there; called between, for the directory as a crash
    /// would leave it.
    static func write(to path: String, _ crashed: () -> Void) throws
}

extension FuzzedDirectory {
    static func read(_ input: [UInt8]) {
        Scratch.with(FuzzedArchive.files(of: input)) { scratch in
            guard let first = try? content(of: scratch.path) else { return }
            do {
                let again = try content(of: scratch.path)
                hold(first == again, "\(first) became \(again)")
            } catch {
                fatalError("\(first) was read, and then refused: \(error)")
            }
        }
    }

    static func takes(_ input: [UInt8]) -> Bool {
        Scratch.with(FuzzedArchive.files(of: input)) { (try? content(of: $0.path)) != nil }
    }

    static func seeds() throws -> [[UInt8]] {
        try Scratch.with { scratch in
            var inputs: [[UInt8]] = []
            try write(to: scratch.path) { inputs.append(FuzzedArchive.bytes(of: scratch.files())) }
            inputs.append(FuzzedArchive.bytes(of: scratch.files()))
            return inputs
        }
    }
}

/// Files as bytes.
enum FuzzedArchive {
    /// Names are no longer than any of a store's.
    private static let longestName = 64

    static func bytes(of files: [FuzzedFile]) -> [UInt8] {
        var bytes: [UInt8] = []
        for file in files {
            hold(file.name.utf8.count <= longestName, "a name like '\(file.name)'")
            bytes.append(UInt8(file.name.utf8.count))
            bytes += file.name.utf8
            for shift in stride(from: 0, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: file.content.count >> shift))
            }
            bytes += file.content
        }
        return bytes
    }

    /// The files that bytes are: whatever the bytes, since it is not this that is put to the proof. Names
    /// that no directory can have are passed over, and the last content is as long as there are bytes.
    static func files(of bytes: [UInt8]) -> [FuzzedFile] {
        var files: [FuzzedFile] = []
        var rest = bytes[...]
        while let length = rest.popFirst() {
            let name = String(decoding: rest.prefix(min(Int(length), longestName)), as: UTF8.self)
            rest = rest.dropFirst(min(Int(length), longestName))
            let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            let content = rest.prefix(count)
            rest = rest.dropFirst(count)
            guard isPossible(name), !files.contains(where: { $0.name == name }) else { continue }
            files.append(FuzzedFile(name: name, content: Array(content)))
        }
        return files
    }

    private static func isPossible(_ name: String) -> Bool {
        ![".", "..", ""].contains(name)
            && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
    }
}
