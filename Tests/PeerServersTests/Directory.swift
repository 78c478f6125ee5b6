import Foundation
import Glibc

/// A directory for servers of a test, which every user can enter.
struct TestDirectory: ~Copyable {
    let path: String

    init() throws {
        path = "/tmp/nilometer-peers-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    /// Writes a program that a shell runs.
    func script(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        return file
    }
}

/// Whether a process is there.
func isThere(_ process: Int32) -> Bool { kill(process, 0) == 0 }
