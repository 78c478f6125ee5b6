import Glibc
import TestSupport
import Testing

@testable import Storage

/// What a ring for files does when the kernel or the device does not do as it should.
@Suite(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
struct FileRingFailureTests {
    /// Lets the kernel refuse every use of a ring: its descriptor becomes another file's.
    static func breakRing(_ descriptor: Int32) {
        let null = unsafe open("/dev/null", O_RDWR)
        precondition(null >= 0 && dup2(null, descriptor) == descriptor)
        close(null)
    }

    private func error(_ ring: inout FileRing) -> StorageError? {
        guard let done = ring.awaitCompletion() else { return nil }
        if case .failure(let error) = done.result { return error }
        return nil
    }

    @Test func `a ring that fails completes all that is under way, and all that comes`() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("data")
        var ring = try FileRing(options: .init(engine: .ioUring, depth: 8, batch: 100))
        let file = try ring.open(path, options: .init(mode: .writing, access: .buffered))
        for tag in 0..<3 {
            var buffer = IOBuffer(capacity: 10)
            buffer.append(zeroes: 10)
            ring.write(buffer, part: 0..<10, to: file, at: 0, tag: UInt64(tag), thenSync: true)
        }
        FileRingFailureTests.breakRing(ring.descriptor)
        var errors: [StorageError] = []
        while let error = error(&ring) { errors.append(error) }
        #expect(errors.count == 3)
        guard case .refused(.submit, path, let number) = errors.first else {
            Issue.record("\(errors)")
            return
        }
        #expect(errors.allSatisfy { $0 == errors[0] })
        let failure = ring.failure
        #expect(failure != nil)
        // Later requests are told at once, and have their buffers back.
        ring.read(10, into: IOBuffer(capacity: 10), from: file, at: 0, tag: 9)
        var done = try ring.requiredCompletion()
        #expect(done.tag == 9)
        let hasBuffer = done.buffer.take() != nil
        #expect(hasBuffer)
        #expect(
            throws: StorageError.refused(.submit, path: "a ring for files", number)
        ) { try done.result.get() }
        #expect(throws: StorageError.self) {
            try ring.open(path, options: .init(mode: .reading, access: .buffered))
        }
    }

    @Test(arguments: FileRingTests.engines)
    func `after a failed write a file takes no more writes, and can be read`(
        engine: FileRing.EngineChoice
    ) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("data")
        var ring = try FileRing(options: .init(engine: engine, depth: 2))
        let file = try ring.open(path, options: .init(mode: .writing, access: .buffered))
        func write(_ ring: inout FileRing) -> StorageError? {
            var buffer = IOBuffer(capacity: 10)
            buffer.append(zeroes: 10)
            ring.write(buffer, part: 0..<10, to: file, at: 0, tag: 0)
            return error(&ring)
        }
        #expect(write(&ring) == nil)
        // From here on the descriptor takes no writes, which stands for a device that does not.
        let descriptor = ring.files.with(file.index) { $0.descriptor }
        let reading = unsafe open(path, O_RDONLY)
        dup2(reading, descriptor)
        try ring.ring?.setFile(file.index, to: descriptor)
        close(reading)
        let cause = StorageError.refused(.write, path: path, ErrorNumber(code: EBADF))
        #expect(write(&ring) == cause)
        let failure = ring.failure(of: file)
        #expect(failure == cause)
        #expect(write(&ring) == .poisoned(path: path, cause: cause))
        ring.sync(file, tag: 0)
        #expect(error(&ring) == .poisoned(path: path, cause: cause))
        ring.read(10, into: IOBuffer(capacity: 10), from: file, at: 0, tag: 0)
        let done = try ring.requiredCompletion()
        let count = try done.result.get()
        #expect(count == 10)
    }

    @Test func `of syncs that come together, none succeeds beside one that fails`() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("data")
        var ring = try FileRing(options: .init(engine: .ioUring, depth: 8, batch: 100))
        let file = try ring.open(path, options: .init(mode: .writing, access: .buffered))
        // A pipe cannot be synced: EINVAL, whatever is asked of it first.
        var ends: [Int32] = [0, 0]
        let answer = unsafe pipe(&ends)
        try #require(answer == 0)
        defer { for end in ends { close(end) } }
        try ring.ring?.setFile(file.index, to: ends[1])
        for tag in 0..<5 { ring.sync(file, tag: UInt64(tag)) }
        // One is at the ring, and the others wait for it: they share the next.
        let underWay = ring.ring?.inFlight
        #expect(underWay == 1)
        let cause = StorageError.refused(.sync, path: path, ErrorNumber(code: EINVAL))
        #expect(error(&ring) == cause)
        for _ in 0..<4 { #expect(error(&ring) == .poisoned(path: path, cause: cause)) }
    }

    /// The kernel may cut a chain in two, and then make the sync before the write. It tells one sync
    /// of a page that was lost; the next would succeed.
    @Test func `no sync is begun after one has failed before the write it was chained to`() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("data")
        var ring = try FileRing(options: .init(engine: .ioUring, depth: 4, batch: 100))
        let file = try ring.open(path, options: .init(mode: .writing, access: .buffered))
        for tag in 0..<2 {
            ring.write(
                FileRingFailureTests.zeroes(10), part: 0..<10, to: file, at: 0, tag: UInt64(tag),
                thenSync: true)
        }
        let entries: [UInt32] = (0..<4).filter { index in
            ring.table.with(Int(index)) { !$0.isDone }
        }
        // Nothing was handed over: these are the kernel's answers, in an order that it may choose.
        func answer(_ context: UInt32, _ result: Int32) -> SubmissionRing.Completion {
            var buffer: IOBuffer?
            if context & 1 == 0 { buffer = FileRingFailureTests.zeroes(10) }
            return SubmissionRing.Completion(
                ticket: RingTicket(rawValue: 0), context: context, result: result,
                buffer: buffer.take())
        }
        ring.take(answer(entries[1] << 1, 10))
        ring.take(answer(entries[0] << 1 | 1, -EIO))
        let cause = StorageError.refused(.sync, path: path, ErrorNumber(code: EIO))
        let failure = ring.failure(of: file)
        #expect(failure == cause)
        let isSyncing = ring.files.with(file.index) { $0.isSyncing }
        #expect(!isSyncing)
        ring.take(answer(entries[0] << 1, 10))
        #expect(error(&ring) == .poisoned(path: path, cause: cause))
        #expect(error(&ring) == cause)
    }

    private static func zeroes(_ count: Int) -> IOBuffer {
        var buffer = IOBuffer(capacity: count)
        buffer.append(zeroes: count)
        return buffer
    }

    @Test func `syncs that come together share one`() throws {
        let directory = TemporaryDirectory()
        var ring = try FileRing(options: .init(engine: .ioUring, depth: 16, batch: 100))
        let file = try ring.open(
            directory.file("data"), options: .init(mode: .writing, access: .buffered))
        for tag in 0..<16 {
            var buffer = IOBuffer(capacity: 10)
            buffer.append(zeroes: 10)
            ring.write(
                buffer, part: 0..<10, to: file, at: UInt64(tag) * 10, tag: UInt64(tag),
                thenSync: true)
        }
        // The first has its sync linked to it; the others are writes alone, for now.
        let underWay = ring.ring?.inFlight
        #expect(underWay == 17)
        var tags: [UInt64] = []
        while let done = ring.awaitCompletion() {
            #expect(throws: Never.self) { try done.result.get() }
            tags.append(done.tag)
        }
        #expect(tags.first == 0)
        #expect(tags.sorted() == Array(0..<16))
        let (isSyncing, waiting, sharing) = ring.files.with(file.index) {
            ($0.isSyncing, $0.waiting, $0.sharing)
        }
        #expect(!isSyncing && waiting.isEmpty && sharing.isEmpty)
    }

    @Test(.enabled(if: Engines.hasSingleIssuer, "no ring is bound to a thread here"))
    func `another thread is refused, and harms nothing`() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("data")
        let shared = Guarded<RingHolder?>(nil)
        let other = TestThread {
            do throws(StorageError) {
                var ring = try FileRing(options: .init(engine: .ioUring, depth: 2))
                let file = try ring.open(
                    path, options: .init(mode: .writing, access: .buffered))
                ring.sync(file, tag: 0)
                _ = ring.awaitCompletion()
                let holder = RingHolder(ring, file)
                shared.withLock { $0 = holder }
            } catch {
                Issue.record("\(error)")
            }
        }
        other.join()
        let holder = try #require(shared.withLock { $0 })
        holder.ring.sync(holder.file, tag: 1)
        let done = try holder.ring.requiredCompletion()
        #expect(throws: StorageError.wrongThread(path: path)) { try done.result.get() }
    }

    /// A ring that one thread leaves to another.
    private final class RingHolder: @unchecked Sendable {
        // Sendable: one thread after the other, ordered by the join.
        var ring: FileRing
        let file: DataFile

        init(_ ring: consuming FileRing, _ file: DataFile) {
            self.ring = ring
            self.file = file
        }
    }
}

