import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

/// Storage done by a worker's thread for several callers.
@Suite struct IOWorkerTests {
    private static let engines = FileRingTests.engines

    private func worker(
        _ engine: FileRing.EngineChoice, depth: Int = 8, inbox: Int = 4,
        polling: RingPolling = []
    ) throws(StorageError) -> IOWorker {
        try IOWorker(
            options: .init(
                ring: .init(
                    engine: engine, depth: depth, polling: polling,
                    bufferCapacity: .kibibytes(4)),
                inbox: inbox))
    }

    @Test(arguments: engines)
    func `one caller writes, syncs and reads back`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        let worker = try worker(engine)
        var caller = try worker.caller(depth: 1)
        let path = directory.file("data")
        let file = try caller.open(path, options: .init(mode: .writing, access: .buffered))
        var buffer = IOBuffer(capacity: 1000)
        buffer.append(pattern(1000).span)
        try caller.write(&buffer, to: file, at: 0)
        try caller.write(&buffer, to: file, at: 1000, thenSync: true)
        try caller.sync(file)
        buffer.removeAll()
        let count = try caller.read(700, into: &buffer, from: file, at: 300)
        #expect(count == 700)
        let bytes = buffer.withBytes { span in span.indices.map { span[$0] } }
        #expect(bytes == Array(pattern(1000)[300...]))
        try caller.close(file)
        #expect(holds(path, pattern(1000) + pattern(1000)))
    }

    @Test(arguments: engines)
    func `errors come to who asked, with the path`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        let worker = try worker(engine)
        var caller = try worker.caller(depth: 2)
        let missing = directory.file("missing")
        #expect(throws: StorageError.refused(.open, path: missing, ErrorNumber(code: ENOENT))) {
            try caller.open(missing, options: .init(mode: .reading, access: .buffered))
        }
        let path = directory.file("data")
        let file = try caller.open(path, options: .init(mode: .writing, access: .buffered))
        var other = try worker.caller(depth: 1)
        #expect(throws: StorageError.locked(path: path)) {
            try other.open(path, options: .init(mode: .writing, access: .buffered))
        }
        try caller.close(file)
        // A file that another caller has closed is told, and not a trap of the worker's.
        #expect(throws: StorageError.closed(path: "a storage worker's file")) {
            try other.sync(file)
        }
        #expect(throws: StorageError.closed(path: "a storage worker's file")) {
            try caller.close(file)
        }
    }

    @Test(arguments: engines)
    func `a file of one worker is none of another's`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        let (first, second) = (try worker(engine), try worker(engine))
        var caller = try first.caller(depth: 1)
        var other = try second.caller(depth: 1)
        let writing = DataFile.Options(mode: .writing, access: .buffered)
        let file = try caller.open(directory.file("first"), options: writing)
        // In the same place of the other's table.
        _ = try other.open(directory.file("second"), options: writing)
        var buffer = IOBuffer(capacity: 1)
        buffer.append([7].span)
        #expect(throws: StorageError.closed(path: "a storage worker's file")) {
            try other.write(&buffer, to: file, at: 0)
        }
        #expect(holds(directory.file("second"), []))
        try caller.write(&buffer, to: file, at: 0)
        #expect(holds(directory.file("first"), [7]))
    }

    @Test(arguments: engines)
    func `callers on several threads get their own completions, each once`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        let worker = try worker(engine)
        var opener = try worker.caller(depth: 1)
        let path = directory.file("data")
        let file = try opener.open(path, options: .init(mode: .writing, access: .buffered))
        let threads = (0..<4).map { number in
            TestThread {
                do throws(StorageError) {
                    // Fewer places in the inbox and in the ring than requests.
                    var caller = try worker.caller(depth: 6)
                    var next = 0
                    var seen: Set<UInt64> = []
                    while seen.count < 100 {
                        while caller.inFlight < caller.depth && next < 100 {
                            var buffer = IOBuffer(capacity: 64)
                            buffer.append(pattern(64, salt: number * 100 + next).span)
                            try caller.write(
                                buffer, part: 0..<64, to: file,
                                at: UInt64(number * 100 + next) * 64, tag: UInt32(next),
                                thenSync: next % 50 == 7)
                            next += 1
                        }
                        guard let done = try caller.awaitCompletion() else { break }
                        let count = try done.result.get()
                        #expect(count == 64)
                        #expect(seen.insert(done.tag).inserted)
                    }
                    #expect(seen == Set(0..<100))
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
        for thread in threads { thread.join() }
        try opener.close(file)
        #expect(holds(path, (0..<400).flatMap { pattern(64, salt: $0) }))
    }

    @Test(arguments: engines)
    func `a stop lets all finish that was accepted, and refuses the rest`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        let worker = try worker(engine, depth: 2, inbox: 64)
        var caller = try worker.caller(depth: 32)
        let path = directory.file("data")
        let file = try caller.open(path, options: .init(mode: .writing, access: .buffered))
        for tag in 0..<32 {
            var buffer = IOBuffer(capacity: 100)
            buffer.append(pattern(100, salt: tag).span)
            try caller.write(
                buffer, part: 0..<100, to: file, at: UInt64(tag) * 100, tag: UInt32(tag),
                thenSync: true)
        }
        worker.stop()
        worker.stop()
        var tags: Set<UInt64> = []
        while let done = try caller.awaitCompletion() {
            #expect(throws: Never.self) { try done.result.get() }
            tags.insert(done.tag)
        }
        #expect(tags == Set(0..<32))
        #expect(holds(path, (0..<32).flatMap { pattern(100, salt: $0) }))
        #expect(throws: StorageError.closed(path: "a storage worker")) { try caller.sync(file) }
        #expect(throws: StorageError.closed(path: "a storage worker")) {
            _ = try worker.caller(depth: 1)
        }
    }

    @Test(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
    func `a ring that fails is told to all who wait, and to all who come`() throws {
        let directory = TemporaryDirectory()
        let worker = try worker(.ioUring)
        var first = try worker.caller(depth: 4)
        var second = try worker.caller(depth: 4)
        let file = try first.open(
            directory.file("data"), options: .init(mode: .writing, access: .buffered))
        try second.sync(file)
        FileRingFailureTests.breakRing(worker.ringDescriptor)
        for tag in 0..<4 {
            var buffer = IOBuffer(capacity: 10)
            buffer.append(zeroes: 10)
            try first.write(buffer, part: 0..<10, to: file, at: 0, tag: UInt32(tag))
        }
        try second.sync(file, tag: 0)
        var failures = 0
        while let done = try first.awaitCompletion() {
            if case .failure(.refused(.submit, _, _)) = done.result { failures += 1 }
        }
        #expect(failures == 4)
        guard let done = try second.awaitCompletion() else { throw LostRequest() }
        #expect(throws: StorageError.self) { try done.result.get() }
        #expect(throws: StorageError.self) {
            try first.open(
                directory.file("other"), options: .init(mode: .writing, access: .buffered))
        }
    }

    @Test(arguments: engines)
    func `a caller that goes with requests under way leaves the others be`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        let worker = try worker(engine)
        var stays = try worker.caller(depth: 1)
        let file = try stays.open(
            directory.file("data"), options: .init(mode: .writing, access: .buffered))
        for _ in 0..<10 {
            var goes = try worker.caller(depth: 4)
            for tag in 0..<4 {
                var buffer = IOBuffer(capacity: 100)
                buffer.append(zeroes: 100)
                try goes.write(
                    buffer, part: 0..<100, to: file, at: 0, tag: UInt32(tag), thenSync: true)
            }
        }
        try stays.sync(file)
        // It waits for what those who have gone had under way.
        try stays.close(file)
    }

    @Test(arguments: engines)
    func `the ring's own buffers go out and come back`(engine: FileRing.EngineChoice) throws {
        let directory = TemporaryDirectory()
        let worker = try worker(engine, depth: 2)
        var caller = try worker.caller(depth: 1)
        let file = try caller.open(
            directory.file("data"), options: .init(mode: .writing, access: .buffered))
        for round in 0..<3 {
            guard let first = try caller.takeBuffer(), var second = try caller.takeBuffer() else {
                Issue.record("two buffers were made, in round \(round)")
                return
            }
            let isDry = try caller.takeBuffer() == nil
            #expect(isDry)
            second.append(pattern(100).span)
            try caller.write(&second, to: file, at: 0)
            try caller.give(first)
            try caller.give(second)
        }
    }
}
