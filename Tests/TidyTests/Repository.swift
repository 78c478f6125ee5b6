import Foundation

/// The sources that this test was compiled from.
enum Repository {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every text file that git would keep: hidden files at the root only where they are named
    /// here, and no run but the reference ones.
    static let files: [SourceFile] = {
        var found: [SourceFile] = []
        let kept: Set = [".ci", ".gitignore", ".swift-format"]
        for name in names(in: root) where !name.hasPrefix(".") || kept.contains(name) {
            switch name {
            case "Results": collect("Results/reference", into: &found)
            case "Package.resolved": continue
            default: collect(name, into: &found)
            }
        }
        return found
    }()

    /// Names of the directories right under `directory`, sorted.
    static func directories(in directory: String) -> [String] {
        let parent = root.appending(path: directory)
        return names(in: parent).filter { isDirectory(parent.appending(path: $0)) }
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private static func names(in directory: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted()
    }

    private static func isDirectory(_ url: URL) -> Bool {
        (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
    }

    private static func collect(_ path: String, into found: inout [SourceFile]) {
        let url = root.appending(path: path)
        if isDirectory(url) {
            for name in names(in: url) { collect("\(path)/\(name)", into: &found) }
        } else if let data = try? Data(contentsOf: url),
            let text = String(data: data, encoding: .utf8)
        {
            found.append(SourceFile(path, text))
        }
    }
}
