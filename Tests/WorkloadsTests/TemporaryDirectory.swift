import Foundation

/// A directory that lasts as long as the value.
final class TemporaryDirectory {
    let path = NSTemporaryDirectory() + "nilometer-workloads-\(UUID().uuidString)"

    /// A directory with these files, by their relative paths.
    init(_ files: [String: String]) throws {
        for (name, text) in files {
            let file = URL(fileURLWithPath: "\(path)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
