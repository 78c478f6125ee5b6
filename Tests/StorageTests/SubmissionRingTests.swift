import CUring
import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
struct SubmissionRingTests {
    /// A pipe that takes no more than `room` bytes without a reader.
    private struct Pipe: ~Copyable {
        let reading: Int32
        let writing: Int32

        init(room: Int, nonBlocking: Bool = false) {
            var ends: [Int32] = [0, 0]
            // The array has room for the two ends; what is written comes from an array of its length.
            let answer = unsafe pipe(&ends)
            precondition(answer == 0, "pipe: errno \(errno)")
            (reading, writing) = (ends[0], ends[1])
            let capacity = Int(fcntl(writing, F_GETPIPE_SZ_LINUX))
            let filling = [UInt8](repeating: 0, count: capacity - room)
            precondition(unsafe write(writing, filling, filling.count) == filling.count)
            if nonBlocking { _ = fcntl(writing, F_SETFL, O_NONBLOCK) }
        }

        deinit {
            close(reading)
            close(writing)
        }

        /// F_GETPIPE_SZ of fcntl.h, which Glibc's module hides.
        private var F_GETPIPE_SZ_LINUX: Int32 { 1032 }
    }

    /// What can be compared of a completion.
    private struct Taken: Equatable {
        var ticket: RingTicket
        var result: Int32
        var buffered: Int?
    }

    private func take(_ ring: inout SubmissionRing) -> Taken? {
        guard var completion = ring.nextCompletion() else { return nil }
        let buffered: Int?
        if let buffer = completion.buffer.take() { buffered = buffer.count } else { buffered = nil }
        return Taken(ticket: completion.ticket, result: completion.result, buffered: buffered)
    }

