import Glibc
import TestSupport
import Testing

@testable import Storage

/// A file system in memory that is soon full: for root, who may mount one.
private struct SmallFileSystem: ~Copyable {
    let directory: TemporaryDirectory

    init?(_ options: String) {
        let directory = TemporaryDirectory()
        // The options are a C string that is valid for the call.
        let answer = unsafe options.withCString { options in
            unsafe mount("tmpfs", directory.path, "tmpfs", 0, options)
        }
        guard answer == 0 else { return nil }
        self.directory = directory
    }

    deinit { unsafe umount2(directory.path, Int32(MNT_DETACH)) }

    /// Whether this process may mount at all.
    static var isPossible: Bool { SmallFileSystem("size=64k") != nil }
}

@Suite(.enabled(if: SmallFileSystem.isPossible, "mounting a tmpfs needs root"))
struct FullDiskTests {
    @Test(arguments: Engines.available)
    func `on a full file system the append that does not fit is undone, and room can be made`(
        engine: AppendFile.EngineChoice
    ) throws {
        guard let fileSystem = SmallFileSystem("size=1m") else {
            Issue.record("cannot mount a tmpfs")
            return
        }
        let path = fileSystem.directory.file("journal")
        var file = try AppendFile(path: path, options: .init(engine: engine))
        var expected: [UInt8] = []
        var error: StorageError?
        // 7000 does not divide a page: the last write is short before it fails.
        while error == nil && expected.count < 2 << 20 {
            let bytes = pattern(7000, salt: expected.count)
            error = failure { () throws(StorageError) in _ = try file.appendAndSync(bytes.span) }
            if error == nil { expected += bytes }
        }
        #expect(error == .refused(.write, path: path, ErrorNumber(code: ENOSPC)))
        #expect(expected.count > 900_000)
        #expect(holds(path, expected))
        try file.truncate(to: 7000)
        let offset = try file.appendAndSync([1].span)
        #expect(offset == 7000)
        try file.close()
        #expect(holds(path, expected[..<7000] + [1]))
    }
}
