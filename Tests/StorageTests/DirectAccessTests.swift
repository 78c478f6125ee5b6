import CNilometerShims
import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

/// Direct I/O and mapped files, where the filesystem has them.
@Suite struct DirectAccessTests {
    /// Whether the filesystem of temporary files takes direct I/O.
    static let hasDirect: Bool = {
        let directory = TemporaryDirectory()
        return
            (try? OpenFile(
                directory.file("probe"), DataFile.Options(mode: .writing, access: .direct))) != nil
    }()

    /// Whether there is a filesystem in memory.
    static let hasMemory = unsafe access("/dev/shm", W_OK) == 0

    private static let engines = FileRingTests.engines

    private func ring(_ engine: FileRing.EngineChoice) throws(StorageError) -> FileRing {
        try FileRing(options: .init(engine: engine, depth: 4))
    }

    @Test(.enabled(if: hasDirect, "no direct I/O below /tmp"), arguments: engines)
    func `direct writes are read back directly`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        var ring = try ring(engine)
        let path = directory.file("direct")
        let file = try ring.open(path, options: .init(mode: .writing, access: .direct))
        guard case .direct(let alignment) = ring.access(of: file) else {
            Issue.record("asked for direct access")
            return
        }
        #expect(alignment.rawValue > 0 && alignment.rawValue <= 4096)
        guard var buffer = ring.takeBuffer() else {
            Issue.record("a new ring has no buffer")
            return
        }
        buffer.append(pattern(8192).span)
        ring.write(buffer, part: 0..<8192, to: file, at: 4096, tag: 0, thenSync: true)
        let written = try ring.requiredCompletion()
        #expect(throws: Never.self) { try written.result.get() }
        ring.read(16384, into: IOBuffer(capacity: 16384), from: file, at: 0, tag: 1)
        guard var done = ring.awaitCompletion(), let read = done.buffer.take() else {
            Issue.record("no completion with its buffer")
            return
        }
        let count = try done.result.get()
        #expect(count == 12288)
        let bytes = read.withBytes { span in span.indices.map { span[$0] } }
        #expect(bytes == [UInt8](repeating: 0, count: 4096) + pattern(8192))
    }

    @Test(.enabled(if: hasDirect, "no direct I/O below /tmp"), arguments: engines)
    func `what is not aligned is told before the kernel is asked`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        var ring = try ring(engine)
        let path = directory.file("direct")
        let file = try ring.open(path, options: .init(mode: .writing, access: .direct))
        guard case .direct(let alignment) = ring.access(of: file) else {
            Issue.record("asked for direct access")
            return
        }
        for (offset, count) in [(1, 4096), (0, 100), (4096, 4095)] {
            ring.read(
                count, into: IOBuffer(capacity: count), from: file, at: UInt64(offset), tag: 0)
            let done = try ring.requiredCompletion()
            let expected = StorageError.misaligned(
                path: path, offset: UInt64(offset), count: count,
                alignment: Int(alignment.rawValue))
            #expect(throws: expected) { try done.result.get() }
        }
    }

    @Test(.enabled(if: hasMemory, "no /dev/shm"))
    func `a filesystem without direct I/O is an error by name and a reason otherwise`() throws {
        let path = "/dev/shm/nilometer-direct-\(getpid())"
        defer { unsafe _ = unlink(path) }
        var ring = try ring(.portable)
        #expect(throws: StorageError.directRefused(path: path, .memory)) {
            try ring.open(path, options: .init(mode: .writing, access: .direct))
        }
        // The refused file is closed, and its lock with it.
        let file = try ring.open(path, options: .init(mode: .writing, access: .automatic))
        let access = ring.access(of: file)
        #expect(access == .buffered(.directRefused(.memory)))
        #expect(access.description.contains("memory"))
        try ring.close(file)
    }

    @Test func `a mapped file gives its bytes, clipped to its end`() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("mapped")
        let content = pattern(10_000)
        let file = unsafe open(path, O_RDWR | O_CREAT, 0o600)
        // The array is valid for its length.
        #expect(unsafe write(file, content, content.count) == content.count)
        close(file)
        let mapped = try MappedFile(path: path, pattern: .random)
        let size = mapped.count
        #expect(size == 10_000)
        for (offset, count) in [(0, 10_000), (4096, 100), (9_990, 100), (10_000, 5), (.max, 1)] {
            var buffer = IOBuffer(capacity: count)
            let read = mapped.read(count, into: &buffer, at: UInt64(offset))
            let expected = Array(content.dropFirst(offset).prefix(count))
            #expect(read == expected.count)
            let bytes = buffer.withBytes { span in span.indices.map { span[$0] } }
            #expect(bytes == expected)
        }
    }

    @Test func `an empty file is mapped too, and what is no file is not`() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("empty")
        close(unsafe open(path, O_RDWR | O_CREAT, 0o600))
        let mapped = try MappedFile(path: path, pattern: .sequential)
        var buffer = IOBuffer(capacity: 10)
        let read = mapped.read(10, into: &buffer, at: 0)
        let size = mapped.count
        #expect(size == 0 && read == 0)
        #expect(throws: StorageError.notARegularFile(path: directory.path)) {
            _ = try MappedFile(path: directory.path, pattern: .random)
        }
        let missing = directory.file("missing")
        #expect(throws: StorageError.refused(.open, path: missing, ErrorNumber(code: ENOENT))) {
            _ = try MappedFile(path: missing, pattern: .random)
        }
    }
}