    /// Where the kernel tells of the calling thread.
    private func threadDirectory() -> String {
        var target = [CChar](repeating: 0, count: 64)
        // readlink stays within the array.
        let count = unsafe readlink("/proc/thread-self", &target, target.count)
        precondition(count > 0, "no /proc/thread-self: errno \(errno)")
        return String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether the thread sleeps in io_uring_enter, whose number is 426 on every architecture.
    private func isInRing(_ thread: String) -> Bool {
        content(of: "/proc/\(thread)/syscall")?.starts(with: "426 ".utf8) ?? false
    }

    private func buffer(_ bytes: [UInt8]) -> IOBuffer {
        var buffer = IOBuffer(capacity: bytes.count)
        buffer.append(bytes.span)
        return buffer
    }

    @Test func `every request of a batch completes once, under its own ticket`() throws {
        for issuer in [RingIssuer.oneThread, .anyThread] {
            var ring = try SubmissionRing(entries: 8, issuer: issuer)
            for _ in 0..<100 {
                var expected: Set<RingTicket> = []
                while ring.hasRoom(for: 1) && expected.count < 8 {
                    expected.insert(ring.prepare(.none))
                }
                #expect(expected.count == 8)
                try ring.submit(awaiting: expected.count)
                while let completion = take(&ring) {
                    #expect(completion.result == 0)
                    #expect(expected.remove(completion.ticket) != nil)
                }
                #expect(expected.isEmpty)
                let left = ring.inFlight
                #expect(left == 0)
            }
        }
    }

    @Test func `a ring takes no more requests than its completion queue can hold`() throws {
        var ring = try SubmissionRing(entries: 4, issuer: .oneThread)
        let capacity = ring.setup.completionEntries
        for _ in 0..<capacity {
            _ = ring.prepare(.none)
            try ring.submit(awaiting: 0)
        }
        let isFull = !ring.hasRoom(for: 1)
        #expect(isFull)
        try ring.submit(awaiting: capacity)
        var taken = 0
        while take(&ring) != nil { taken += 1 }
        #expect(taken == capacity)
        let hasRoom = ring.hasRoom(for: 4)
        #expect(hasRoom)
    }

    @Test func `a buffer comes back with the completion of its write`() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("written")
        let file = unsafe open(path, O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        var ring = try SubmissionRing(entries: 4, issuer: .oneThread)
        let bytes = pattern(5000)
        let written = ring.prepare(
            .write(buffer(bytes), part: 1000..<5000, file: .descriptor(file), offset: 0),
            linked: true)
        let synced = ring.prepare(.syncData(file: .descriptor(file)))
        try ring.submit(awaiting: 2)
        #expect(take(&ring) == Taken(ticket: written, result: 4000, buffered: 5000))
        #expect(take(&ring) == Taken(ticket: synced, result: 0, buffered: nil))
        #expect(holds(path, Array(bytes[1000...])))
    }

    @Test func `a short write cancels what is linked to it`() throws {
        let pipe = Pipe(room: 4096, nonBlocking: true)
        var ring = try SubmissionRing(entries: 4, issuer: .oneThread)
        let write = ring.prepare(
            .write(
                buffer(pattern(8192)), part: 0..<8192, file: .descriptor(pipe.writing), offset: .max
            ),
            linked: true)
        let linked = ring.prepare(.none)
        try ring.submit(awaiting: 2)
        #expect(take(&ring) == Taken(ticket: write, result: 4096, buffered: 8192))
        #expect(take(&ring) == Taken(ticket: linked, result: -ECANCELED, buffered: nil))
    }

    @Test func `a wait goes on when a signal comes in between`() throws {
        // Without SA_RESTART, a handled signal ends the wait in the kernel with EINTR.
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in }
        var former = sigaction()
        let installed = unsafe sigaction(SIGUSR1, &action, &former)
        try #require(installed == 0)
        defer { unsafe sigaction(SIGUSR1, &former, nil) }

        let pipe = Pipe(room: 0)
        let name = Guarded("")
        let waiter = TestThread { [writing = pipe.writing] in
            // The threads that tests run on block signals, and those that they start inherit it.
            var signals = sigset_t()
            unsafe sigemptyset(&signals)
            unsafe sigaddset(&signals, SIGUSR1)
            unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            do throws(RingRefusal) {
                var ring = try SubmissionRing(entries: 4, issuer: .oneThread)
                let bytes = buffer(pattern(4096))
                let ticket = ring.prepare(
                    .write(bytes, part: 0..<4096, file: .descriptor(writing), offset: .max))
                name.withLock { $0 = threadDirectory() }
                #expect(throws: Never.self) { try ring.submit(awaiting: 1) }
                #expect(take(&ring) == Taken(ticket: ticket, result: 4096, buffered: 4096))
            } catch {
                Issue.record("\(error)")
            }
        }
        // The write cannot end before the pipe is read. Each signal is sent while the thread sleeps
        // in io_uring_enter; the first one ends the call that submitted, the others return EINTR.
        for _ in 0..<5 {
            while !isInRing(name.withLock { $0 }) { sched_yield() }
            waiter.signal(SIGUSR1)
        }
        var bytes = [UInt8](repeating: 1, count: 1 << 20)
        // read stays within the array.
        let count = unsafe read(pipe.reading, &bytes, bytes.count)
        #expect(count > 0)
        waiter.join()
    }

    @Test func `a ring that is dropped with a write under way waits until the kernel lets go`()
        throws
    {
        for issuer in [RingIssuer.oneThread, .anyThread] {
            let pipe = Pipe(room: 0)
            let table: RequestTable
            do {
                var ring = try SubmissionRing(entries: 4, issuer: issuer)
                table = ring.table
                for _ in 0..<3 {
                    let stuck = buffer(pattern(4096))
                    _ = ring.prepare(
                        .write(stuck, part: 0..<4096, file: .descriptor(pipe.writing), offset: .max)
                    )
                }
                try ring.submit(awaiting: 0)
                let underWay = ring.inFlight
                #expect(underWay == 3)
                // Prepared and never submitted: it must not be done by the ring's end.
                _ = ring.prepare(
                    .write(buffer([1]), part: 0..<1, file: .descriptor(pipe.writing), offset: .max))
            }
            #expect(table.count == 0)
            // Whatever was under way is cancelled, so a reader finds only what filled the pipe.
            _ = fcntl(pipe.reading, F_SETFL, O_NONBLOCK)
            var bytes = [UInt8](repeating: 1, count: 1 << 20)
            // read stays within the array.
            let count = unsafe read(pipe.reading, &bytes, bytes.count)
            #expect(count > 0 && bytes[..<count].allSatisfy { $0 == 0 })
            let more = unsafe read(pipe.reading, &bytes, bytes.count)
            #expect(more == -1)
        }
    }
}

