import CNilometerShims
import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

/// What is true of files at queue depth over both engines.
@Suite struct FileRingTests {
    static let engines: [FileRing.EngineChoice] =
        Engines.hasRing ? [.portable, .ioUring] : [.portable]

    private func options(
        _ engine: FileRing.EngineChoice, depth: Int = 8, batch: Int = 4, buffers: Int? = nil
    ) -> FileRing.Options {
        FileRing.Options(
            engine: engine, depth: depth, batch: batch, files: 4, buffers: buffers,
            bufferCapacity: .kibibytes(16))
    }

    private func filled(_ bytes: [UInt8]) -> IOBuffer {
        var buffer = IOBuffer(capacity: max(bytes.count, 1))
        buffer.append(bytes.span)
        return buffer
    }

    private func bytes(of buffer: borrowing IOBuffer) -> [UInt8] {
        buffer.withBytes { span in span.indices.map { span[$0] } }
    }

    private func write(_ content: [UInt8], to path: String) {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        // The array is valid for its length.
        precondition(unsafe Glibc.write(file, content, content.count) == content.count)
        close(file)
    }

    @Test(arguments: engines)
    func `many reads at once bring each its own block`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        let content = pattern(64 * 512)
        write(content, to: directory.file("data"))
        for (depth, batch) in [(1, 4), (8, 1), (8, 4), (8, 100)] {
            var ring = try FileRing(options: options(engine, depth: depth, batch: batch))
            let file = try ring.open(
                directory.file("data"), options: .init(mode: .reading, access: .buffered))
            var next = 0
            var seen: Set<UInt64> = []
            while seen.count < 64 {
                while ring.hasRoom && next < 64 {
                    guard let buffer = ring.takeBuffer() else {
                        Issue.record("no buffer")
                        return
                    }
                    // Neighbours are not asked for one after the other.
                    let block = (next * 29) % 64
                    ring.read(
                        512, into: buffer, from: file, at: UInt64(block) * 512, tag: UInt64(block))
                    next += 1
                }
                guard var done = ring.awaitCompletion() else { break }
                let count = try done.result.get()
                #expect(count == 512)
                guard let buffer = done.buffer.take() else { break }
                let start = Int(done.tag) * 512
                #expect(bytes(of: buffer) == Array(content[start..<start + 512]))
                #expect(seen.insert(done.tag).inserted)
                ring.give(buffer)
            }
            #expect(seen.count == 64)
            let left = ring.inFlight
            #expect(left == 0)
            try ring.close(file)
        }
    }

    @Test(arguments: engines)
    func `many writes at once are all there, durable or not`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        for thenSync in [false, true] {
            let path = directory.file("written-\(thenSync)")
            var ring = try FileRing(options: options(engine))
            let file = try ring.open(path, options: .init(mode: .writing, access: .buffered))
            var next = 0
            var done = 0
            while done < 40 {
                while ring.hasRoom && next < 40 {
                    guard var buffer = ring.takeBuffer() else {
                        Issue.record("no buffer")
                        return
                    }
                    let block = (next * 13) % 40
                    buffer.append(pattern(1000, salt: block).span)
                    ring.write(
                        buffer, part: 0..<1000, to: file, at: UInt64(block) * 1000,
                        tag: UInt64(block), thenSync: thenSync)
                    next += 1
                }
                guard var completion = ring.awaitCompletion() else { break }
                let count = try completion.result.get()
                #expect(count == 1000)
                if let buffer = completion.buffer.take() { ring.give(buffer) }
                done += 1
            }
            ring.sync(file, tag: 7)
            guard let synced = ring.awaitCompletion() else {
                Issue.record("the sync is lost")
                return
            }
            #expect(synced.tag == 7)
            #expect(throws: Never.self) { try synced.result.get() }
            let size = try ring.size(of: file)
            #expect(size == 40_000)
            try ring.close(file)
            #expect(holds(path, (0..<40).flatMap { pattern(1000, salt: $0) }))
        }
    }

    @Test(arguments: engines)
    func `a read stops at the file's end, and behind it brings nothing`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        write(pattern(1000), to: directory.file("data"))
        var ring = try FileRing(options: options(engine))
        let file = try ring.open(
            directory.file("data"), options: .init(mode: .reading, access: .buffered))
        for (offset, expected) in [(0, 1000), (600, 400), (1000, 0), (5000, 0)] {
            ring.read(
                2000, into: IOBuffer(capacity: 2000), from: file, at: UInt64(offset), tag: 0)
            var done = try ring.requiredCompletion()
            let count = try done.result.get()
            #expect(count == expected)
            guard let buffer = done.buffer.take() else { throw LostRequest() }
            #expect(bytes(of: buffer) == Array(pattern(1000).dropFirst(offset)))
        }
    }

    @Test(arguments: engines)
    func `a read goes behind what the buffer holds`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        write(pattern(100), to: directory.file("data"))
        var ring = try FileRing(options: options(engine))
        let file = try ring.open(
            directory.file("data"), options: .init(mode: .reading, access: .buffered))
        var buffer = IOBuffer(capacity: 64)
        buffer.append([1, 2, 3].span)
        ring.read(10, into: buffer, from: file, at: 50, tag: 0)
        guard var done = ring.awaitCompletion(), let returned = done.buffer.take() else {
            Issue.record("no completion with its buffer")
            return
        }
        #expect(bytes(of: returned) == [1, 2, 3] + pattern(100)[50..<60])
    }

    @Test(arguments: engines)
    func `a part of a buffer is written`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        var ring = try FileRing(options: options(engine))
        let path = directory.file("part")
        let file = try ring.open(path, options: .init(mode: .writing, access: .buffered))
        ring.write(filled(pattern(100)), part: 30..<40, to: file, at: 5, tag: 0, thenSync: true)
        let isDone = ring.awaitCompletion() != nil
        #expect(isDone)
        #expect(holds(path, [0, 0, 0, 0, 0] + pattern(100)[30..<40]))
    }

    @Test(arguments: engines)
    func `what cannot be done fails at its completion, and its buffer comes back`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        write(pattern(100), to: directory.file("data"))
        var ring = try FileRing(options: options(engine))
        let path = directory.file("data")
        let file = try ring.open(path, options: .init(mode: .reading, access: .buffered))
        func next(_ ring: inout FileRing) -> (StorageError?, Bool) {
            guard var done = ring.awaitCompletion() else { return (nil, false) }
            let hasBuffer = done.buffer.take() != nil
            if case .failure(let error) = done.result { return (error, hasBuffer) }
            return (nil, hasBuffer)
        }
        ring.write(filled([1]), part: 0..<1, to: file, at: 0, tag: 0)
        var (error, hasBuffer) = next(&ring)
        #expect(error == .refused(.write, path: path, ErrorNumber(code: EBADF)))
        #expect(hasBuffer)
        ring.read(8, into: IOBuffer(capacity: 8), from: file, at: .max - 4, tag: 0)
        (error, hasBuffer) = next(&ring)
        #expect(error == .refused(.read, path: path, ErrorNumber(code: EFBIG)))
        #expect(hasBuffer)
        // None of that is about the file's content.
        let failure = ring.failure(of: file)
        #expect(failure == nil)
        ring.read(8, into: IOBuffer(capacity: 8), from: file, at: 0, tag: 0)
        (error, hasBuffer) = next(&ring)
        #expect(error == nil && hasBuffer)
    }

    @Test(arguments: engines)
    func `a file is locked while it is open for writing, and free when it is closed`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("data")
        var ring = try FileRing(options: options(engine))
        let writing = DataFile.Options(mode: .writing, access: .buffered)
        let file = try ring.open(path, options: writing)
        #expect(throws: StorageError.locked(path: path)) { try ring.open(path, options: writing) }
        try ring.close(file)
        let again = try ring.open(path, options: writing)
        #expect(again != file)
        // Whoever reads needs no lock.
        _ = try ring.open(path, options: .init(mode: .reading, access: .buffered))
    }

    @Test(arguments: engines)
    func `a dropped ring gives its locks up`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        let writing = DataFile.Options(mode: .writing, access: .buffered)
        do {
            var ring = try FileRing(options: options(engine))
            let file = try ring.open(directory.file("data"), options: writing)
            ring.write(filled(pattern(100)), part: 0..<100, to: file, at: 0, tag: 0)
        }
        var ring = try FileRing(options: options(engine))
        _ = try ring.open(directory.file("data"), options: writing)
    }

    @Test(arguments: engines)
    func `a ring opens as many files as it was made for`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        var ring = try FileRing(options: options(engine))
        let writing = DataFile.Options(mode: .writing, access: .buffered)
        var files: [DataFile] = []
        for index in 0..<4 {
            files.append(try ring.open(directory.file("\(index)"), options: writing))
        }
        let path = directory.file("more")
        #expect(throws: StorageError.refused(.open, path: path, ErrorNumber(code: EMFILE))) {
            try ring.open(path, options: writing)
        }
        #expect(content(of: path) == nil)
        try ring.close(files[2])
        _ = try ring.open(path, options: writing)
    }

    @Test func `a handle of a closed file is a defect`() async {
        await #expect(processExitsWith: .failure) {
            let directory = TemporaryDirectory()
            var ring = try FileRing(options: .init(engine: .portable, depth: 1))
            let file = try ring.open(
                directory.file("data"), options: .init(mode: .writing, access: .buffered))
            try ring.close(file)
            ring.sync(file, tag: 0)
        }
    }

    @Test(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
    func `files and buffers are registered, and what is not goes as well`() throws {
        let directory = TemporaryDirectory()
        write(pattern(4096), to: directory.file("data"))
        var ring = try FileRing(options: options(.ioUring, buffers: 2))
        let tables = ring.registrations
        #expect(tables.files == .registered(4) && tables.buffers == .registered(2))
        let file = try ring.open(
            directory.file("data"), options: .init(mode: .reading, access: .buffered))
        guard let first = ring.takeBuffer(), let second = ring.takeBuffer() else {
            Issue.record("two buffers were made")
            return
        }
        let isDry = ring.takeBuffer() == nil
        #expect(isDry)
        let registrations = [first.registration, second.registration]
        #expect(Set(registrations).count == 2 && registrations.allSatisfy { $0.ring != 0 })
        // A buffer of another ring goes as one that is not registered.
        let other = try FileRing(options: options(.ioUring, buffers: 1))
        guard let foreign = other.takeBuffer() else {
            Issue.record("a buffer was made")
            return
        }
        ring.read(4096, into: first, from: file, at: 0, tag: 0)
        ring.read(4096, into: second, from: file, at: 0, tag: 1)
        ring.read(4096, into: foreign, from: file, at: 0, tag: 2)
        ring.read(4096, into: IOBuffer(capacity: 4096), from: file, at: 0, tag: 3)
        for _ in 0..<4 {
            guard var done = ring.awaitCompletion(), let buffer = done.buffer.take() else {
                Issue.record("a completion is lost")
                return
            }
            #expect(bytes(of: buffer) == pattern(4096))
        }
    }

    @Test(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
    func `requests of a batch share an entry into the kernel`() throws {
        let directory = TemporaryDirectory()
        write(pattern(4096), to: directory.file("data"))
        var ring = try FileRing(options: options(.ioUring, depth: 8, batch: 4))
        let file = try ring.open(
            directory.file("data"), options: .init(mode: .reading, access: .buffered))
        for tag in 0..<8 {
            ring.read(16, into: IOBuffer(capacity: 16), from: file, at: 0, tag: UInt64(tag))
        }
        // They went by fours.
        let entries = ring.entries
        #expect(entries == 2)
        var taken = 0
        while let done = ring.awaitCompletion() {
            #expect(throws: Never.self) { try done.result.get() }
            taken += 1
        }
        #expect(taken == 8)
        let inAll = ring.entries
        #expect(inAll <= 3)
        // A lone request goes when it is waited for, in the same entry.
        for _ in 0..<10 {
            ring.read(16, into: IOBuffer(capacity: 16), from: file, at: 0, tag: 0)
            let isDone = ring.awaitCompletion() != nil
            #expect(isDone)
        }
        let after = ring.entries
        #expect(after == inAll + 10)
    }

    @Test func `io_uring that is refused is an error by name and a reason otherwise`() throws {
        let refusal = RingRefusal.setup(ErrorNumber(code: EPERM))
        func ring(_ engine: FileRing.EngineChoice) throws(StorageError) -> FileRing.Engine {
            try FileRing(options: .init(engine: engine, depth: 1)) { _ in ErrorNumber(code: EPERM) }
                .engine
        }
        #expect(try ring(.automatic) == .portable(.ringUnavailable(refusal)))
        #expect(try ring(.portable) == .portable(.asked))
        #expect(throws: StorageError.ringUnavailable(path: "a ring for files", refusal)) {
            try ring(.ioUring)
        }
    }
}