/// Rings that poll, where the kernel and the device allow.
@Suite(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
struct RingPollingTests {
    /// Whether the kernel lets a thread of its own poll for submissions.
    static let hasPolledSubmissions: Bool = {
        (try? FileRing(
            options: .init(engine: .ioUring, depth: 1, polling: .submissions)
        ).engine) != nil
    }()

    @Test(.enabled(if: hasPolledSubmissions, "the kernel grants no SQPOLL"))
    func `a ring whose submissions are polled writes durably and reads`() throws {
        let directory = TemporaryDirectory()
        var ring = try FileRing(
            options: .init(engine: .ioUring, depth: 4, batch: 1, polling: .submissions))
        guard case .ioUring(let setup) = ring.engine else {
            Issue.record("asked for io_uring, not \(ring.engine)")
            return
        }
        #expect(setup.flags.contains(.pollsSubmissions) && !setup.flags.contains(.deferred))
        let path = directory.file("data")
        let file = try ring.open(path, options: .init(mode: .writing, access: .buffered))
        for tag in 0..<20 {
            if !ring.hasRoom { _ = ring.awaitCompletion() }
            var buffer = IOBuffer(capacity: 100)
            buffer.append(pattern(100, salt: tag).span)
            ring.write(
                buffer, part: 0..<100, to: file, at: UInt64(tag) * 100, tag: UInt64(tag),
                thenSync: true)
        }
        while let done = ring.awaitCompletion() {
            #expect(throws: Never.self) { try done.result.get() }
        }
        #expect(holds(path, (0..<20).flatMap { pattern(100, salt: $0) }))
    }

    @Test func `polling that is refused is an error, whatever the engine`() {
        for engine in [FileRing.EngineChoice.automatic, .ioUring] {
            #expect(throws: StorageError.self) {
                _ = try FileRing(
                    options: .init(engine: engine, depth: 1, polling: .submissions)
                ) { $0.contains(.pollsSubmissions) ? ErrorNumber(code: EPERM) : nil }
            }
        }
    }

    @Test func `what is to be polled is in every set of flags that is tried`() {
        for issuer in [RingIssuer.oneThread, .anyThread] {
            for polling in [RingPolling.submissions, .completions, [.submissions, .completions]] {
                for flags in RingSetup.candidates(for: issuer, polling: polling) {
                    #expect(
                        flags.contains(.pollsSubmissions) == polling.contains(.submissions))
                    #expect(
                        flags.contains(.pollsCompletions) == polling.contains(.completions))
                }
            }
        }
    }
}