@Suite struct RingSetupTests {
    private func refuser(
        _ refused: RingSetup.Flags, with code: Int32 = EINVAL
    ) -> SubmissionRing.Refuser {
        { $0.isDisjoint(with: refused) ? nil : ErrorNumber(code: code) }
    }

    @Test(.enabled(if: Engines.hasRing, "this machine grants no io_uring"))
    func `each flag that is given up stays visible`() throws {
        let all: [RingSetup.Flags] = [.deferred, .singleIssuer, .cooperative, .submitsAll]
        for known in 0...all.count {
            let refused = all[..<known].reduce(into: RingSetup.Flags()) { $0.formUnion($1) }
            let setup = try SubmissionRing(
                entries: 4, issuer: .oneThread, refusing: refuser(refused)
            ).setup
            #expect(setup.flags.isDisjoint(with: refused))
            #expect(setup.refusals.count == known, "\(setup)")
            #expect(setup.refusals.allSatisfy { $0.number.code == EINVAL })
            for refusal in setup.refusals {
                #expect(setup.description.contains(refusal.flags.description))
            }
        }
    }

    @Test func `only an objection to the flags makes it try fewer`() {
        for code in [EPERM, ENOSYS, ENOMEM, EMFILE] {
            var asked = 0
            #expect(throws: RingRefusal.setup(ErrorNumber(code: code))) {
                _ = try SubmissionRing(entries: 4, issuer: .oneThread) { _ in
                    asked += 1
                    return ErrorNumber(code: code)
                }
            }
            #expect(asked == 1)
        }
    }

    @Test func `a refusal says what usually stands behind it`() {
        let text = RingRefusal.setup(ErrorNumber(code: EPERM)).description
        #expect(text.contains("errno 1") && text.contains("kernel.io_uring_disabled"), "\(text)")
        #expect(
            RingRefusal.missingOperations(["WRITE", "FSYNC"]).description
                == "this kernel's io_uring lacks WRITE, FSYNC")
    }

    @Test func `a completion that matches no request under way is a trap`() async {
        await #expect(processExitsWith: .failure) {
            let table = RequestTable(capacity: 2)
            let ticket = table.begin(with: nil)
            _ = table.end(ticket)
            _ = table.end(ticket)
        }
        await #expect(processExitsWith: .failure) {
            let table = RequestTable(capacity: 2)
            _ = table.end(RingTicket(rawValue: .max))
        }
    }
}

@Suite struct WriteOutcomeTests {
    @Test func `a sync counts only after a whole write in an unbroken chain`() {
        func outcome(
            _ written: Int32, _ synced: Int32?, isSevered: Bool = false
        ) -> WriteOutcome {
            WriteOutcome(written: written, asked: 100, synced: synced, isSevered: isSevered)
        }
        #expect(outcome(100, 0) == WriteOutcome(write: .success(100), sync: .done))
        #expect(outcome(100, nil) == WriteOutcome(write: .success(100), sync: .skipped))
        #expect(outcome(40, -ECANCELED) == WriteOutcome(write: .success(40), sync: .skipped))
        #expect(outcome(40, 0) == WriteOutcome(write: .success(40), sync: .skipped))
        #expect(outcome(100, 0, isSevered: true).sync == .skipped)
        #expect(
            outcome(100, -EIO, isSevered: true).sync == .failed(ErrorNumber(code: EIO)))
        #expect(
            outcome(-ENOSPC, -ECANCELED)
                == WriteOutcome(write: .failure(ErrorNumber(code: ENOSPC)), sync: .skipped))
    }
}
