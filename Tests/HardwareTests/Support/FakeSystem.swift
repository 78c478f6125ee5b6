import Foundation

@testable import Hardware

/// A directory laid out like `/proc` and `/sys`, gone when the object goes.
final class FakeSystem {
    private let root: URL

    init(_ contents: [String: String] = [:]) throws {
        root = FileManager.default.temporaryDirectory
            .appendingPathComponent("nilometer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        for (path, text) in contents { try write(path, text) }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    var files: SystemFiles { SystemFiles(root: root.path) }

    func write(_ path: String, _ text: String) throws {
        let file = root.appendingPathComponent(path)
        try makeDirectory(file.deletingLastPathComponent())
        try Data(text.utf8).write(to: file)
    }

    func directory(_ path: String) throws { try makeDirectory(root.appendingPathComponent(path)) }

    /// A link at `path` to `target`, a path of the laid-out system.
    func link(_ path: String, to target: String) throws {
        let file = root.appendingPathComponent(path)
        try makeDirectory(file.deletingLastPathComponent())
        try FileManager.default.createSymbolicLink(
            atPath: file.path, withDestinationPath: root.appendingPathComponent(target).path)
    }

    private func makeDirectory(_ url: URL) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
}
