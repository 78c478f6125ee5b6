import Foundation
import Glibc
import Testing

@testable import PeerServers

/// Whether files below a directory are held in memory alone, by the mount that it is below.
private func isInMemory(_ directory: String) -> Bool {
    let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
    let fields = mounts.split(separator: "\n").map { $0.split(separator: " ") }
    let above = fields.filter { mount in
        mount.count > 2
            && (mount[1] == "/" || directory == mount[1] || directory.hasPrefix("\(mount[1])/"))
    }
    return above.max { $0[1].count < $1[1].count }?[2] == "tmpfs"
}

/// What the kernel drops of files when it is told to.
@Suite struct MeasuredFilesystemTests {
    /// How many pages of a file are in memory, and how many it has.
    private func pages(of path: String) throws -> (resident: Int, all: Int) {
        // SAFETY: the kernel reads the path during the call.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        try #require(file >= 0)
        defer { close(file) }
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        let found = try MeasuredFilesystem.residency(of: file, path, bytes: size)
        return (found.resident, found.pages)
    }

    @Test(.enabled(if: !isInMemory("/tmp"), "/tmp is in memory"))
    func `what is dropped from memory is no longer there, below a directory too`() throws {
        let directory = try TestDirectory()
        let below = "\(directory.path)/a/b"
        try FileManager.default.createDirectory(
            atPath: below, withIntermediateDirectories: true)
        let page = Int(getpagesize())
        // Also one that ends within a page, and one that has none.
        let sizes = ["\(directory.path)/x": 64 * page, "\(below)/y": 3 * page + 1, "\(below)/z": 0]
        for (path, size) in sizes {
            try Data(repeating: 7, count: size).write(to: URL(fileURLWithPath: path))
            let all = (size + page - 1) / page
            #expect(try pages(of: path) == (all, all), "as it was just written")
        }
        try MeasuredFilesystem.dropCache(below: directory.path)
        for path in sizes.keys { #expect(try pages(of: path).resident == 0) }
    }

    @Test(.enabled(if: isInMemory("/dev/shm"), "/dev/shm is not in memory"))
    func `what cannot be dropped, as it is nowhere else, is said`() throws {
        let directory = "/dev/shm/nilometer-peers-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/file"
        let count = 3 * Int(getpagesize())
        try Data(repeating: 7, count: count).write(to: URL(fileURLWithPath: path))
        #expect(throws: PeerFailure.notDropped(path: path, resident: 3, pages: 3)) {
            try MeasuredFilesystem.dropCache(below: directory)
        }
    }
}
