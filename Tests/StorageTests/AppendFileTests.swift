import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

@Suite struct AppendFileTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.file("journal") }

    private func size(of path: String) -> Int? { content(of: path)?.count }

    @Test(arguments: Engines.available)
    func `what is appended is there, in order, where append said`(
        engine: AppendFile.EngineChoice
    ) throws {
        var file = try AppendFile(path: path, options: .init(engine: engine))
        var expected: [UInt8] = []
        // One chunk is 256 KiB: below, at, just above, and several.
        for (index, count) in [0, 1, 4096, 5, 262_144, 262_145, 700_001, 0, 3].enumerated() {
            let bytes = pattern(count, salt: index)
            let offset =
                index.isMultiple(of: 2)
                ? try file.appendAndSync(bytes.span) : try file.append(bytes.span)
            #expect(offset == UInt64(expected.count))
            expected += bytes
        }
        try file.sync()
        let length = file.length
        #expect(length == UInt64(expected.count))
        try file.close()
        #expect(holds(path, expected))
    }

    @Test(arguments: Engines.available)
    func `an opened file goes on where it ends`(engine: AppendFile.EngineChoice) throws {
        for round in 0..<3 {
            var file = try AppendFile(path: path, options: .init(engine: engine))
            let offset = try file.appendAndSync([UInt8(round)].span)
            #expect(offset == UInt64(round))
            try file.close()
        }
        #expect(content(of: path) == [0, 1, 2])
    }

    @Test(arguments: Engines.available)
    func `a torn end can be cut off`(engine: AppendFile.EngineChoice) throws {
        var file = try AppendFile(path: path, options: .init(engine: engine))
        _ = try file.append(pattern(100).span)
        try file.truncate(to: 60)
        let offset = try file.append([7].span)
        #expect(offset == 60)
        try file.close()
        #expect(content(of: path) == Array(pattern(100)[..<60]) + [7])
    }

    @Test func `a second opener is locked out until the first lets go`() throws {
        let options = AppendFile.Options(engine: .portable)
        let path = path
        let first = try AppendFile(path: path, options: options)
        #expect(
            failure { () throws(StorageError) in _ = try AppendFile(path: path, options: options) }
                == .locked(path: path))
        try first.close()
        do { _ = try AppendFile(path: path, options: options) }
        // Dropped without a close: the lock is gone as well.
        try AppendFile(path: path, options: options).close()
    }

    @Test(.enabled(if: Engines.hasLockCommand, "no /usr/bin/flock"))
    func `another process is locked out as well`() throws {
        let file = try AppendFile(path: path, options: .init(engine: .portable))
        #expect(exitStatus(ofLocking: path) == 1)
        try file.close()
        #expect(exitStatus(ofLocking: path) == 0)
    }

    @Test func `closing gives up the lock though a forked child may hold a copy of the file`()
        throws
    {
        let operations = SystemOperations(because: .asked)
        let file = try operations.open(path, flags: O_RDWR | O_CREAT, permissions: 0o600)
        try operations.lock(file)
        // What a child has between fork and exec, in which the descriptor is closed.
        let copy = dup(file)
        defer { close(copy) }
        try operations.close(file)
        try AppendFile(path: path, options: .init(engine: .portable)).close()
    }

    @Test func `creation is as asked for`() throws {
        func opening(_ creation: AppendFile.Creation) -> StorageError? {
            failure { () throws(StorageError) in
                try AppendFile(
                    path: path, options: .init(engine: .portable, creation: creation)
                ).close()
            }
        }
        #expect(opening(.forbidden)?.number == ENOENT)
        #expect(opening(.required) == nil)
        #expect(opening(.required)?.number == EEXIST)
        #expect(opening(.forbidden) == nil)
        #expect(opening(.ifMissing) == nil)
    }

    @Test func `what is not a regular file is refused`() throws {
        func opening(_ path: String) -> StorageError? {
            failure { () throws(StorageError) in
                _ = try AppendFile(path: path, options: .init(engine: .portable))
            }
        }
        #expect(opening("/dev/null") == .notARegularFile(path: "/dev/null"))
        #expect(opening(directory.path)?.number == EISDIR)
        #expect(opening(path + "/below")?.number == ENOENT)
        #expect(opening("")?.number == ENOENT)
        #expect(opening("a\0b")?.number == EINVAL)
        let text = opening(path + "/below")?.description
        #expect(
            text == "cannot create '\(path)/below': No such file or directory (errno 2)",
            "\(text ?? "")")
    }

    @Test func `a file made through a symbolic link has the entry of its target synced`() throws {
        let link = directory.file("link")
        let linked = unsafe symlink("journal", link)
        try #require(linked == 0)
        try AppendFile(path: link, options: .init(engine: .portable)).close()
        #expect(content(of: path) == [])
    }

    @Test(arguments: Engines.available)
    func `a file that grows ahead holds zeroes behind its content until it is closed`(
        engine: AppendFile.EngineChoice
    ) throws {
        let options = AppendFile.Options(
            engine: engine, growth: .zeroFilled(step: .kibibytes(8)))
        do {
            var file = try AppendFile(path: path, options: options)
            _ = try file.appendAndSync(pattern(10).span)
            let zeroes = [UInt8](repeating: 0, count: 8192 - 10)
            #expect(holds(path, pattern(10) + zeroes))
            _ = try file.appendAndSync(pattern(20_000).span)
            #expect(size(of: path) == 24_576)
            let length = file.length
            #expect(length == 20_010)
            // Dropped as a crash would drop it.
        }
        #expect(size(of: path) == 24_576)
        var file = try AppendFile(path: path, options: options)
        let length = file.length
        #expect(length == 24_576)
        try file.truncate(to: 20_010)
        _ = try file.appendAndSync([9].span)
        #expect(size(of: path) == 20_010 + 8192)
        try file.close()
        #expect(holds(path, pattern(10) + pattern(20_000) + [9]))
    }

    @Test func `the portable engine says that it was asked for`() throws {
        let file = try AppendFile(path: path, options: .init(engine: .portable))
        let engine = file.engine
        #expect(engine == .portable(.asked))
        try file.close()
    }

    @Test func `automatic falls back and says why, and a named engine does not`() throws {
        let denied = ErrorNumber(code: EPERM)
        let operations = try SystemOperations(
            for: .automatic, threads: .one, path: path, refusing: { _ in denied })
        let engine = operations.engine
        #expect(engine == .portable(.ringUnavailable(.setup(denied))))
        #expect(engine.description.contains("Operation not permitted (errno 1)"), "\(engine)")
        let error = failure { () throws(StorageError) in
            _ = try SystemOperations(
                for: .ioUring, threads: .one, path: path, refusing: { _ in denied })
        }
        #expect(error == .ringUnavailable(path: path, .setup(denied)))
        #expect(error?.description.contains("cannot use io_uring for '\(path)'") == true)
    }

    @Test(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
    func `automatic takes io_uring where it can be had`() throws {
        let file = try AppendFile(path: path, options: .init(engine: .automatic))
        guard case .ioUring = file.engine else {
            Issue.record("automatic took \(file.engine)")
            return
        }
        try file.close()
    }

    @Test(.enabled(if: Engines.hasSingleIssuer, "no io_uring with SINGLE_ISSUER here"))
    func `a file of one thread refuses another and is unharmed`() throws {
        final class Box: @unchecked Sendable {
            // Sendable: the threads that use it are joined before the next one does.
            var file: AppendFile
            init(_ file: consuming AppendFile) { self.file = file }
        }
        let path = path
        let box = Box(try AppendFile(path: path, options: .init(engine: .ioUring)))
        _ = try box.file.append([1].span)
        TestThread {
            #expect(
                failure { () throws(StorageError) in
                    _ = try box.file.appendAndSync([2].span)
                } == .wrongThread(path: path))
        }.join()
        let offset = try box.file.appendAndSync([3].span)
        #expect(offset == 1)
        #expect(content(of: path) == [1, 3])
    }
}
