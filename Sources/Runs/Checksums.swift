import Foundation

/// `checksums.sha256`: the SHA-256 sum of every file of a run's folder, in the format of `sha256sum`,
/// which checks it as well: `cd RUN && sha256sum -c checksums.sha256`.
public struct Checksums: Equatable, Sendable {
    /// Name of the file in a run's folder.
    public static let file = "checksums.sha256"

    /// The sum of each file, by its path within the folder.
    public private(set) var sums: [String: String]

    /// What is wrong with a file.
    public enum Damage: String, Sendable, CaseIterable {
        /// It is not there.
        case missing
        /// It ends within a line, or holds nothing.
        case truncated
        /// Its bytes are not those that were summed.
        case altered
    }

    /// A file and what is wrong with it.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// Path within the folder.
        public let path: String
        /// What is wrong.
        public let damage: Damage
        /// `samples.csv: truncated`.
        public var description: String { "\(path): \(damage.rawValue)" }
    }

    /// The sums of all files below `folder` as they are, the file of sums itself left out.
    public init(of folder: String) throws(RunError) {
        sums = [:]
        for path in try Checksums.files(in: folder) { try update(path, in: folder) }
    }

    /// The sums on file in `folder`, in the file `name`.
    public init(reading folder: String, _ name: String = Checksums.file) throws(RunError) {
        let path = "\(folder)/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .system(operation: "read", path: path, reason: RunFiles.errnoText())
        }
        sums = [:]
        guard data.isEmpty || data.last == 0x0A else {
            throw .damaged(path: path, reason: "its last line is cut")
        }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        for (number, line) in lines.enumerated() {
            guard let (sum, name) = Checksums.parts(of: String(line)) else {
                throw .damaged(
                    path: path,
                    reason: "line \(number + 1) is not 64 hexadecimal digits, two spaces, a path")
            }
            sums[name] = sum
        }
        guard !sums.isEmpty else { throw .damaged(path: path, reason: "it holds no sum") }
    }

    /// Whether `folder` has a file of sums.
    public static func exist(in folder: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(file)")
    }

    /// The sums of the files that `keeps` names.
    func only(_ keeps: (String) -> Bool) -> Checksums {
        var copy = self
        copy.sums = sums.filter { keeps($0.key) }
        return copy
    }

    /// Whether `path` within `folder` is what its sum was taken of; not where there is no sum.
    public func agree(with path: String, in folder: String) -> Bool {
        guard let expected = sums[path] else { return false }
        return (try? Checksums.sum("\(folder)/\(path)")) == expected
    }

    /// Takes the sum of `path` within `folder` anew, for a file that was written again.
    public mutating func update(_ path: String, in folder: String) throws(RunError) {
        guard let sum = try Checksums.sum("\(folder)/\(path)") else {
            throw .missing(path: "\(folder)/\(path)")
        }
        sums[path] = sum
    }

    /// Writes the file of sums into `folder`.
    public func write(to folder: String) throws(RunError) {
        try RunFiles.write(text, to: "\(folder)/\(Checksums.file)")
    }

    /// The text of the file, sorted by path.
    public var text: String {
        sums.sorted { $0.key < $1.key }.map { Checksums.line($0.value, $0.key) + "\n" }.joined()
    }

    /// The files whose bytes are no longer those that were summed, sorted by path.
    public func findings(in folder: String) throws(RunError) -> [Finding] {
        var findings: [Finding] = []
        for (path, expected) in sums.sorted(by: { $0.key < $1.key }) {
            let whole = "\(folder)/\(path)"
            guard let found = try Checksums.sum(whole) else {
                findings.append(Finding(path: path, damage: .missing))
                continue
            }
            guard found != expected else { continue }
            findings.append(
                Finding(path: path, damage: Checksums.isCut(whole) ? .truncated : .altered))
        }
        return findings
    }

    /// Files in `folder` that no sum is kept of, sorted.
    public func unlisted(in folder: String) throws(RunError) -> [String] {
        try Checksums.files(in: folder).filter { sums[$0] == nil }
    }

    /// The sum of a file, read a piece at a time; `nil` when there is none.
    private static func sum(_ path: String) throws(RunError) -> String? {
        var sum = SHA256()
        do {
            try FilePieces.read(path) { sum.add($0) }
        } catch .missing {
            return nil
        }
        return SHA256.hexadecimal(sum.digest)
    }

    /// Whether a file that changed ends where none of ours does: every text of a run's folder ends
    /// with a line feed, and a PNG with its last chunk.
    private static func isCut(_ path: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: path), let last = data.last else {
            return true
        }
        if path.hasSuffix(".png") {
            return !data.suffix(8).starts(with: Array("IEND".utf8))
        }
        return last != UInt8(ascii: "\n")
    }

    /// The regular files below `folder` but that of the sums, hidden ones left out, sorted.
    private static func files(in folder: String) throws(RunError) -> [String] {
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        do {
            let paths = try FileManager.default.subpathsOfDirectory(atPath: root)
            return paths.filter { path in
                let type = try? FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")[
                    .type]
                let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
                return type as? FileAttributeType == .typeRegular && path != file && !isHidden
            }.sorted()
        } catch {
            throw .system(operation: "list", path: folder, reason: RunFiles.reason(error))
        }
    }

    /// A line as `sha256sum` writes it: a path with a backslash or a line break is escaped, and
    /// the line says so by a backslash of its own.
    private static func line(_ sum: String, _ path: String) -> String {
        let escaped = path.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return (escaped == path ? "" : "\\") + "\(sum)  \(escaped)"
    }

    private static func parts(of line: String) -> (sum: String, path: String)? {
        let isEscaped = line.hasPrefix("\\")
        let rest = isEscaped ? line.dropFirst() : Substring(line)
        let sum = rest.prefix(64)
        let digits = Set("0123456789abcdef")
        guard sum.count == 64, sum.allSatisfy(digits.contains),
            rest.dropFirst(64).hasPrefix("  "), rest.count > 66
        else { return nil }
        var path = String(rest.dropFirst(66))
        if isEscaped {
            // In this order a backslash before an n is not taken for a line break.
            path = path.replacing("\\\\", with: "\u{0}").replacing("\\n", with: "\n")
                .replacing("\u{0}", with: "\\")
        }
        return (String(sum), path)
    }
}
